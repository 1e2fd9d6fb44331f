import type { FileLayout, SourceRecord } from '../reading';
import { type BankDecisions, createBankValidator, validateBatch } from './index';

const decisions: BankDecisions = {
  dateOrder: 'DMY',
  decimals: { amount: ',', debit: ',', credit: ',', balance: ',' },
  debitSign: 'positive',
  currency: 'EUR',
  invertSign: false,
  currentYear: 2026,
};
function layoutOf(roles: readonly string[]): FileLayout {
  return {
    delimiter: ';',
    header: roles.map((role) => `<${role}>`),
    headerLine: 1,
    columnCount: roles.length,
    roles: Object.fromEntries(roles.map((role, index) => [role, index])),
    dataStart: { byteOffset: 0, line: 2 },
  };
}
const record = (fields: readonly string[], extra: Partial<SourceRecord> = {}): SourceRecord => ({
  fields,
  line: 7,
  byteStart: 0,
  byteEnd: 0,
  nextLine: 8,
  columnCountOk: true,
  ...extra,
});
const oneSided = layoutOf([
  'date',
  'amount',
  'currency',
  'description',
  'payee',
  'externalId',
  'balance',
  'category',
  'notes',
]);
const twoSided = layoutOf(['date', 'debit', 'credit']);
const validate = (fields: readonly string[], layout = oneSided, extra: Partial<BankDecisions> = {}) =>
  createBankValidator({ layout, decisions: { ...decisions, ...extra } })(record(fields));
const twoSidedResult = (debit: string, credit: string, extra: Partial<BankDecisions> = {}) => {
  const result = validate(['01.02.2025', debit, credit], twoSided, extra);
  return 'ok' in result ? result.ok.amountMinor : result.error.code;
};

