import type { DataImportResult, ImportRowError } from '../contract';
import { MAX_RESULT_BYTES, boundResult } from './bound-result';

const RESULT: DataImportResult = {
  status: 'completed',
  importId: 'i1',
  rows: 1,
  imported: 1,
  duplicates: 0,
  possibleDuplicates: 0,
  errors: 0,
  skippedBlank: 0,
  pendingSkipped: 0,
  batches: 1,
  byCurrency: {},
  dateFrom: null,
  dateTo: null,
  balance: 'unknown',
  warnings: [],
  rowErrors: [],
};
const times = <T>(count: number, item: T): T[] => Array.from({ length: count }, () => item);
const error = (length: number): ImportRowError => ({
  line: 1,
  column: 'ગ'.repeat(length),
  code: 'InvalidDate',
  value: '\u0001'.repeat(length),
  message: '語'.repeat(length),
});

test('common: the largest result fits into a payload, and both lists have their part', () => {
  const huge = boundResult({
    ...RESULT,
    rowErrors: times(100, error(65_536)),
    preview: times(50, { ['t'.repeat(65_536)]: '語'.repeat(65_536), b: '\u0001'.repeat(65_536) }),
    warnings: [{ code: 'EncodingFallback', message: 'w'.repeat(65_536) }],
  });
  expect(Buffer.byteLength(JSON.stringify(huge))).toBeLessThanOrEqual(MAX_RESULT_BYTES);
  expect(huge.rowErrors.length).toBeGreaterThan(10);
  expect(huge.preview!.length).toBeGreaterThan(10);
  expect(Object.entries(huge.preview![0]!)).toEqual([
    ['t'.repeat(60), '語'.repeat(200)],
    ['b', '\u0001'.repeat(200)],
  ]);
  expect(huge.rowErrors[0]!.column).toHaveLength(60);
});

test('common: a result that fits is left as it is', () => {
  const result = { ...RESULT, rowErrors: times(100, error(10)), preview: times(50, { a: 'b' }) };
  expect(boundResult(result)).toEqual(result);
  expect(boundResult(RESULT)).toEqual(RESULT);
});

test('common: a cut never leaves half a character', () => {
  const { preview } = boundResult({ ...RESULT, preview: [{ a: `x${'😀'.repeat(150)}` }] });
  expect(preview![0]!['a']).toBe(`x${'😀'.repeat(99)}`);
});
