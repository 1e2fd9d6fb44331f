import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createBankCollector, decideBankFile } from '../inference';
import {
  LAYOUT_HEAD_BYTES,
  detectEncoding,
  detectLayout,
  fileSource,
  readHead,
  readRecordChunks,
  scanFile,
  settleEncoding,
} from '../reading';
import {
  BANK_ROLES,
  type BankRecord,
  type RowError,
  createBankKeyer,
  createBankValidator,
  validateBatch,
} from './index';

interface Expected {
  rows: number;
  errors: number;
  errorsByCode: Record<string, number>;
  lines: { line: number; code: string }[];
  currency: string;
  sumInMinor: string;
  sumOutMinor: string;
  dateFrom: string;
  dateTo: string;
}

const SAMPLES = join(__dirname, '../../../../examples/bank');
const names = existsSync(SAMPLES)
  ? readdirSync(SAMPLES)
      .filter((name) => name.endsWith('.csv'))
      .filter((name) => existsSync(join(SAMPLES, name.replace('.csv', '.expected.json'))))
  : [];

/** The whole pure pipeline over one file: what the activities do, without a database. */
async function importFile(path: string, accountCurrency: string) {
  const source = fileSource(path);
  const { head, headIsWholeFile } = await readHead(source, LAYOUT_HEAD_BYTES);
  const detected = detectEncoding(head);
  if ('problem' in detected) throw new Error(detected.problem.message);
  const scan = await scanFile({ source, encoding: detected.encoding, maxBytes: 2 ** 31 });
  if ('problem' in scan) throw new Error(scan.problem.message);
  const settled = settleEncoding(detected, scan);
  if ('problem' in settled) throw new Error(settled.problem.message);
  const { encoding, bomBytes, warnings } = settled;
  const found = detectLayout({ head, headIsWholeFile, encoding, bomBytes, catalogue: BANK_ROLES });
  if (!('layout' in found)) throw new Error(JSON.stringify(found));
  const { layout } = found;
  const reading = {
    source,
    encoding,
    bomBytes,
    delimiter: layout.delimiter,
    expectedColumns: layout.columnCount,
    start: layout.dataStart,
  };
  const collector = createBankCollector(layout);
  for await (const chunk of readRecordChunks(reading)) for (const record of chunk.records) collector.feed(record);
  const decided = decideBankFile({ layout, evidence: collector.evidence(), accountCurrency, currentYear: 2026 });
  if (!('decisions' in decided)) throw new Error(JSON.stringify(decided));
  const validate = createBankValidator({ layout, decisions: decided.decisions });
  const good: BankRecord[] = [];
  const bad: RowError[] = [];
  let rows = 0;
  for await (const { records } of readRecordChunks(reading)) {
    for (const record of records) {
      const batch = validateBatch({ records: [record], firstOrdinal: 0, validate });
      good.push(...batch.good.map(({ row }) => row));
      bad.push(...batch.bad.map(({ error }) => error));
      rows += 1;
    }
  }
  return { rows, good, bad, layout, warnings };
}

describe('the sample bank files', () => {
  test('there are some', () => {
    expect(names.length).toBeGreaterThan(0);
  });

  test.each(names)('data-import 15: %s gives the rows, error lines and sums that are expected of it', async (name) => {
    const expected = JSON.parse(
      readFileSync(join(SAMPLES, name.replace('.csv', '.expected.json')), 'utf8'),
    ) as Expected;
    const { rows, good, bad } = await importFile(join(SAMPLES, name), expected.currency);
    expect(bad.map(({ line, code }) => ({ line, code }))).toEqual(expected.lines);
    expect(rows).toBe(expected.rows);
    expect(bad).toHaveLength(expected.errors);
    const minors = good.map(({ amountMinor }) => amountMinor);
    const sum = (values: bigint[]) => values.reduce((a, b) => a + b, 0n).toString();
    expect(sum(minors.filter((minor) => minor > 0n))).toBe(expected.sumInMinor);
    expect(sum(minors.filter((minor) => minor < 0n))).toBe(expected.sumOutMinor);
    const dates = good.map(({ date }) => date).sort();
    expect([dates[0], dates.at(-1)]).toEqual([expected.dateFrom, expected.dateTo]);
    expect(new Set(good.map(({ currency }) => currency))).toEqual(new Set([expected.currency]));
    // Every row has a key of its own, although some rows are equal.
    const key = createBankKeyer('account');
    expect(new Set(good.map((row) => key(row))).size).toBe(good.length);
    // No text is cut or replaced.
    expect(good.some(({ description, payee }) => /\ufffd/.test(description + payee))).toBe(false);
  });
});
