import type { TestDatabase } from '@backend/shared/testing';
import { openTestDatabase, testServers } from '../test/support/servers';
import { runCommand, startProxy } from './stack';

// The commands that prepare a tenant's servers, as jobs beside them run these.
let database: TestDatabase;
let env: Record<string, string>;
beforeAll(async () => {
  database = await openTestDatabase('tracc');
  env = {
    DATABASE_URL: database.workerUrl,
    DATABASE_OWNER_URL: database.ownerUrl,
    TEMPORAL_ADDRESS: testServers().temporalAddress!,
  };
});
afterAll(async () => database.drop());

const tracc = async (args: string, more: Record<string, string> = {}) =>
  runCommand('tracc', args.split(' '), { ...env, ...more });

test.each([
  ['db migrate', 'DATABASE_OWNER_URL', /^the database is up to date\n$/],
  [
    'temporal setup',
    'TEMPORAL_ADDRESS',
    /^made the namespace tracc-set-up, which keeps ended workflows for 90 days\nregistered the search attributes .+\n$/,
  ],
] as const)('platform: %s waits for a server that comes later, and says so once', async (command, variable, done) => {
  const target = variable === 'TEMPORAL_ADDRESS' ? env[variable]! : new URL(env[variable]!).host;
  const server = await startProxy(target, { isOpen: false });
  // What is set up is not there yet: only the server is waited for.
  const there = { [variable]: env[variable]!.replace(target, server.address), TEMPORAL_NAMESPACE: 'tracc-set-up' };
  try {
    const refused = await tracc(command, there);
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.err).toMatch(/cannot be reached/);
    const waiting = tracc(`${command} --wait 60`, there);
    // It has found nobody by then; where the machine is slow it finds the server at once, and the rest holds too.
    await Promise.race([waiting, new Promise((resolve) => setTimeout(resolve, 3000))]);
    await server.open();
    const { code, out, err } = await waiting;
    expect({ code, err: err.replace(/^waiting\. The .+ cannot be reached .+\n/, '') }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(done);
  } finally {
    await server.close();
  }
});

test.each([
  [{ DATABASE_ADMIN_URL: '' }, 2, 'DATABASE_ADMIN_URL is missing: the database URL of a role that may create roles'],
  [{ DATABASE_OWNER_URL: '' }, 2, 'DATABASE_OWNER_URL is missing'],
  [{ DATABASE_URL: 'postgres://tracc:x@127.0.0.1/tracc' }, 1, 'DATABASE_URL should have the user tracc_worker.'],
  [
    { DATABASE_OWNER_URL: 'postgres://tracc_worker:x@127.0.0.1/tracc' },
    1,
    'DATABASE_OWNER_URL should have the user tracc_owner.',
  ],
  [{ DATABASE_URL: 'postgres://tracc_worker@127.0.0.1/tracc' }, 1, 'should have the passwords that their roles'],
  [
    { DATABASE_OWNER_URL: 'postgres://tracc_owner:x@127.0.0.1/other' },
    1,
    'DATABASE_URL and DATABASE_OWNER_URL should name the same database.',
  ],
  [
    { DATABASE_ADMIN_URL: 'postgres://postgres:x@127.0.0.1:1/postgres' },
    1,
    'cannot be reached (ECONNREFUSED); check DATABASE_ADMIN_URL and that PostgreSQL runs.',
  ],
])('platform: db provision refuses %p before anything is changed', async (more, code, sentence) => {
  const before = await rolesOf(database);
  const refused = await tracc('db provision', { DATABASE_ADMIN_URL: testServers().adminUrl, ...more });
  expect(refused).toMatchObject({ code, out: '', err: expect.stringContaining(sentence) });
  expect(await rolesOf(database)).toEqual(before);
});

test('platform: how long to wait is a number of seconds', async () => {
  for (const wait of ['-1', 'x', '3601', '1.5'])
    expect(await tracc(`db migrate --wait=${wait}`)).toMatchObject({
      code: 2,
      err: expect.stringContaining('It should be a whole number from 0 to 3600.'),
    });
});

/** Roles with their passwords' hashes, as the server keeps them. */
async function rolesOf(at: TestDatabase): Promise<unknown> {
  return at.query("select rolname, rolpassword from pg_authid where rolname not like 'pg%' order by rolname");
}
