// npm run stack:restore -- NAME: puts a backup in the place of what the stack has, or into a new one, and starts it. It goes on where
// the backup was made; what was done after it is lost, so it asks for --yes.
//   -- --observability, --tls, --jwt   as with stack:up
import { spawn } from 'node:child_process';
import path from 'node:path';
import { createStatus } from '../lib/status.mjs';
import { DATABASES, dumpOf, feed, filesOf, inPostgres, listBackups, readBackup, sql } from './backups.mjs';
import { checkDocker, compose, readOptions } from './docker.mjs';
import { TENANTS, dataOf, ensureData, publishSettings, readSettings } from './settings.mjs';

const status = createStatus();
try {
  const { files, profiles, rest } = readOptions(process.argv.slice(2));
  const names = rest.filter((arg) => arg !== '--yes');
  const [newest] = await listBackups();
  const [name = newest] = names;
  if (names.length > 1 || names.some((arg) => arg.startsWith('-')))
    throw new Error('give the name of one backup, or none for the newest, --yes, and the options of stack:up');
  if (name === undefined)
    throw new Error('there is no backup in infra/compose/backups; `npm run stack:backup` makes one.');
  const settings = readSettings();
  await checkDocker();
  const { directory, manifest } = await status.step(`reading ${name}`, () => readBackup(name));
  if (!rest.includes('--yes'))
    throw new Error(
      `${name} is whole. It takes the place of all databases and files of the stack ${settings.STACK_NAME}; say --yes to do it.`,
    );
  await status.step('stopping everything but PostgreSQL', async () => {
    await compose([
      '--profile',
      'observability',
      'stop',
      ...TENANTS.map((tenant) => `${tenant}-worker`),
      'temporal',
      'ui',
    ]);
    await compose(['up', '--detach', '--wait', 'postgres']);
  });
  // Roles are of the server and in no dump. The passwords are those of .env.
  await status.step('making the roles', async () => {
    for (const tenant of TENANTS)
      await compose(['run', '--rm', '--no-deps', `${tenant}-setup`, tenant, 'db', 'provision', '--wait', '60']);
  });
  // All of them beside those that are there, which are dropped only when everything is in.
  for (const database of DATABASES)
    await status.step(`restoring ${database.name}`, () =>
      restoreBeside(database, path.join(directory, dumpOf(database))),
    );
  for (const { name: database } of DATABASES)
    await sql(
      `drop database if exists ${database} with (force)`,
      `alter database ${besideOf(database)} rename to ${database}`,
    );
  await ensureData(settings);
  for (const tenant of TENANTS)
    await status.step(`restoring the files of ${tenant}`, () =>
      restoreFiles(dataOf(settings, tenant), path.join(directory, filesOf(tenant))),
    );
  // The jobs bring an older backup up to date, and give the roles their rights on the databases again.
  await status.step('starting the stack', () =>
    compose([...profiles, 'up', '--detach', '--wait', '--wait-timeout', '300'], { files }),
  );
  await publishSettings(settings, { tls: files.includes('tls'), jwt: files.includes('jwt') });
  process.stdout.write(`the stack is as it was on ${manifest.createdAt}\n`);
} catch (error) {
  status.line(error.message);
  process.exitCode = 1;
}
status.stop();

async function restoreBeside({ name: database, owner }, from) {
  const beside = besideOf(database);
  await sql(
    `drop database if exists ${beside} with (force)`,
    `create database ${beside} owner ${owner} template template0`,
  );
  const restore = inPostgres('pg_restore', '-U', 'postgres', '-d', beside, '--exit-on-error', '--single-transaction');
  await feed(restore, { from, name: `pg_restore of ${database}` });
}

function besideOf(database) {
  return `${database}_restored`;
}

/** Files are named by their content and only ever added: those that came later do no harm. */
async function restoreFiles(directory, from) {
  const tar = spawn('tar', ['--extract', '--gzip', '--directory', directory, '--file', from]);
  await feed(tar, { name: `tar of ${from}` });
}
