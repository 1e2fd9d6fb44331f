import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { tracc } from './stack.mjs';

const require = createRequire(import.meta.url);
const run = promisify(execFile);
const USER = 'bench';
const DAY_MS = 86_400_000;

/** The columns of the product's table that an import fills; the anchor fills the same ones. */
const COLUMNS =
  'user_id, account_id, booking_date, amount_minor, currency, description, payee, notes, source, import_id, import_line, external_key';

/** A user with accounts, into which files are imported. */
export async function addAccounts(stack, names) {
  await stack.query(
    `insert into users (user_id, display_name, zone) values ($1, $1, 'Europe/Berlin') on conflict do nothing`,
    [USER],
  );
  for (const name of names)
    await stack.query(
      `insert into accounts (user_id, account_id, name, kind, currency) values ($1, $2, $2, 'checking', 'EUR') on conflict do nothing`,
      [USER, name],
    );
}

/**
 * Writes a bank's CSV of `rows` different rows, and the same rows as psql takes them for the product's table. `isBad(n)` makes
 * the amount of a row unreadable; the anchor's file is without it. Resolves with both paths and the source of an import.
 */
export async function writeBankFiles({ directory, name, rows, account, first = 0, isBad = () => false }) {
  const csv = path.join(directory, `${name}.csv`);
  const table = path.join(directory, `${name}.table.csv`);
  const hash = createHash('sha256');
  const [file, copy] = [createWriteStream(csv), createWriteStream(table)];
  let bytes = 0;
  const write = async (stream, text) => {
    if (stream === file) {
      hash.update(text);
      bytes += Buffer.byteLength(text);
    }
    if (!stream.write(text)) await once(stream, 'drain');
  };
  await write(file, 'Date,Amount,Description,Payee\n');
  for (let from = 0; from < rows; from += 1000) {
    let [ours, theirs] = ['', ''];
    for (let n = from; n < Math.min(rows, from + 1000); n += 1) {
      const at = first + n;
      // Two thousand days in order, as a bank exports them.
      const date = new Date(Date.UTC(2020, 0, 1) + Math.floor((n * 2000) / rows) * DAY_MS).toISOString().slice(0, 10);
      const cents = (at * 7919) % 100_000;
      const amount = `-${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
      const bad = isBad(n);
      ours += `${date},${bad ? 'much' : amount},purchase number ${at},shop ${at % 500}\n`;
      if (bad) continue;
      // Of the product's shape: the date leads, and neighbours in the file are neighbours in the index for both.
      const key = date.replaceAll('-', '') + createHash('md5').update(`${account} ${at}`).digest('hex').slice(8);
      theirs += `${USER},${account},${date},${-cents},EUR,purchase number ${at},shop ${at % 500},"",import,bench,${n + 2},\\x${key}\n`;
    }
    await write(file, ours);
    await write(copy, theirs);
  }
  await Promise.all([file, copy].map((stream) => new Promise((resolve) => stream.end(resolve))));
  return {
    csv,
    table,
    source: { ref: `file:${path.basename(csv)}`, sha256: hash.digest('hex'), bytes, filename: path.basename(csv) },
  };
}

/** Imports a file of the import directory through Temporal; resolves with the result and the wall time in seconds. */
export async function importFile(stack, { importId, account, source, more = {} }) {
  const { TASK_QUEUE, WORKFLOW_TYPES } = tracc('contract.js');
  const startedAt = performance.now();
  const handle = await stack.client.workflow.start(WORKFLOW_TYPES.dataImport, {
    workflowId: `tracc/import/${importId}`,
    taskQueue: TASK_QUEUE,
    args: [{ importId, userId: USER, accountId: account, source, ...more }],
  });
  const result = await handle.result().catch((error) => {
    throw new Error(error.cause?.cause?.message ?? error.cause?.message ?? error.message);
  });
  const seconds = (performance.now() - startedAt) / 1000;
  const { historyLength, raw } = await handle.describe();
  const historyBytes = Number(raw.workflowExecutionInfo?.historySizeBytes ?? 0);
  return { result, seconds, historyLength, historyBytes };
}

/**
 * `psql \copy` of the table file into `into` (the product's table unless it is told), between other statements of the same
 * session; without a psql on the machine the same COPY, fed by this process. Seconds.
 */
export async function copyFile(
  { superuserUrl },
  { table, before = [], into = `transactions (${COLUMNS})`, after = [] },
) {
  const startedAt = performance.now();
  const commands = [...before, `\\copy ${into} from '${table}' csv`, ...after];
  try {
    await run('psql', ['-q', '-X', '-v', 'ON_ERROR_STOP=1', superuserUrl, ...commands.flatMap((text) => ['-c', text])]);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    await copyByHand({ superuserUrl, table, before, into, after });
  }
  return (performance.now() - startedAt) / 1000;
}

async function copyByHand({ superuserUrl, table, before, into, after }) {
  const { Client } = require('pg');
  const { from } = require('pg-copy-streams');
  const client = new Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    for (const text of before) await client.query(text);
    await pipeline(createReadStream(table), client.query(from(`copy ${into} from stdin csv`)));
    for (const text of after) await client.query(text);
  } finally {
    await client.end();
  }
}

export { COLUMNS as TABLE_COLUMNS };
