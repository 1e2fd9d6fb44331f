import fc from 'fast-check';
import type { FileLayout, SourceRecord } from '../reading';
import {
  type BankDecisions,
  type BankRecord,
  bankExternalKey,
  bankFingerprint,
  createBankKeyer,
  createBankValidator,
  createOccurrenceCounter,
  createRepeatSketch,
  externalKey,
  normaliseDescription,
  rejectsCsvHeader,
  rejectsCsvRow,
  validateBatch,
} from './index';

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

describe('duplicate keys', () => {
  const row = (extra: Partial<BankRecord> = {}): BankRecord => ({
    line: 2,
    date: '2025-01-02',
    amountMinor: -250n,
    currency: 'EUR',
    description: 'Coffee',
    payee: '',
    ...extra,
  });
  const hex = (extra: Partial<BankRecord>, ordinalAmongEqual = 0, accountId = 'a') =>
    bankExternalKey({ accountId, record: row(extra), ordinalAmongEqual });

  test('data-import 11: lane 1 is account, id, date, amount and currency, and nothing else', () => {
    const key = hex({ externalId: 'X' });
    expect(key).toHaveLength(32);
    expect(hex({ externalId: 'X', description: 'other', payee: 'p', line: 9 }, 5)).toBe(key);
    const others = [
      hex({ externalId: 'Y' }),
      hex({ externalId: 'X', date: '2025-01-03' }),
      hex({ externalId: 'X', amountMinor: 250n }),
      hex({ externalId: 'X', currency: 'USD' }),
      hex({ externalId: 'X' }, 0, 'b'),
      hex({}),
    ];
    expect(new Set([key, ...others]).size).toBe(7);
  });

  test('data-import 11: lane 2 is account, date, amount, currency, normalised description and ordinal', () => {
    const key = hex({});
    expect(hex({ description: '  COFFEE ', payee: 'p', line: 9 })).toBe(key);
    expect(
      new Set([
        key,
        hex({}, 1),
        hex({ description: 'Tea' }),
        hex({ date: '2025-01-03' }),
        hex({ amountMinor: -251n }),
        hex({ currency: 'USD' }),
        hex({}, 0, 'b'),
      ]).size,
    ).toBe(7);
  });

  test('data-import 11: the key is the date and the first 12 bytes of the sha256 of the parts as JSON', () => {
    const half = (parts: (string | number)[]) => externalKey(parts).slice(0, 24);
    expect(bankExternalKey({ accountId: 'a"\n', record: row({ description: 'Q"\\é' }), ordinalAmongEqual: 3 })).toBe(
      `20250102${half(['row', 'a"\n', '2025-01-02', '-250', 'EUR', 'q"\\é', 3])}`,
    );
    expect(bankExternalKey({ accountId: 'a', record: row({ externalId: 'I"' }), ordinalAmongEqual: 0 })).toBe(
      `20250102${half(['id', 'a', 'I"', '2025-01-02', '-250', 'EUR'])}`,
    );
  });

  test('data-import 11: rows are told apart by their order with the sketch as without', () => {
    const texts = fc.constantFrom(
      'Coffee',
      ' coffee ',
      'Straße',
      'STRASSE',
      'ﬁ',
      'fi',
      'Ａ',
      'a',
      'İ',
      'ı',
      'I',
      'Σ',
      'ς',
      '',
    );
    const rows = fc.array(
      fc.record({
        description: fc.oneof(texts, fc.string({ unit: 'binary', maxLength: 3 })),
        amountMinor: fc.bigInt({ min: -2n, max: 2n }),
        date: fc.constantFrom('2025-01-02', '2025-01-03'),
        currency: fc.constantFrom('EUR', 'USD'),
        externalId: fc.option(fc.constantFrom('A', 'B'), { nil: undefined, freq: 5 }),
      }),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(rows, (some) => {
        const records = some.map(({ externalId, ...one }) => row({ ...one, ...(externalId ? { externalId } : {}) }));
        const sketch = createRepeatSketch(records.length);
        for (const record of records) {
          const print = bankFingerprint(record);
          if (print !== undefined) sketch.note(print);
        }
        const mayRepeat = sketch.seal();
        const thrifty = createBankKeyer('a', (record) => mayRepeat(bankFingerprint(record)!));
        const full = createBankKeyer('a');
        for (const record of records) expect(thrifty(record)).toBe(full(record));
      }),
      { numRuns: 200 },
    );
  });

  test('data-import 18: few of a million different rows are taken for possible repeats', () => {
    const ROWS = 1_000_000;
    const sketch = createRepeatSketch(ROWS);
    const print = (n: number) =>
      bankFingerprint(row({ amountMinor: BigInt(n % 1000), description: `purchase ${n}`, date: '2025-01-02' }))!;
    for (let n = 0; n < ROWS; n += 1) sketch.note(print(n));
    const mayRepeat = sketch.seal();
    let suspects = 0;
    for (let n = 0; n < ROWS; n += 1) if (mayRepeat(print(n))) suspects += 1;
    expect(suspects).toBeLessThan(ROWS * 0.02);
  });

  test('data-import 11: two equal rows get two keys, and the same two in another file that overlaps', () => {
    const keys = (rows: BankRecord[]) => {
      const keyer = createBankKeyer('a');
      return rows.map((one) => keyer(one));
    };
    const [first, second, tea] = keys([
      row({ line: 2 }),
      row({ line: 3, description: 'coffee' }),
      row({ description: 'Tea' }),
    ]);
    expect(new Set([first, second, tea]).size).toBe(3);
    expect(keys([row({ description: 'Tea' }), row(), row(), row()]).slice(0, 3)).toEqual([tea, first, second]);
    // With an id the bank has said itself what is equal.
    const [a, b] = keys([row({ externalId: 'X' }), row({ externalId: 'X' })]);
    expect(a).toBe(b);
  });

  test('data-import 11: norm is NFKC, case-folded, white space collapsed, trimmed', () => {
    expect(normaliseDescription('  Straße\u00a0\t NR.\n5 ')).toBe('strasse nr. 5');
    expect(normaliseDescription('STRASSE NR. 5')).toBe('strasse nr. 5');
    expect(normaliseDescription('ﬁ Ａ①')).toBe('fi a1');
    expect(normaliseDescription('ΟΔΟΣ')).toBe(normaliseDescription('οδος'));
    expect(normaliseDescription('E\u0301')).toBe('\u00e9');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const once = normaliseDescription(text);
        expect(once).toBe(once.trim());
        expect(once).not.toMatch(/\s\s/);
        expect(normaliseDescription(`\t${text.replaceAll(' ', '  ')} `)).toBe(once);
      }),
    );
  });

  test('data-import 11: the counter counts like a map, through all its growth', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3000), { minLength: 3000, maxLength: 6000 }), (values) => {
        const counter = createOccurrenceCounter();
        const counts = new Map<number, number>();
        for (const value of values) {
          const before = counts.get(value) ?? 0;
          expect(counter.next(externalKey([value]))).toBe(before);
          counts.set(value, before + 1);
        }
        expect(counter.size()).toBe(counts.size);
      }),
      { numRuns: 5 },
    );
  });
});