describe('bank records', () => {
  test('data-import 1: every role is read, absent ones are left out', () => {
    expect(validate(['01.02.2025', '-1.234,50', 'USD', ' Tee ', 'Kiosk', 'A1', '10,00', 'Food', 'n'])).toEqual({
      ok: {
        line: 7,
        date: '2025-02-01',
        amountMinor: -123_450n,
        currency: 'USD',
        description: 'Tee',
        payee: 'Kiosk',
        externalId: 'A1',
        balanceMinor: 1000n,
        category: 'Food',
        notes: 'n',
      },
    });
    expect(validate(['01.02.2025', '3', '', '', '', '', '', '', ''])).toEqual({
      ok: { line: 7, date: '2025-02-01', amountMinor: 300n, currency: 'EUR', description: '', payee: '' },
    });
  });

  test.each<[string, string[], string, string]>([
    ['an empty date', ['', '1', '', '', '', '', '', '', ''], 'MissingDate', '<date>'],
    ['a date that does not exist', ['30.02.2025', '1', '', '', '', '', '', '', ''], 'InvalidDate', '<date>'],
    ['an empty amount', ['01.02.2025', '', '', '', '', '', '', '', ''], 'MissingAmount', '<amount>'],
    ['letters in an amount', ['01.02.2025', '1x', '', '', '', '', '', '', ''], 'InvalidAmount', '<amount>'],
    [
      'another currency in the amount',
      ['01.02.2025', '$1', '', '', '', '', '', '', ''],
      'CurrencyMismatch',
      '<amount>',
    ],
    ['a currency nobody has', ['01.02.2025', '1', 'XYZ', '', '', '', '', '', ''], 'UnknownCurrency', '<currency>'],
    ['a balance that is none', ['01.02.2025', '1', '', '', '', '', '?', '', ''], 'InvalidAmount', '<balance>'],
  ])('data-import 15: %s is an error of its column', (_what, fields, code, column) => {
    expect(validate(fields)).toMatchObject({ error: { line: 7, code, column, message: expect.stringMatching(/\.$/) } });
  });

  test('data-import 5: the wrong number of columns is ColumnCount', () => {
    const result = createBankValidator({ layout: twoSided, decisions })(
      record(['01.02.2025', '1'], { columnCountOk: false }),
    );
    expect(result).toEqual({
      error: {
        line: 7,
        column: '',
        code: 'ColumnCount',
        value: '01.02.2025;1',
        message: 'The record has 2 columns; the file has 3.',
      },
    });
  });

  test.each(['RecordTooLong', 'TooManyColumns', 'UnclosedQuote', 'MalformedQuotes'] as const)(
    'data-import 18: %s is an error of the record',
    (problem) => {
      const result = createBankValidator({ layout: twoSided, decisions })(
        record(['raw'], { columnCountOk: false, problem }),
      );
      expect(result).toMatchObject({ error: { line: 7, column: '', code: problem, value: 'raw' } });
    },
  );

  test('data-import 4: a lost character is never stored', () => {
    const result = createBankValidator({ layout: oneSided, decisions })(
      record(['01.02.2025', '1', '', 'M\ufffdller\u0000'], { badCharacter: true }),
    );
    expect(result).toMatchObject({ error: { code: 'InvalidCharacter', column: '<description>', value: 'Mller' } });
  });

  test('data-import 8: debit is money out, credit is money in', () => {
    expect([
      twoSidedResult('1,50', ''),
      twoSidedResult('', '1,50'),
      twoSidedResult('0,00', '2'),
      twoSidedResult('3', '0'),
    ]).toEqual([-150n, 150n, 200n, -300n]);
    expect([twoSidedResult('0', ''), twoSidedResult('0', '0')]).toEqual([0n, 0n]);
    expect([
      twoSidedResult('1', '2'),
      twoSidedResult('', ''),
      twoSidedResult('x', '2'),
      twoSidedResult('1', 'x'),
    ]).toEqual(['BothSides', 'MissingAmount', 'InvalidAmount', 'InvalidAmount']);
  });

  test('data-import 8: minus signs that only repeat the column, and reversals', () => {
    expect(twoSidedResult('-1,50', '', { debitSign: 'negative' })).toBe(-150n);
    expect(twoSidedResult('-1,50', '', { debitSign: 'positive' })).toBe(150n);
  });

  test('data-import 1: invertSign turns the amount round', () => {
    expect(validate(['01.02.2025', '5', '', '', '', '', '', '', ''], oneSided, { invertSign: true })).toMatchObject({
      ok: { amountMinor: -500n },
    });
  });

  test('data-import 15: the value of an error has at most 200 characters and no half ones', () => {
    const result = validate(['01.02.2025', `x${'𝔘'.repeat(200)}`, '', '', '', '', '', '', '']);
    if (!('error' in result)) throw new Error('should be refused');
    expect(result.error.value.length).toBeLessThanOrEqual(200);
    expect(result.error.value).toBe(`x${'𝔘'.repeat(99)}`);
  });

  test('one validator gives the same answers as many', () => {
    const rows = Array.from({ length: 3000 }, (_, index) => [
      `${1 + (index % 31)}.${1 + (index % 12)}.${1000 + index}`,
      '1',
      '',
      '',
      '',
      '',
      '',
      '',
      '',
    ]);
    const one = createBankValidator({ layout: oneSided, decisions });
    for (const row of rows) expect(one(record(row))).toEqual(validate(row));
  });
});

describe('batches', () => {
  const even = (one: SourceRecord) =>
    Number(one.fields[0]) % 2 === 0
      ? { ok: one.fields[0] }
      : { error: { line: one.line, column: '', code: 'Odd' as const, value: '', message: 'Odd.' } };
  const records = (count: number) => Array.from({ length: count }, (_, index) => record([`${index}`, 'a\u0000b']));

  test('data-import 2: a batch of 100 gives every record its ordinal, good or bad', () => {
    const { good, bad } = validateBatch({ records: records(100), firstOrdinal: 300, validate: even });
    expect([...good, ...bad].map(({ ordinal }) => ordinal).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 100 }, (_, index) => 300 + index),
    );
    expect(good[1]).toEqual({ ordinal: 302, row: '2' });
    expect(bad[0]).toMatchObject({ ordinal: 301, error: { code: 'Odd' }, fields: ['1', 'ab'] });
  });

  test('data-import 2: more than 100 records, or a start between batches, is refused', () => {
    expect(() => validateBatch({ records: records(101), firstOrdinal: 0, validate: even })).toThrow(RangeError);
    expect(() => validateBatch({ records: records(1), firstOrdinal: 50, validate: even })).toThrow(RangeError);
  });
});
