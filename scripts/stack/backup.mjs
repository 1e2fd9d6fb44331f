// npm run stack:backup: saves the databases of the server and of the tenants, and the files, of the running stack. Nothing is stopped.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { createStatus } from '../lib/status.mjs';
import { DATABASES, beginBackup, dumpOf, filesOf, inPostgres, removeOld, saveOutput, sql } from './backups.mjs';
import { TENANTS, dataOf, readSettings } from './settings.mjs';

const status = createStatus();
let backup;
try {
  if (process.argv.length > 2)
    throw new Error(`there is no ${process.argv.slice(2).join(' ')}; stack:backup has no options`);
  const settings = readSettings();
  const date = new Date();
  const postgres = await sql('show server_version');
  backup = await beginBackup(date);
  for (const database of DATABASES) {
    const file = dumpOf(database);
    const figures = await status.step(`saving ${database.name}`, () => {
      const dump = inPostgres('pg_dump', '-U', 'postgres', '-d', database.name, '--format=custom');
      return saveOutput(dump, { to: path.join(backup.directory, file), name: `pg_dump of ${database.name}` });
    });
    backup.add(file, figures);
  }
  // After the databases: what they name is there by now, and files are only ever added.
  for (const tenant of TENANTS) {
    const file = filesOf(tenant);
    const figures = await status.step(`saving the files of ${tenant}`, () =>
      saveFiles(dataOf(settings, tenant), path.join(backup.directory, file)),
    );
    backup.add(file, figures);
  }
  const { TEMPORAL_VERSION, STACK_VERSION } = settings;
  const { name, bytes } = await backup.finish({
    postgres: postgres.trim(),
    temporal: TEMPORAL_VERSION,
    workers: STACK_VERSION,
  });
  backup = undefined;
  const removed = await removeOld(date);
  process.stdout.write(`${name}: ${(bytes / 2 ** 20).toFixed(1)} MiB in infra/compose/backups\n`);
  if (removed.length > 0) process.stdout.write(`removed ${removed.join(', ')}, older than 7 days\n`);
  process.stdout.write(
    'PAYLOAD_KEYS of infra/compose/.env are not in it: keep them elsewhere, nothing can be read without\n',
  );
} catch (error) {
  status.line(error.message);
  await backup?.discard();
  process.exitCode = 1;
}
status.stop();

async function saveFiles(directory, to) {
  if (!existsSync(directory)) throw new Error(`${directory} is missing; is the stack up?`);
  const tar = spawn('tar', ['--create', '--gzip', '--directory', directory, '--exclude', '.tmp-*', '.']);
  // 1: a file has changed while it was read, as one that is being written does; it belongs to what comes after the dumps.
  return saveOutput(tar, { to, codes: [0, 1], name: `tar of ${directory}` });
}