describe('error report', () => {
  test('data-import 15: original columns, line and code', () => {
    expect(rejectsCsvHeader({ header: ['Datum', 'Be"trag'], columnCount: 2 })).toBe('Datum,"Be""trag",line,code\r\n');
    expect(rejectsCsvHeader({ header: [], columnCount: 2 })).toBe('column 1,column 2,line,code\r\n');
    expect(rejectsCsvRow({ fields: ['30.02.2025', '1,50'], columnCount: 2, line: 9, code: 'InvalidDate' })).toBe(
      '30.02.2025,"1,50",9,InvalidDate\r\n',
    );
  });

  test('data-import 15: short and long records keep every column under its name', () => {
    expect(rejectsCsvRow({ fields: ['a'], columnCount: 3, line: 9, code: 'ColumnCount' })).toBe(
      'a,,,9,ColumnCount\r\n',
    );
    expect(rejectsCsvRow({ fields: ['a', 'b', 'c'], columnCount: 2, line: 9, code: 'ColumnCount' })).toBe(
      'a,b,9,ColumnCount,c\r\n',
    );
  });

  test.each([
    ['=1+1', "'=1+1"],
    ['+cmd', "'+cmd"],
    ['-x', "'-x"],
    ['@sum', "'@sum"],
    ['\ta', "'\ta"],
    ['\ra', '"\'\ra"'],
    [' =1', "' =1"],
    ['＝1+1', "'＝1+1"],
    ['＋cmd', "'＋cmd"],
    ['－x', "'－x"],
    ['＠sum', "'＠sum"],
    ['  -12.50', '"  -12.50"'],
    ['-12.50', '-12.50'],
    ['+3', '+3'],
    ['-1.234', '-1.234'],
    ['-1-2', "'-1-2"],
    ['a=b', 'a=b'],
  ])('data-import 15: %j is written as %j', (value, written) => {
    expect(rejectsCsvRow({ fields: [value], columnCount: 1, line: 2, code: 'X' })).toBe(`${written},2,X\r\n`);
  });
});
