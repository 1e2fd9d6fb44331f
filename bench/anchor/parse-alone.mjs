// A process of its own, since what else a process has loaded makes promises slower: `node parse-alone.mjs FILE ROUNDS` reads and
// validates a bank's CSV as an import does, and parses it with uDSV, in turn; prints the CPU seconds of each round as JSON.
import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import { inferSchema, initParser } from 'udsv';
import { range } from '../lib/numbers.mjs';
import { tracc } from '../lib/stack.mjs';

const require = createRequire(import.meta.url);
const {
  LAYOUT_HEAD_BYTES,
  detectLayout,
  fileSource,
  readHead,
  readRecordChunks,
} = require('@backend/importer/reading');
const { BATCH_RECORDS, validateBatch } = require('@backend/importer/records');
const { bankTransactions } = tracc('activities/bank-transactions.js');

const [file, rounds] = process.argv.slice(2);
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
  let good = 0;
  let ordinal = 0;
  let waiting = [];
  const validateWaiting = (least) => {
    let from = 0;
    for (; waiting.length - from >= least; from += BATCH_RECORDS, ordinal += BATCH_RECORDS) {
      const records = waiting.slice(from, from + BATCH_RECORDS);
      good += validateBatch({ records, firstOrdinal: ordinal, validate }).good.length;
    }
    waiting = waiting.slice(from);
  };
  for await (const { records } of readRecordChunks({
    source,
    ...encoding,
    delimiter: layout.delimiter,
    expectedColumns: layout.columnCount,
    start: layout.dataStart,
  })) {
    waiting = waiting.concat(records);
    validateWaiting(BATCH_RECORDS);
  }
  validateWaiting(1);
  return good;
}

/** Rows as arrays of texts, from the bytes of the file on. */
async function theirs() {
  let parser;
  let rows = 0;
  for await (const text of createReadStream(file, { encoding: 'utf8' })) {
    parser ??= initParser(inferSchema(text));
    parser.chunk(text, parser.stringArrs, () => (rows += 1));
  }
  parser.end();
  return rows;
}

const works = { ours, theirs };
const pairs = [];
// The first round is the compiler's.
for (const round of range(Number(rounds) + 1)) {
  const pair = {};
  for (const which of round % 2 === 0 ? ['ours', 'theirs'] : ['theirs', 'ours']) {
    const before = process.cpuUsage();
    pair[`${which}Rows`] = await works[which]();
    const { user, system } = process.cpuUsage(before);
    pair[which] = (user + system) / 1e6;
  }
  if (round > 0) pairs.push(pair);
}
process.stdout.write(JSON.stringify(pairs));
