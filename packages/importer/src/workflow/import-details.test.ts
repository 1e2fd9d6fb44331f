import type { ImportProgress } from '../contract';
import { importDetails } from './import-details';

const NOTHING: ImportProgress = {
  phase: 'inspecting',
  rows: 0,
  validated: 0,
  imported: 0,
  duplicates: 0,
  errors: 0,
  batchesDone: 0,
  batchesTotal: 0,
};
const at = (change: Partial<ImportProgress>, { paused = false, phaseMs = 0 } = {}) =>
  importDetails({ ...NOTHING, ...change }, { paused, phaseMs });

test('platform: before rows are known an import shows its phase alone', () => {
  expect(at({})).toBe('**inspecting**');
  expect(at({ phase: 'parsing' }, { phaseMs: 5000 })).toBe('**parsing**');
});

test('platform: rows have a share and a rate once there is something to divide', () => {
  const rows = { rows: 50_000, batchesTotal: 500 };
  expect(at({ phase: 'validating', ...rows })).toBe(
    '**validating**: 0 of 50000 rows (0 %)\n- 50000 rows, 0 refused, 0 imported, 0 duplicates',
  );
  const half = {
    phase: 'importing',
    ...rows,
    batchesDone: 250,
    imported: 24_000,
    duplicates: 1000,
    errors: 7,
  } as const;
  expect(at(half, { phaseMs: 2500 })).toBe(
    '**importing**: 25000 of 50000 rows (50 %), 10000 rows/s\n- 50000 rows, 7 refused, 24000 imported, 1000 duplicates',
  );
  expect(at(half, { paused: true, phaseMs: 999 })).toMatch(
    /^\*\*paused while importing\*\*: 25000 of 50000 rows \(50 %\)\n/,
  );
});

test('platform: what is asked is told by its code, without anything of the file', () => {
  const needsInput = { code: 'MissingColumn', message: 'No column of Ada.csv is the amount.', header: ['Ada', 'IBAN'] };
  expect(at({ phase: 'needsInput', needsInput })).toBe('**needsInput**\n- waits for an answer: MissingColumn');
});
