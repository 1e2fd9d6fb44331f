import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { convert, refusal, valued } from '../../test/formats/read-converted';
import { damaged, decimalText, statements, surviving } from '../../test/formats/statements';
import { qifDate } from './qif';

const sample = (name: string) => readFileSync(join(__dirname, '../../test/formats/qif', name));

describe('qif', () => {
  test('data-import 9: Quicken with accounts, apostrophe years, transfers and splits', async () => {
    const converted = await convert('qif', sample('quicken.qif'));
    expect(converted.rows).toEqual([
      {
        line: 9,
        date: '1/31/26',
        amount: '-1,234.56',
        description: 'lunch',
        payee: "Joe's Diner",
        category: 'Food:Dining/Trip',
        notes: 'number 1023',
      },
      {
        line: 18,
        date: '1/5/06',
        amount: '100.00',
        description: 'Savings',
        payee: 'Savings',
        notes: 'transfer: Savings',
      },
      {
        line: 23,
        date: '12/31/99',
        amount: '-30.00',
        description: 'Supermarket',
        payee: 'Supermarket',
        notes: 'split: Food (bread) -20.00; split: Household -10.00',
      },
    ]);
    expect(converted.warnings).toEqual([]);
    // The 31 decides the order for all dates (data-import 6).
    expect(valued(converted, 'USD')).toEqual([
      { date: '2026-01-31', minor: -123456n, currency: 'USD' },
      { date: '2006-01-05', minor: 10000n, currency: 'USD' },
      { date: '1999-12-31', minor: -3000n, currency: 'USD' },
    ]);
  });

  test('data-import 4: a German card statement in windows-1252, day first, comma decimals', async () => {
    const converted = await convert('qif', sample('german-cp1252.qif'), { pieceBytes: 5 });
    expect(converted.rows).toEqual([
      { line: 2, date: '31.01.2026', amount: '-1.234,56', description: 'Brötchen', payee: 'Bäckerei' },
      { line: 7, date: '01.02.2026', amount: '7,00', description: 'Erstattung', payee: 'Erstattung' },
    ]);
    expect(converted.warnings).toEqual(['EncodingFallback']);
    expect(valued(converted, 'EUR')).toEqual([
      { date: '2026-01-31', minor: -123456n, currency: 'EUR' },
      { date: '2026-02-01', minor: 700n, currency: 'EUR' },
    ]);
  });

  test('data-import 9: without a header and a last ^, with line ends of an old Macintosh', async () => {
    const { rows } = await convert('qif', sample('classic-mac.qif'));
    expect(rows).toEqual([
      {
        line: 1,
        date: '2026-03-01',
        amount: '-500',
        description: 'no header, no last caret',
        payee: 'no header, no last caret',
      },
      { line: 5, date: '2026-03-02', amount: '+20', notes: 'number ATM' },
    ]);
  });

  test.each([
    ["1/31'26", '1/31/26'],
    ["1/ 5' 6", '1/5/06'],
    ["31.01'2026", '31.01.2026'],
    ['1-31-26', '1-31-26'],
    ['01/31/2026', '01/31/2026'],
    ['2026-01-31', '2026-01-31'],
    ["1/31'126", "1/31'126"],
    ['', ''],
  ])('data-import 6: the date %j is handed on as %j', (text, date) => {
    expect(qifDate(text)).toBe(date);
  });

  test.each(['Bank', 'Cash', 'CCard', 'Oth A', 'Oth L', 'bank  '])('data-import 9: !Type:%s is read', async (type) => {
    expect((await convert('qif', `!Type:${type}\nD1/31/26\nT1\n^\n`)).rows).toHaveLength(1);
  });

  test('data-import 9: investments are refused in one sentence, other sections skipped with a warning', async () => {
    expect(await refusal('qif', '!Type:Bank\nD1/31/26\nT1\n^\n!Type:Invst\nD1/31/26\nNBuy\n^\n')).toMatch(
      /^UnsupportedFormat: [^.]*investment[^.]*\.$/,
    );
    const { rows, warnings } = await convert('qif', '!Type:Invoice\nD1/31/26\nT1\n^\n!Type:Class\nNx\n^\n');
    expect([rows, warnings]).toEqual([[], ['SectionSkipped']]);
  });

  test('data-import 9: transactions of two accounts bring a warning', async () => {
    const account = (name: string) => `!Account\nN${name}\nTBank\n^\n!Type:Bank\nD1/31/26\nT1\n^\n`;
    expect((await convert('qif', account('A') + account('B'))).warnings).toEqual(['SeveralAccounts']);
    expect((await convert('qif', account('A') + account('A'))).warnings).toEqual([]);
  });

  test('data-import 8: two dates or amounts in one record are neither of them; T stands before U', async () => {
    const { rows } = await convert('qif', '!Type:Bank\nD1/31/26\nT1\nD2/1/26\nT2\n^\nD1/30/26\nU5\n^\n^\n');
    expect(rows).toMatchObject([{ date: '1/31/26 / 2/1/26', amount: '1 / 2' }, { amount: '5' }]);
    expect(rows).toHaveLength(2);
  });

  test('data-import 9: a file that ends within a line does not import half an amount', async () => {
    const { rows } = await convert('qif', '!Type:Bank\nD1/31/26\nT1.00\n^\nD1/31/26\nT12');
    expect(rows.map(({ date }) => date)).toEqual(['1/31/26', 'record cut off by the end of the file']);
  });

  test.each([
    ['EmptyFile', '\n\n'],
    ['MalformedFile', 'Date;Amount\n1;2\n'],
    ['MalformedFile', '<html></html>'],
    ['DecodeError', Buffer.from([0xef, 0xbb, 0xbf, 0x21, 0xff])],
  ])('data-import 18: %s', async (code, content) => {
    expect(await refusal('qif', content)).toMatch(new RegExp(`^${code}: [A-Z].*[.]$`));
  });

  test('data-import 18: limits of bytes, rows and one record', async () => {
    const file = `!Type:Bank\n${'D1/31/26\nT1\n^\n'.repeat(10)}`;
    expect(await refusal('qif', file, { limits: { maxBytes: 100 } })).toMatch(/^FileTooLarge: .*100 bytes/);
    expect(await refusal('qif', file, { limits: { maxRows: 9 } })).toMatch(/^FileTooLarge: .*9 records/);
    const { rows } = await convert('qif', `!Type:Bank\nD1/31/26\nT1\n${'Ex\n'.repeat(30_000)}^\nD1/31/26\nT2\n^\n`);
    expect(rows).toMatchObject([{ line: 2, date: 'record longer than 65536 bytes' }, { amount: '2' }]);
  });

  test('data-import 18: hostile files end within seconds', async () => {
    expect(await surviving('qif', Buffer.from(`!Type:Bank\nD${' '.repeat(8_000_000)}`))).toBe(1);
    expect(await surviving('qif', Buffer.from(`!Type:Bank\n${'S\n'.repeat(500_000)}`))).toBe(1);
    expect(await surviving('qif', Buffer.from(`!Type:Bank\n${'D1\n^\n'.repeat(100_000)}`))).toBe(100_000);
    expect(await surviving('qif', Buffer.from('!Type:'.repeat(1_000_000)))).toBe(0);
    expect(
      await surviving(
        'qif',
        Buffer.concat([Buffer.from('!Type:Bank\nT1\nM'), Buffer.alloc(8_000_000), Buffer.from('\n^\n')]),
      ),
    ).toBe(1);
  });

  const DATES: Readonly<Record<string, (year: string, month: string, day: string) => string>> = {
    "M/D'YY": (year, month, day) => `${Number(month)}/${String(Number(day)).padStart(2)}'${year.slice(2)}`,
    'MM/DD/YYYY': (year, month, day) => `${month}/${day}/${year}`,
    'DD.MM.YYYY': (year, month, day) => `${day}.${month}.${year}`,
    'D-M-YY': (year, month, day) => `${Number(day)}-${Number(month)}-${year.slice(2)}`,
    'YYYY-MM-DD': (year, month, day) => `${year}-${month}-${day}`,
  };

  test('data-import 9: amounts and dates of random statements survive exactly in every way of writing dates', async () => {
    await fc.assert(
      fc.asyncProperty(
        statements,
        fc.constantFrom(...Object.keys(DATES)),
        fc.constantFrom('.' as const, ',' as const),
        fc.constantFrom('\n', '\r\n', '\r'),
        async ({ transactions, exponent, currency }, style, sign, lineEnd) => {
          // One date and one amount that leave nothing open, as a real file of a month has them.
          const known = { date: '2025-12-31', minor: 12_345n, text: 'x', isReversal: false };
          const all = [known, ...transactions].filter(({ date }) => date >= '2001');
          const amount = (minor: bigint) => decimalText(minor, exponent, sign);
          fc.pre(exponent !== 3 || all.some(({ minor }) => /^-?(?:0|\d{4,})[.,]/.test(amount(minor))));
          const content = all.map(({ date, minor, text }) => {
            const [year = '', month = '', day = ''] = date.split('-');
            return [`D${DATES[style]?.(year, month, day)}`, `T${amount(minor)}`, `M${text}`, '^', ''].join(lineEnd);
          });
          const converted = await convert('qif', `!Type:Bank${lineEnd}${content.join('')}`);
          expect(valued(converted, currency)).toEqual(all.map(({ date, minor }) => ({ date, minor, currency })));
          expect(converted.rows.map(({ description }) => description)).toEqual(all.map(({ text }) => text));
        },
      ),
      { numRuns: 150 },
    );
  });

  test('data-import 9: 2,000 damaged files are rows or a refusal, never anything else', async () => {
    const files = ['quicken.qif', 'german-cp1252.qif', 'classic-mac.qif'].map(sample);
    await fc.assert(
      fc.asyncProperty(damaged(files), async (bytes) => {
        expect(await surviving('qif', bytes)).toBeGreaterThanOrEqual(-1);
      }),
      { numRuns: 2000 },
    );
  });
});
