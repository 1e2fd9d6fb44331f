import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { convert, refusal, valued } from '../../test/formats/read-converted';
import { closingOf, damaged, decimalText, statements, surviving } from '../../test/formats/statements';
import { bookingDate, informationOf } from './mt940-parts';

const sample = (name: string) => readFileSync(join(__dirname, '../../test/formats/mt940', name));
const statement = (lines: string) => `:20:X\n:25:1\n:60F:C260101EUR0,00\n${lines}\n:62F:C260101EUR0,00\n`;

describe('mt940', () => {
  test('data-import 9: a German statement: ?20 fields, C, D, RC and RD, booking dates around the new year', async () => {
    const converted = await convert('mt940', sample('german-sepa.sta'));
    expect(converted.rows).toEqual([
      {
        line: 5,
        date: '2026-01-02',
        amount: '-12,50',
        description: 'Rechnung Nummer vier-undzwanzig',
        payee: 'Stadtwerke Musterstadt',
        currency: 'EUR',
        externalId: '2601020001',
        notes: 'SEPA-UEBERWEISUNG; end-to-end reference RE-2025-1',
      },
      {
        line: 9,
        date: '2025-12-31',
        amount: '100,',
        description: 'Miete Januar',
        payee: 'Max Mustermann',
        currency: 'EUR',
        notes: 'GUTSCHRIFT',
      },
      {
        line: 18,
        date: '2026-01-03',
        amount: '-100,00',
        description: 'Reversal detail',
        currency: 'EUR',
        notes: 'reference REF1',
        isReversal: true,
      },
      {
        line: 20,
        date: '2026-01-03',
        amount: '2,50',
        description: 'free text of the first line and more',
        currency: 'EUR',
        isReversal: true,
      },
    ]);
    expect(converted.file.profile).toEqual({ dateFormat: 'YYYY-MM-DD', decimal: ',' });
    // data-import 10: the second statement does not add up, and says so.
    expect(converted.file.balances()).toEqual([
      { currency: 'EUR', openingMinor: '100000', closingMinor: '108750' },
      { currency: 'EUR', openingMinor: '108750', closingMinor: '-1000' },
    ]);
    expect(converted.warnings).toEqual([]);
  });

  test('data-import 9: SWIFT blocks and /REMI/ fields of Dutch banks', async () => {
    const converted = await convert('mt940', sample('swift-dutch.940'), { pieceBytes: 3 });
    expect(converted.rows).toEqual([
      {
        line: 6,
        date: '2014-02-20',
        amount: '1,56',
        description: 'EV10001REP1000000T1000',
        payee: 'ING BANK NV INZAKE WEB',
        currency: 'EUR',
        externalId: '00000000001005',
        notes: 'end-to-end reference EV12341REP1231456T1234; reference EREF; /TRCD/00100/',
      },
      {
        line: 10,
        date: '2014-02-20',
        amount: '-1,57',
        description: 'Factuur 12',
        payee: 'J. Jansen',
        currency: 'EUR',
        externalId: '00000000001006',
        notes: 'reference PREF',
      },
    ]);
    expect(converted.file.balances()).toEqual([
      { currency: 'EUR', openingMinor: '66223', closingMinor: '66222' },
      { currency: 'EUR', openingMinor: '66222', closingMinor: '66222' },
    ]);
  });

  test('data-import 10: pages of one statement are one balance; dinars have three decimals; lines of the bank before the first field', async () => {
    const converted = await convert('mt940', sample('pages-kwd.txt'));
    expect(converted.file.balances()).toEqual([{ currency: 'KWD', openingMinor: '10500', closingMinor: '11255' }]);
    expect(valued(converted, 'EUR')).toEqual([
      { date: '2026-02-01', minor: -250n, currency: 'KWD' },
      { date: '2026-02-02', minor: 1005n, currency: 'KWD' },
    ]);
  });

  test('data-import 10: a missing page splits the proof, a missing balance leaves none', async () => {
    const file = sample('pages-kwd.txt').toString();
    const gap = await convert('mt940', file.replace(':60M:C260201KWD10,250', ':60M:C260201KWD99,000'));
    expect(gap.file.balances()).toEqual([
      { currency: 'KWD', openingMinor: '10500', closingMinor: '10250' },
      { currency: 'KWD', openingMinor: '99000', closingMinor: '11255' },
    ]);
    const open = await convert('mt940', file.replace(/:62F:.*/, '').replace(/:62M:.*\n/, ''));
    expect(open.file.balances()).toEqual([]);
    const unread = await convert('mt940', file.replace(':62F:C260202KWD11,255', ':62F:C260202KWD11,2555'));
    expect([unread.file.balances(), unread.warnings]).toEqual([[], ['BalanceUnreadable']]);
  });

  test.each([
    ['251231', '0102', '2026-01-02'],
    ['260102', '1231', '2025-12-31'],
    ['260131', '0131', '2026-01-31'],
    ['240301', '0229', '2024-02-29'],
    ['250301', '0229', '2024-02-29'],
    ['260301', '0230', '2026-02-30'],
    ['991231', '0101', '2000-01-01'],
    ['260131', undefined, '2026-01-31'],
  ])('data-import 9: value %s with entry %s is booked on %s', (value, entry, date) => {
    expect(bookingDate(value, entry)).toBe(date);
  });

  test.each([
    ['260131C1,00NTRFX', '1,00'],
    ['260131D1,00NTRFX', '-1,00'],
    ['260131RC1,00NTRFX', '-1,00'],
    ['260131RD1,00NTRFX', '1,00'],
    ['2601310131CR1,00S103X', '1,00'],
    ['2601310131RCR1,00FTRFX', '-1,00'],
    ['260131D,50NTRFX', '-,50'],
  ])('data-import 9: the sign of :61:%s', async (line, amount) => {
    expect((await convert('mt940', statement(`:61:${line}`))).rows).toMatchObject([{ date: '2026-01-31', amount }]);
  });

  test.each(['260131X1,00NTRFX', '260131C1,00KTRFX', '260131C1.00', 'C1,00NTRF', '260131CEUR1,00NTRF', ''])(
    'data-import 9: :61:%s becomes a row error, nothing of it is guessed',
    async (line) => {
      const { rows } = await convert('mt940', statement(`:61:${line}\n:86:text`));
      expect(rows).toEqual([{ line: 4, date: `:61:${line}`, description: 'text' }]);
    },
  );

  test('data-import 9: announced bookings are counted; a reference that is always the same is no identity', async () => {
    const converted = await convert('mt940', statement(':61:260131EC1,00NTRFX\n:61:260131C1,00NTRFX//STARTUMSE'));
    expect(converted.rows).toEqual([
      { line: 5, date: '2026-01-31', amount: '1,00', currency: 'EUR', notes: 'reference X' },
    ]);
    expect(converted.file.pendingSkipped()).toBe(1);
  });

  test.each([
    [['166?00LASTSCHRIFT?20SVWZ+abc EREF+NOTPROVIDED?32A?33B'], 'abc', 'A B', ['LASTSCHRIFT']],
    [['<00X<20one two<27three<32Name'], 'one two three', 'Name', ['X']],
    [['?20' + 'x'.repeat(27) + '?21yz'], 'x'.repeat(27) + 'yz', '', []],
    [['y'.repeat(65), 'z', 'w'], 'y'.repeat(65) + 'z w', '', []],
    [['/EREF/77/NAME/A/', '/REMI/pay/ment'], 'pay/ment', 'A', ['end-to-end reference 77']],
    [[], '', '', []],
  ])('data-import 9: :86: %j', (lines, description, payee, notes) => {
    expect(informationOf(lines)).toEqual({ description, payee, notes });
  });

  test('data-import 9: statements of two accounts bring a warning', async () => {
    const { warnings } = await convert('mt940', statement('') + statement('').replace(':25:1', ':25:2'));
    expect(warnings).toEqual(['SeveralAccounts']);
  });

  test.each([
    ['EmptyFile', '\u0000\u0000\n'],
    ['MalformedFile', 'Date;Amount\n1;2\n'],
  ])('data-import 18: %s', async (code, content) => {
    expect(await refusal('mt940', content)).toMatch(new RegExp(`^${code}: [A-Z].*[.]$`));
  });

  test('data-import 4: UTF-8, else windows-1252 with a warning; the profile stands before both', async () => {
    const file = statement(':61:260131C1,00NTRFX\n:86:Bäcker');
    const text = async (bytes: Buffer, encoding?: string) => {
      const { rows, warnings } = await convert('mt940', bytes, encoding === undefined ? {} : { encoding });
      return [rows[0]?.['description'], warnings];
    };
    expect(await text(Buffer.from(file))).toEqual(['Bäcker', []]);
    expect(await text(Buffer.from(file, 'latin1'))).toEqual(['Bäcker', ['EncodingFallback']]);
    expect(await text(Buffer.from(file, 'latin1'), 'iso-8859-2')).toEqual(['Bäcker', []]);
    expect(await refusal('mt940', Buffer.from(file, 'latin1'), { encoding: 'utf-8' })).toMatch(/^DecodeError/);
  });

  test('data-import 18: limits of bytes, rows and one record', async () => {
    const file = statement(':61:260131C1,00NTRFX\n'.repeat(10));
    expect(await refusal('mt940', file, { limits: { maxBytes: 100 } })).toMatch(/^FileTooLarge: .*100 bytes/);
    expect(await refusal('mt940', file, { limits: { maxRows: 9 } })).toMatch(/^FileTooLarge: .*9 records/);
    const { rows } = await convert(
      'mt940',
      statement(`:61:260131C1,00NTRFX\n:86:${'x\n'.repeat(50_000)}:61:260131C2,00NTRFX`),
    );
    expect(rows).toMatchObject([{ line: 4, date: 'record longer than 65536 bytes' }, { amount: '2,00' }]);
  });

  test('data-import 18: hostile files end within seconds', async () => {
    const read = (lines: string) => surviving('mt940', Buffer.from(statement(lines)));
    expect(await read(`:61:${'1'.repeat(8_000_000)}`)).toBe(1);
    expect(await read(':61:\n'.repeat(100_000))).toBe(100_000);
    expect(await read(`:61:260131C1,00NTRFX\n:86:?20${' '.repeat(60_000)}`)).toBe(1);
    expect(await read(`:61:260131C1,00NTRFX\n:86:/REMI/${'/'.repeat(60_000)}x`)).toBe(1);
    expect(await read(`:61:260131C1,00NTRFX\n:86:${'?20SVWZ+'.repeat(8_000)}`)).toBe(1);
    expect(await read('{4:'.repeat(1_000_000))).toBe(0);
    expect(await read(':60F:C260101EUR1,00\n'.repeat(100_000))).toBe(0);
  });

  test('data-import 10: amounts and dates of random statements survive exactly, sums equal the balances', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(statements, { minLength: 1, maxLength: 3 }), fc.boolean(), async (all, blocks) => {
        const balance = (tag: string, minor: bigint, { currency, exponent }: (typeof all)[number]) =>
          `:${tag}:${minor < 0n ? 'D' : 'C'}260101${currency}${decimalText(minor < 0n ? -minor : minor, exponent, ',')}`;
        const content = all.map((one, at) =>
          [
            ...(blocks ? ['{1:F01X}{2:I940X}{4:'] : []),
            `:20:${at}`,
            ':25:1',
            balance('60F', one.opening, one),
            ...one.transactions.flatMap(({ date, minor, text, isReversal }) => [
              `:61:${date.slice(2).replaceAll('-', '')}${date.slice(5).replace('-', '')}` +
                `${isReversal ? (minor < 0n ? 'RC' : 'RD') : minor < 0n ? 'D' : 'C'}` +
                `${decimalText(minor < 0n ? -minor : minor, one.exponent, ',')}NTRFNONREF`,
              `:86:${text}`,
            ]),
            balance('62F', closingOf(one), one),
            blocks ? '-}' : '-',
          ].join('\r\n'),
        );
        const converted = await convert('mt940', content.join('\r\n'));
        expect(valued(converted, 'XXX')).toEqual(
          all.flatMap(({ currency, transactions }) =>
            transactions.map(({ date, minor }) => ({ date, minor, currency })),
          ),
        );
        expect(converted.rows.map((row) => row['isReversal'] ?? false)).toEqual(
          all.flatMap(({ transactions }) => transactions.map(({ isReversal }) => isReversal)),
        );
        expect(converted.file.balances()).toEqual(
          all.map((one) => ({
            currency: one.currency,
            openingMinor: String(one.opening),
            closingMinor: String(closingOf(one)),
          })),
        );
      }),
      { numRuns: 150 },
    );
  });

  test('data-import 9: 2,000 damaged files are rows or a refusal, never anything else', async () => {
    const files = ['german-sepa.sta', 'swift-dutch.940', 'pages-kwd.txt'].map(sample);
    await fc.assert(
      fc.asyncProperty(damaged(files), async (bytes) => {
        expect(await surviving('mt940', bytes)).toBeGreaterThanOrEqual(-1);
      }),
      { numRuns: 2000 },
    );
  });
});
