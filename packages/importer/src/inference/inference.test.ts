import fc from 'fast-check';
import type { FileLayout, SourceRecord } from '../reading';
import {
  createBankCollector,
  createDateCollector,
  createDecimalCollector,
  dateOrderOfFormat,
  decideBankFile,
  decideDateOrder,
  decideDecimalSign,
} from './index';

function dateEvidence(values: readonly string[], firstLine = 2) {
  const collector = createDateCollector();
  for (const [index, value] of values.entries()) collector.feed(value, firstLine + index);
  return collector.evidence();
}
const dates = (...values: string[]) => decideDateOrder(dateEvidence(values));

function decimalEvidence(values: readonly string[], firstLine = 2) {
  const collector = createDecimalCollector();
  for (const [index, value] of values.entries()) collector.feed(value, firstLine + index);
  return collector.evidence();
}
const decimals = (...values: string[]) => decideDecimalSign(decimalEvidence(values), 'Betrag');

describe('date order', () => {
  test.each([
    '2025-03-08',
    '2025/3/8',
    '2025.03.08',
    '2025 03 08',
    '20250308',
    '2025. 03. 08.',
    '2025-03-08T10:15:00Z',
    '20250308101500',
  ])('data-import 6: %s is year first', (value) => {
    expect(dates(value)).toEqual({ decided: 'YMD' });
  });

  test('data-import 6: one first part above 12 proves day first for the whole file', () => {
    expect(dates('03/08/2025', '13/08/2025', '04/05/25')).toEqual({ decided: 'DMY' });
    expect(dates('03.08.2025 10:15', '31.12.25')).toEqual({ decided: 'DMY' });
    expect(dates('13082025', '03082025')).toEqual({ decided: 'DMY' });
  });

  test('data-import 6: one second part above 12 proves month first for the whole file', () => {
    expect(dates('03/08/2025', '03/13/2025')).toEqual({ decided: 'MDY' });
    expect(dates('3-8-25', '3-13-25 5:30 PM')).toEqual({ decided: 'MDY' });
  });

  test('data-import 6: both proofs fail the file and name their lines', () => {
    const outcome = dates('01/01/2025', '13/01/2025', '01/13/2025');
    expect(outcome).toMatchObject({
      failed: {
        code: 'MixedDateFormats',
        message: expect.stringMatching(/Line 3 .*13\/01\/2025.*line 4 .*01\/13\/2025/),
      },
    });
  });

  test('data-import 6: no proof asks, and shows a value', () => {
    expect(dates('03/08/2025', '05/05/2025')).toMatchObject({
      needsInput: {
        code: 'AmbiguousDateFormat',
        choices: ['DMY', 'MDY'],
        message: expect.stringContaining('03/08/2025'),
      },
    });
  });

  test('data-import 6: what is no date in either order proves nothing', () => {
    expect(dates('99/99/2025', '31/31/2025', '00/13/2025', 'n/a', '', '03/08/2025')).toMatchObject({ needsInput: {} });
    expect(dates('', 'n/a')).toEqual({ decided: 'YMD' });
  });

  test('data-import 6: the month as a word needs no proof', () => {
    expect(dates('3 Aug 2025', 'March 8, 2025', '8. März 2025', '2025. augusztus 3.')).toEqual({ decided: 'YMD' });
  });

  test('data-import 6: a file of any dates is read in the order it was written in, or asks', () => {
    const day = fc.record({ d: fc.integer({ min: 1, max: 28 }), m: fc.integer({ min: 1, max: 12 }) });
    fc.assert(
      fc.property(fc.array(day, { minLength: 1, maxLength: 40 }), fc.constantFrom('DMY', 'MDY'), (days, order) => {
        const values = days.map(({ d, m }) => (order === 'DMY' ? `${d}/${m}/2025` : `${m}/${d}/2025`));
        const outcome = dates(...values);
        if (days.some(({ d }) => d > 12)) expect(outcome).toEqual({ decided: order });
        else expect(outcome).toMatchObject({ needsInput: { code: 'AmbiguousDateFormat' } });
      }),
    );
  });

  test('dateFormat of a profile', () => {
    expect(['DD.MM.YYYY', 'mm/dd/yy', 'YYYY-MM-DD', 'dmy', 'DD.MM.YYYY HH:mm', 'MDY'].map(dateOrderOfFormat)).toEqual([
      'DMY',
      'MDY',
      'YMD',
      'DMY',
      'DMY',
      'MDY',
    ]);
    expect(dateOrderOfFormat('YYYY')).toBeUndefined();
    expect(dateOrderOfFormat('YYYY-DD-MM')).toBeUndefined();
  });
});

