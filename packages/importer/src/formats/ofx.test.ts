import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { convert, refusal, valued } from '../../test/formats/read-converted';
import { damaged, decimalText, escaped, statements, surviving } from '../../test/formats/statements';

const sample = (name: string) => readFileSync(join(__dirname, '../../test/formats/ofx', name));
const HEADER = 'OFXHEADER:100\nDATA:OFXSGML\nENCODING:USASCII\nCHARSET:1252\n\n';
const one = (inner: string, header = HEADER) =>
  `${header}<OFX><STMTRS><CURDEF>EUR<BANKTRANLIST>${inner}</BANKTRANLIST></STMTRS></OFX>`;
const transaction = (amount: string, name = 'x', date = '20260131') =>
  `<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>${date}<TRNAMT>${amount}<FITID>1<NAME>${name}</STMTTRN>`;

describe('ofx', () => {
  test('data-import 9: SGML with unclosed elements, a bank and a card statement; signs from TRNAMT, dates as written', async () => {
    const converted = await convert('ofx', sample('quicken-sgml.ofx'));
    expect(converted.rows).toEqual([
      {
        line: 18,
        date: '2026-01-31',
        amount: '-12.50',
        description: 'coffee & cake',
        payee: "Joe's Café",
        currency: 'USD',
        externalId: 'A1',
      },
      {
        line: 26,
        date: '2026-01-31',
        amount: '100.00',
        description: 'Refund marked as a debit',
        payee: 'Refund marked as a debit',
        currency: 'USD',
        externalId: 'A2',
        notes: 'check 1021',
      },
      {
        line: 41,
        date: '2026-01-05',
        amount: '-7.00',
        description: 'Shop',
        payee: 'Shop',
        currency: 'EUR',
        externalId: 'C1',
      },
      {
        line: 42,
        date: '2026-01-06',
        amount: '-8.00',
        description: 'Hotel',
        payee: 'Hotel',
        currency: 'CAD',
        externalId: 'C2',
        notes: 'original currency GBP, rate 1.6',
      },
    ]);
    expect(converted.warnings).toEqual(['SeveralAccounts']);
    expect(converted.file.profile).toEqual({ dateFormat: 'YYYY-MM-DD', decimal: '.' });
    // A closing balance alone proves nothing.
    expect(converted.file.balances()).toEqual([]);
  });

  test('data-import 9: OFX 2 as XML with comma decimals, CDATA, comments, and pending transactions that are counted', async () => {
    const converted = await convert('ofx', sample('european-xml.ofx'));
    expect(converted.rows).toEqual([
      {
        line: 10,
        date: '2026-02-15',
        amount: '-1234,56',
        description: 'Facture <12> & frais',
        payee: 'Épicerie <du coin>',
        currency: 'EUR',
        externalId: '2026-0001',
      },
      {
        line: 19,
        date: '2026-02-16',
        amount: '+5,00',
        description: 'Jean &amp; Cie',
        payee: 'Jean &amp; Cie',
        currency: 'EUR',
        externalId: '2026-0002',
      },
    ]);
    expect(converted.file.profile.decimal).toBe(',');
    expect(converted.file.pendingSkipped()).toBe(1);
    expect(converted.warnings).toEqual([]);
    expect(valued(converted, 'EUR').map(({ minor }) => minor)).toEqual([-123456n, 500n]);
  });

  test('data-import 9: all on one line, header included; transactions without end tags; investments skipped with a warning', async () => {
    const converted = await convert('ofx', sample('one-line.qfx'));
    expect(converted.rows).toEqual([
      {
        line: 1,
        date: '2026-03-01',
        amount: '-500',
        description: 'one two',
        payee: 'दुकान',
        currency: 'INR',
        externalId: '1',
      },
      {
        line: 1,
        date: '2026-03-02',
        amount: '1,00,000.50',
        description: 'Salary',
        payee: 'Salary',
        currency: 'INR',
        externalId: '2',
      },
    ]);
    expect(converted.warnings).toEqual(['InvestmentsSkipped']);
    expect(valued(converted, 'INR').map(({ minor }) => minor)).toEqual([-50000n, 10000050n]);
  });

  test.each([
    ['20260131', '2026-01-31'],
    ['20260131235959.999[+14:LINT]', '2026-01-31'],
    ['202601312359', '2026-01-31'],
    ['20260230', '2026-02-30'],
    ['20261331', '20261331'],
    ['31.01.2026', '31.01.2026'],
    ['2026013', '2026013'],
  ])('data-import 9: DTPOSTED %s is %s', async (text, date) => {
    const { rows } = await convert('ofx', one(transaction('1.00', 'x', text)));
    expect(rows[0]).toMatchObject({ date });
  });

  test('data-import 6: a transaction without DTPOSTED has no date, whatever else it has', async () => {
    const { rows } = await convert('ofx', one('<STMTTRN><DTUSER>20260101<TRNAMT>1.00<FITID>1</STMTTRN>'));
    expect(rows).toEqual([{ line: 6, amount: '1.00', currency: 'EUR', externalId: '1' }]);
  });

  test.each([
    [['1.500', '2'], '.'],
    [['1,500', '2,10'], ','],
    [['0,500'], ','],
    [['1,500', '2'], undefined],
    [['1,500.00', '2.10'], undefined],
    [['7'], undefined],
  ])('data-import 7: amounts %j have the decimal sign %s', async (amounts, decimal) => {
    const { file } = await convert('ofx', one(amounts.map((amount) => transaction(amount)).join('')));
    expect(file.profile.decimal).toBe(decimal);
  });

  test.each([
    ['declared 1252', HEADER, 'latin1', {}, 'é€'.replace('€', ''), []],
    ['declared UTF-8', HEADER.replace('USASCII', 'UTF-8').replace('1252', 'NONE'), 'utf8', {}, 'é€', []],
    ['nothing declared, UTF-8', '', 'utf8', {}, 'é€', []],
    ['nothing declared, not UTF-8', '', 'latin1', {}, 'é', ['EncodingFallback']],
    ['CHARSET NONE, not UTF-8', HEADER.replace('1252', 'NONE'), 'latin1', {}, 'é', ['EncodingFallback']],
    ['the profile before the declaration', HEADER, 'utf8', { encoding: 'utf-8' }, 'é€', []],
    ['a declaration that looks wrong', HEADER, 'utf8', {}, 'Ã©', ['EncodingDoubtful']],
    ['XML latin-1', '<?xml version="1.0" encoding="ISO-8859-1"?>', 'latin1', {}, 'é', []],
  ] as const)('data-import 4: %s', async (_title, header, encoding, options, shown, warnings) => {
    const name = shown === 'Ã©' ? 'é' : shown;
    const converted = await convert('ofx', Buffer.from(one(transaction('1.00', name), header), encoding), options);
    expect(converted.rows[0]).toMatchObject({ payee: shown });
    expect(converted.warnings).toEqual(warnings);
  });

  test('data-import 4: windows-1252 has the euro sign, windows-1251 Cyrillic, a BOM stands before everything', async () => {
    const bytes = (byte: number, charset: string) =>
      Buffer.concat([
        Buffer.from(one('', HEADER.replace('1252', charset)).split('</BANKTRANLIST>')[0] ?? ''),
        Buffer.from('<STMTTRN><DTPOSTED>20260101<TRNAMT>1<NAME>'),
        Buffer.from([byte]),
        Buffer.from('</STMTTRN></OFX>'),
      ]);
    expect((await convert('ofx', bytes(0x80, '1252'))).rows[0]).toMatchObject({ payee: '€' });
    expect((await convert('ofx', bytes(0xc6, '1251'))).rows[0]).toMatchObject({ payee: 'Ж' });
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(one(transaction('1.00', 'é€')), 'utf16le')]);
    expect((await convert('ofx', utf16, { pieceBytes: 7 })).rows[0]).toMatchObject({ payee: 'é€' });
  });

  test('data-import 4: bytes that are not of the declared encoding are DecodeError', async () => {
    const header = HEADER.replace('USASCII', 'UTF-8').replace('1252', 'NONE');
    expect(await refusal('ofx', Buffer.from(one(transaction('1.00', 'é'), header), 'latin1'))).toMatch(
      /^DecodeError: .*utf-8 at byte \d+/,
    );
  });

  test('data-import 4: a character that was lost or cannot be stored makes a row error, not a cell', async () => {
    const { rows } = await convert(
      'ofx',
      one(transaction('1.00', 'a&#0;b') + transaction('2\u0000.00') + transaction('3.00', '\ud83d'), ''),
    );
    expect(rows.map(({ date }) => date)).toEqual([
      'unreadable character in description',
      'unreadable character in amount',
      'unreadable character in description',
    ]);
    expect(rows[0]).toMatchObject({ payee: 'a?b', amount: '1.00' });
  });

  test('data-import 8: two amounts in one transaction are neither of them', async () => {
    const { rows } = await convert('ofx', one('<STMTTRN><DTPOSTED>20260101<TRNAMT>1.00<FITID>1<TRNAMT>2.00</STMTTRN>'));
    expect(rows[0]).toMatchObject({ amount: '1.00 / 2.00' });
  });

  test('data-import 9: a file that ends within a transaction does not import half an amount', async () => {
    const whole = one(transaction('-12.50') + transaction('-99.75', 'last'));
    const cut = await convert('ofx', whole.slice(0, whole.indexOf('99.75') + 2));
    expect(cut.rows.map(({ date }) => date)).toEqual(['2026-01-31', 'record cut off by the end of the file']);
    expect(cut.warnings).toEqual(['FileCutOff']);
  });

  test.each([
    ['EmptyFile', ''],
    ['EmptyFile', ' \r\n\t '],
    ['MalformedFile', 'a;b\n1;2'],
    ['UnsafeXml', '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><OFX></OFX>'],
    ['MalformedFile', '<OFX><STMTRS><!-- no end'],
  ])('data-import 18: %s for %j', async (code, content) => {
    expect(await refusal('ofx', content)).toMatch(new RegExp(`^${code}: [A-Z].*[.]$`));
  });

  test('data-import 18: limits of bytes, rows and one record', async () => {
    const file = one(transaction('1.00').repeat(10));
    expect(await refusal('ofx', file, { limits: { maxBytes: 100 } })).toMatch(/^FileTooLarge: .*100 bytes/);
    expect(await refusal('ofx', file, { limits: { maxRows: 9 } })).toMatch(/^FileTooLarge: .*9 records/);
    expect((await convert('ofx', file, { limits: { maxRows: 10 } })).rows).toHaveLength(10);
    const { rows } = await convert('ofx', one(transaction('1.00', 'x'.repeat(70_000)) + transaction('2.00')));
    expect(rows).toEqual([
      { line: 6, date: 'record longer than 65536 bytes' },
      expect.objectContaining({ date: '2026-01-31', amount: '2.00' }),
    ]);
  });

  test('data-import 18: hostile files end within seconds', async () => {
    const many = 300_000;
    expect(await surviving('ofx', Buffer.from(`<OFX>${'<A'.repeat(many)}`))).toBe(0);
    expect(await surviving('ofx', Buffer.from(`<OFX>${'<STMTTRN>'.repeat(many)}`))).toBe(many);
    expect(await surviving('ofx', Buffer.from(`<OFX>${'<x>'.repeat(many)}`))).toBe(0);
    expect(await surviving('ofx', Buffer.from(`<OFX>${'<![CDATA[]]>'.repeat(many)}`))).toBe(0);
    expect(await surviving('ofx', Buffer.from(`<OFX><STMTTRN>${'<MEMO>a'.repeat(many)}`))).toBe(1);
    expect(await surviving('ofx', Buffer.from(`<OFX><STMTTRN><MEMO>${'&'.repeat(8_000_000)}`))).toBe(1);
    expect(await surviving('ofx', Buffer.concat([Buffer.from('<OFX>'), Buffer.alloc(8_000_000)]))).toBe(0);
  });

  test('data-import 9: amounts and dates of random statements survive exactly, as SGML and as XML', async () => {
    await fc.assert(
      fc.asyncProperty(
        statements,
        fc.boolean(),
        fc.constantFrom('.' as const, ',' as const),
        async (statement, xml, sign) => {
          const end = (name: string) => (xml ? `</${name}>` : '\n');
          const content = `<OFX><STMTRS><CURDEF>${statement.currency}${end('CURDEF')}<BANKTRANLIST>${statement.transactions
            .map(
              ({ date, minor, text }, at) =>
                `<STMTTRN><TRNTYPE>DEBIT${end('TRNTYPE')}<DTPOSTED>${date.replaceAll('-', '')}235959[-12]${end('DTPOSTED')}` +
                `<TRNAMT>${decimalText(minor, statement.exponent, sign)}${end('TRNAMT')}<FITID>${at}${end('FITID')}` +
                `<MEMO>${escaped(text)}${end('MEMO')}</STMTTRN>`,
            )
            .join('\n')}</BANKTRANLIST></STMTRS></OFX>`;
          const converted = await convert('ofx', content);
          // Only 1,234 may be thousands: that is asked, not guessed.
          fc.pre(sign === '.' || statement.exponent !== 3 || converted.file.profile.decimal !== undefined);
          expect(valued(converted, 'XXX')).toEqual(
            statement.transactions.map(({ date, minor }) => ({ date, minor, currency: statement.currency })),
          );
          expect(converted.rows.map(({ description }) => description)).toEqual(
            statement.transactions.map(({ text }) => text),
          );
        },
      ),
      { numRuns: 150 },
    );
  });

  test('data-import 9: 2,000 damaged files are rows or a refusal, never anything else', async () => {
    const files = ['quicken-sgml.ofx', 'european-xml.ofx', 'one-line.qfx'].map(sample);
    await fc.assert(
      fc.asyncProperty(damaged(files), async (bytes) => {
        expect(await surviving('ofx', bytes)).toBeGreaterThanOrEqual(-1);
      }),
      { numRuns: 2000 },
    );
  });
});
