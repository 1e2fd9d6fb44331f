import fc from 'fast-check';
import {
  type BankRecord,
  bankExternalKey,
  bankFingerprint,
  createBankKeyer,
  createOccurrenceCounter,
  createRepeatSketch,
  externalKey,
  normaliseDescription,
} from './index';

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

  test('data-import 18: few of many different rows are taken for possible repeats', () => {
    // The bits of the sketch are a power of two: so many rows leave it the fewest each.
    const ROWS = 2 ** 17;
    const sketch = createRepeatSketch(ROWS);
    const prints = Uint32Array.from({ length: ROWS }, (_, n) =>
      bankFingerprint(row({ amountMinor: BigInt(n % 1000), description: `purchase ${n}` }))!,
    );
    for (const print of prints) sketch.note(print);
    const mayRepeat = sketch.seal();
    let suspects = 0;
    for (const print of prints) if (mayRepeat(print)) suspects += 1;
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