describe('decimal sign', () => {
  test.each([
    ['both signs, the last is decimal', ['1.234,56'], ','],
    ['both signs, the last is decimal', ['1,234.56'], '.'],
    ['one sign and 1 digit', ['12,5'], ','],
    ['one sign and 2 digits', ['12.50'], '.'],
    ['one sign and 4 digits', ['1,2345'], ','],
    ['the same sign twice groups', ['1.234.567'], ','],
    ['the same sign twice groups', ['12,34,567'], '.'],
    ['one proof settles the rest', ['1.234', '5.678', '-9,5'], ','],
    ['marks and currencies do not matter', ['€ 1.234', '(12,50) EUR'], ','],
    ['no group can follow nothing, zero or four digits', ['.500'], '.'],
    ['no group can follow nothing, zero or four digits', ['0,125'], ','],
    ['no group can follow nothing, zero or four digits', ["1'234.567"], '.'],
    ['no sign', ['12', '-3', '1 234', "5'000"], 'none'],
  ])('data-import 7: %s (%j)', (_rule, values, decided) => {
    expect(decimals(...values)).toEqual({ decided });
  });

  test('data-import 7: proofs in conflict fail the file and name their lines', () => {
    expect(decimals('1.50', '1,50')).toMatchObject({
      failed: { code: 'MixedNumberFormats', message: expect.stringMatching(/line 2 has 1\.50.*line 3 has 1,50/) },
    });
    expect(decimals('1.234.567', '1.50')).toMatchObject({ failed: { code: 'MixedNumberFormats' } });
  });

  test('data-import 7: single groups of three only, asks', () => {
    expect(decimals('1.234', '-56.789')).toMatchObject({
      needsInput: { code: 'AmbiguousNumberFormat', message: expect.stringContaining('1.234') },
    });
    expect(decimals('1,234', '7')).toMatchObject({ needsInput: { code: 'AmbiguousNumberFormat' } });
  });

  test('data-import 7: what is no amount proves nothing', () => {
    expect(decimals('n/a', '1.2.3', '1e5.00', '', '1,234.567,89', '12,5,0')).toEqual({ decided: 'none' });
  });

  test('data-import 7: any column written one way is read that way, asks, or has no sign', () => {
    const minor = fc.integer({ min: -99_999_999, max: 99_999_999 });
    const write = (value: number, point: string, group: string) => {
      const digits = String(Math.abs(value)).padStart(3, '0');
      return `${value < 0 ? '-' : ''}${digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, group)}${point}${digits.slice(-2)}`;
    };
    fc.assert(
      fc.property(
        fc.array(minor, { minLength: 1, maxLength: 30 }),
        fc.constantFrom('.', ','),
        fc.boolean(),
        (values, point, grouped) => {
          const group = grouped ? (point === '.' ? ',' : '.') : '';
          expect(decimals(...values.map((value) => write(value, point, group)))).toEqual({ decided: point });
        },
      ),
    );
  });
});

describe('bank file decisions', () => {
  const layout = (roles: FileLayout['roles']): FileLayout => ({
    delimiter: ';',
    header: ['Datum', 'Soll', 'Haben', 'Saldo'],
    headerLine: 1,
    columnCount: 4,
    roles,
    dataStart: { byteOffset: 0, line: 2 },
  });
  const twoSided = layout({ date: 0, debit: 1, credit: 2, balance: 3 });
  const record = (fields: string[], line: number, extra: Partial<SourceRecord> = {}): SourceRecord => ({
    fields,
    line,
    byteStart: 0,
    byteEnd: 0,
    nextLine: line + 1,
    columnCountOk: true,
    ...extra,
  });
  const decide = (records: SourceRecord[], options: Partial<Parameters<typeof decideBankFile>[0]> = {}) => {
    const collector = createBankCollector(options.layout ?? twoSided);
    for (const one of records) collector.feed(one);
    return decideBankFile({
      layout: twoSided,
      evidence: collector.evidence(),
      accountCurrency: 'EUR',
      currentYear: 2026,
      ...options,
    });
  };

  test('data-import 7: every amount column is decided by itself', () => {
    const outcome = decide([
      record(['31.01.2025', '1,50', '', '1.234,00'], 2),
      record(['01.02.2025', '', '2', '5'], 3),
    ]);
    expect(outcome).toEqual({
      decisions: {
        dateOrder: 'DMY',
        decimals: { debit: ',', credit: 'none', balance: ',' },
        debitSign: 'positive',
        currency: 'EUR',
        invertSign: false,
        currentYear: 2026,
      },
    });
  });

  test('data-import 7: a doubtful column is named', () => {
    expect(decide([record(['31.01.2025', '1,50', '1.234', ''], 2)])).toMatchObject({
      needsInput: { code: 'AmbiguousNumberFormat', message: expect.stringContaining('Column Haben') },
    });
  });

  test('data-import 1: the profile goes before the evidence', () => {
    const records = [record(['03/08/2025', '1.234', '', ''], 2), record(['13/08/2025', '', '1.50', ''], 3)];
    const profile = { dateFormat: 'MM/DD/YYYY', decimal: ',' as const, currency: 'USD', invertSign: true };
    expect(decide(records, { profile })).toMatchObject({
      decisions: {
        dateOrder: 'MDY',
        decimals: { debit: ',', credit: ',', balance: ',' },
        currency: 'USD',
        invertSign: true,
      },
    });
  });

  test('broken records prove nothing', () => {
    const bad = [
      record(['13/08/2025', '1,50', '', ''], 2, { columnCountOk: false }),
      record(['13/08/2025'], 3, { problem: 'UnclosedQuote' }),
    ];
    expect(decide([...bad, record(['03/08/2025', '', '1.50', ''], 4)])).toMatchObject({
      needsInput: { code: 'AmbiguousDateFormat' },
    });
  });

  test('a debit column that is written with minus signs only is told', () => {
    expect(decide([record(['31.01.2025', '-1,50', '', ''], 2), record(['31.01.2025', '-2', '', ''], 3)])).toMatchObject(
      { decisions: { debitSign: 'negative' } },
    );
    expect(decide([record(['31.01.2025', '-1,50', '', ''], 2), record(['31.01.2025', '2', '', ''], 3)])).toMatchObject({
      decisions: { debitSign: 'positive' },
    });
  });
});
