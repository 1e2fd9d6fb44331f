// A process of its own, since what else a process has loaded makes promises slower: `node parse-alone.mjs FILE ROWS ROUNDS` reads and
// validates a bank's CSV as an import does, and parses it with uDSV in two ways, in turn; prints the CPU seconds of each round as JSON.
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { inferSchema, initParser } from 'udsv';
import { range } from '../lib/numbers.mjs';
import { ROOT } from '../../scripts/lib/bootstrap.mjs';
import { tracc } from '../lib/stack.mjs';

const require = createRequire(import.meta.url);
const { LAYOUT_HEAD_BYTES, detectLayout, fileSource, readHead } = require('@backend/importer/reading');
const { readBatches } = require(path.join(ROOT, 'packages/importer/dist/activities/read-batches.js'));
const { BATCH_ROWS, validateBatch } = require('@backend/importer/records');
const { bankTransactions } = tracc('activities/bank-transactions.js');

const [file, rows, rounds] = process.argv.slice(2);
/** What is decided of the bench's file before its rows are validated. */
const DECISIONS = {
  dateOrder: 'YMD',
  decimals: { amount: '.' },
  currency: 'EUR',
  currentYear: new Date().getUTCFullYear(),
  debitSign: 'positive',
  invertSign: false,
};

/** Rows that are good, in batches, from the bytes of the file on. */
async function ours() {
  const source = fileSource(file);
  const { head, headIsWholeFile } = await readHead(source, LAYOUT_HEAD_BYTES);
  const encoding = { encoding: 'utf-8', bomBytes: 0 };
  const { catalogue } = bankTransactions;
  const { layout } = detectLayout({ head, headIsWholeFile, ...encoding, catalogue, profile: {}, delimiter: undefined });
  const validate = bankTransactions.createValidator({ layout, decisions: DECISIONS });
  const plan = { ...encoding, layout, skipBottom: 0 };
  let good = 0;
  for await (const { index, records } of readBatches({
    source,
    plan,
    rows: Number(rows),
    firstBatch: 0,
    start: layout.dataStart,
  }))
    good += validateBatch({ records, firstOrdinal: index * BATCH_ROWS, validate }).good.length;
  return good;
}

/** All rows as arrays of texts: what uDSV is made for. */
async function theirs() {
  const text = await readFile(file, 'utf8');
  return initParser(inferSchema(text)).stringArrs(text).length;
}

/** The same piece by piece, keeping nothing. */
async function streamed() {
  let parser;
  let count = 0;
  for await (const text of createReadStream(file, { encoding: 'utf8' })) {
    parser ??= initParser(inferSchema(text));
    parser.chunk(text, parser.stringArrs, () => (count += 1));
  }
  parser.end();
  return count;
}

const works = { ours, theirs, streamed };
const pairs = [];
// The first round is the compiler's.
for (const round of range(Number(rounds) + 1)) {
  const pair = {};
  for (const which of round % 2 === 0 ? ['ours', 'theirs', 'streamed'] : ['streamed', 'theirs', 'ours']) {
    const before = process.cpuUsage();
    pair[`${which}Rows`] = await works[which]();
    const { user, system } = process.cpuUsage(before);
    pair[which] = (user + system) / 1e6;
  }
  if (round > 0) pairs.push(pair);
}
process.stdout.write(JSON.stringify(pairs));
