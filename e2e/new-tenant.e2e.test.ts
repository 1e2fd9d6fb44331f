import { Client } from 'pg';
import { testServers } from '../test/support/servers';
import { type CheckoutCopy, copyCheckout } from './checkout-copy';
import { runCommand, startWorkerProcess } from './stack';

const NAME = 'ledgerlite';
const APP = `apps/${NAME}-worker`;
const GENERATOR = 'node_modules/@turbo/gen/dist/cli.js';
/** Builds and tests of a whole app: seconds by themselves, more beside the other files. */
const BUSY_MS = 180_000;
let copy: CheckoutCopy;
beforeAll(async () => {
  copy = await copyCheckout();
}, BUSY_MS);
afterAll(async () => copy.remove());

const generate = async (name: string): Promise<string> => copy.run(GENERATOR, ['run', 'tenant', '--args', name]);

test('platform: a name that cannot be a tenant is refused with a sentence, before anything is written', async () => {
  const before = await copy.files();
  const refusals: Record<string, string> = {
    Ledger: 'The name "Ledger" cannot be used: it should have 3 to 20 small letters and digits',
    '../ledger': 'The name "../ledger" cannot be used',
    tracc: 'There is a tenant tracc already.',
    temporal: 'The name temporal is taken',
    jest: 'The name jest is taken',
    node: 'The name node is taken',
    worker: 'The name worker is taken',
  };
  for (const [name, sentence] of Object.entries(refusals)) await expect(generate(name)).rejects.toThrow(sentence);
  expect(await copy.files()).toEqual(before);
});

describe('a tenant that was made', () => {
  let environment: Record<string, string>;

  const command = async (...args: string[]): Promise<string> => {
    const { code, out, err } = await runCommand(NAME, args, environment, copy.root);
    expect([code, err]).toEqual([0, code === 0 ? err : '']);
    return out;
  };

  test(
    'platform: is made, builds as the others do, and passes lint and format',
    async () => {
      expect(await generate(NAME)).toContain(`/${APP}/src/main.ts`);
      await copy.run('node_modules/typescript/bin/tsc', ['-b', APP]);
      await copy.run(
        'packages/shared/bin/bundle-workflows.js',
        ['dist/workflows/index.js', 'dist/workflow-bundle.js'],
        {
          cwd: APP,
        },
      );
      await copy.run('node_modules/oxlint/bin/oxlint', ['--type-aware', '--deny-warnings', APP]);
      await copy.run('node_modules/oxfmt/bin/oxfmt', ['--check', APP, 'tsconfig.json', 'tsconfig.test.json']);
    },
    BUSY_MS,
  );

  test('platform: gets its namespace and its tables by its own commands', async () => {
    const { adminUrl, temporalAddress } = testServers();
    const { host } = new URL(adminUrl);
    environment = {
      DATABASE_URL: `postgres://${NAME}_worker:a-password@${host}/${NAME}`,
      DATABASE_OWNER_URL: `postgres://${NAME}_owner:another%2Fone@${host}/${NAME}`,
      DATABASE_ADMIN_URL: adminUrl,
      TEMPORAL_ADDRESS: temporalAddress!,
    };
    expect(await command('db', 'provision')).toContain(`${NAME}/0001_entries.sql`);
    expect(await command('db', 'provision')).toBe('the database is up to date\n');
    expect(await command('db', 'migrate')).toBe('the database is up to date\n');
    await command('temporal', 'setup');
    expect(await command('db', 'seed')).toBe('demo: 1 entry\n');
  });

  test('platform: its worker runs its workflow, and the row is there, for its user only', async () => {
    const worker = await startWorkerProcess(NAME, environment, { root: copy.root });
    try {
      const added = await command('entry', 'add', 'first', 'Bread and salt', '--user', 'ana', '--json');
      expect(JSON.parse(added)).toEqual({ entryId: 'first', text: 'Bread and salt', revision: 1 });
      const again = ['entry', 'add', 'first', 'Bread and salt', '--user', 'ana', '--json'];
      expect(await command(...again)).toBe(added);
      const otherwise = await runCommand(NAME, again.with(3, 'Milk'), environment, copy.root);
      expect(otherwise).toMatchObject({ code: 1, out: '' });
      expect(otherwise.err).toContain('entry first was written down before, otherwise; choose another id');
      expect(JSON.parse(await command('entry', 'list', '--user', 'bob', '--json'))).toEqual([]);
      const asSuperuser = new URL(testServers().adminUrl);
      asSuperuser.pathname = `/${NAME}`;
      const client = new Client({ connectionString: asSuperuser.href });
      await client.connect();
      const { rows } = await client.query('select user_id as user, text from entries order by user_id');
      await client.end();
      expect(rows).toEqual([
        { user: 'ana', text: 'Bread and salt' },
        { user: 'demo', text: 'Bread and salt' },
      ]);
    } finally {
      expect(await worker.stop()).toBe(0);
    }
  });

  test(
    'platform: its own tests pass, and those that look at every tenant',
    async () => {
      const everyTenant = [
        'database/forbidden',
        'database/foreign-ids',
        'database/isolation',
        'database/migrate',
        'database/roles',
        'env-example',
        'activity-bounds',
      ];
      const said = await copy.run('node_modules/jest/bin/jest.js', [
        '--runInBand',
        '--verbose=false',
        '--selectProjects',
        'unit',
        'db',
        'wf',
        '--',
        APP,
        ...everyTenant.map((file) => `test/${file}`),
      ]);
      expect(said).toContain(`PASS wf ${APP}/test/record-entry.wf.test.ts`);
      expect(said).toContain(`PASS db ${APP}/test/store-entry.db.test.ts`);
    },
    BUSY_MS,
  );
});
