import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { startBenchStack, startBenchWorker, tracc } from './stack.mjs';

const require = createRequire(import.meta.url);
const run = promisify(execFile);
const USER = 'bench';
const DAY_MS = 86_400_000;
/** The anchor's; ours are as long, since every row has one. */
const IMPORT_ID = 'bench-import';

/** The columns of the product's table that an import fills; the anchor fills the same ones. */
const COLUMNS =
  'user_id, account_id, booking_date, amount_minor, currency, description, payee, notes, source, import_id, import_line, external_key';

/** A worker's memory is looked at so often while it works. */
const WATCH_MS = 100;

/**
 * The stack, a folder for files to be imported, and workers that import them. A worker has `idleMiB`, its resident memory before
 * any work; `watch(work)` runs work and looks at its memory meanwhile, of which `peakMiB()` is the most.
 */
export async function openImportBench(context, { worker = true } = {}) {
  const stack = await startBenchStack(context, { durable: true });
  const files = path.join(context.directory, 'imports');
  await mkdir(files, { recursive: true });
  const startWorker = async (options = {}) => {
    const started = await startBenchWorker({ context, stack, ...options });
    await started.untilIdle();
    const idleMiB = started.rssMiB();
    let peakMiB = idleMiB;
    return {
      ...started,
      idleMiB,
      peakMiB: () => peakMiB,
      async watch(work) {
        const watching = setInterval(() => (peakMiB = Math.max(peakMiB, started.rssMiB())), WATCH_MS);
        try {
          return await work();
        } finally {
          clearInterval(watching);
        }
      },
    };
  };
  return { stack, files, startWorker, ...(worker ? { worker: await startWorker() } : {}) };
}

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
 * Writes a bank's CSV of `rows` different rows, and the same rows as psql takes them for the product's table (unless `table` is
 * false). `isBad(n)` makes the amount of a row unreadable; the anchor's file is without it. With `every` only each so manieth row
 * of that file is written. Resolves with both paths and the source of an import.
 */
export async function writeBankFiles({
  directory,
  name,
  rows,
  account,
  first = 0,
  every = 1,
  isBad = () => false,
  table: withTable = true,
}) {
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
    if (text !== '' && !stream.write(text)) await once(stream, 'drain');
  };
  await write(file, 'Date,Amount,Description,Payee\n');
  for (let from = 0; from < rows; from += 1000) {
    let [ours, theirs] = ['', ''];
    for (let n = from; n < Math.min(rows, from + 1000); n += every) {
      const at = first + n;
      // Two thousand days in order, as a bank exports them.
      const date = new Date(Date.UTC(2020, 0, 1) + Math.floor((n * 2000) / rows) * DAY_MS).toISOString().slice(0, 10);
      const cents = (at * 7919) % 100_000;
      const amount = `-${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
      const bad = isBad(n);
      ours += `${date},${bad ? 'much' : amount},purchase number ${at},shop ${at % 500}\n`;
      if (bad || !withTable) continue;
      // Of the product's shape: the date leads, and neighbours in the file are neighbours in the index for both.
      const key = date.replaceAll('-', '') + createHash('md5').update(`${account} ${at}`).digest('hex').slice(8);
      theirs += `${USER},${account},${date},${-cents},EUR,purchase number ${at},shop ${at % 500},"",import,${IMPORT_ID},${n + 2},\\x${key}\n`;
    }
    await write(file, ours);
    await write(copy, theirs);
  }
  await Promise.all([file, copy].map((stream) => new Promise((resolve) => stream.end(resolve))));
  return {
    csv,
    table,
    source: { ref: `file:${path.basename(csv)}`, sha256: hash.digest('hex'), bytes, filename: path.basename(csv) },
    remove: async () => Promise.all([csv, table].map((one) => rm(one, { force: true }))),
  };
}

/** Imports a file of the import directory through Temporal; resolves with the result and the wall time in seconds. */
export async function importFile(stack, { account, source, more = {} }) {
  const { TASK_QUEUE, WORKFLOW_TYPES } = tracc('contract.js');
  const importId = randomUUID().slice(-IMPORT_ID.length);
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
  return { result, seconds, historyLength, historyBytes, steps: stepsOf(await handle.fetchHistory()) };
}

/** `parseImportFile 1.2 s, …` */
export function stepsText(steps) {
  return Object.entries(steps)
    .map(([step, seconds]) => `${step} ${seconds.toFixed(1)} s`)
    .join(', ');
}

/** The seconds of each activity type, all of its executions together: `{parseImportFile: 1.2}`. */
function stepsOf({ events }) {
  const seconds = {};
  const secondsAt = ({ eventTime }) => Number(eventTime.seconds) + eventTime.nanos / 1e9;
  for (const { activityTaskCompletedEventAttributes: completed, ...event } of events) {
    if (!completed) continue;
    const byId = (id) => events.find(({ eventId }) => String(eventId) === String(id));
    const { name } = byId(completed.scheduledEventId).activityTaskScheduledEventAttributes.activityType;
    seconds[name] = (seconds[name] ?? 0) + secondsAt(event) - secondsAt(byId(completed.startedEventId));
  }
  return seconds;
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
