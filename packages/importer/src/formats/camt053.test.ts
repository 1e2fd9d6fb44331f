import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { convert, refusal, valued } from '../../test/formats/read-converted';
import { closingOf, damaged, decimalText, escaped, statements, surviving } from '../../test/formats/statements';

const sample = (name: string) => readFileSync(join(__dirname, '../../test/formats/camt053', name));
const document = (inner: string, head = '') =>
  `${head}<Document><BkToCstmrStmt><Stmt>${inner}</Stmt></BkToCstmrStmt></Document>`;
const entry = (inner = '', amount = '1.00', status = '<Sts>BOOK</Sts>') =>
  `<Ntry><Amt Ccy="EUR">${amount}</Amt><CdtDbtInd>DBIT</CdtDbtInd>${status}<BookgDt><Dt>2026-01-31</Dt></BookgDt>${inner}</Ntry>`;
const balance = (kind: string, amount: string, currency = 'EUR') =>
  `<Bal><Tp><CdOrPrtry><Cd>${kind}</Cd></CdOrPrtry></Tp><Amt Ccy="${currency}">${amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>`;

describe('camt053', () => {
  test('data-import 9: version 2: a batch by its TxDtls, a reversal, pending and informational entries', async () => {
    const converted = await convert('camt053', sample('sepa-v02.xml'), { pieceBytes: 11 });
    expect(converted.rows).toEqual([
      {
        line: 16,
        date: '2026-01-31',
        amount: '-100.00',
        description: 'Invoice 1 of January',
        payee: 'Bäckerei & Söhne',
        currency: 'EUR',
        externalId: 'BATCH-1/1',
        notes: 'Collective order; end-to-end reference E-1',
      },
      {
        line: 22,
        date: '2026-01-31',
        amount: '-30.00',
        description: 'Collective order',
        payee: 'Second',
        currency: 'EUR',
        externalId: 'BATCH-1/2',
      },
      {
        line: 30,
        date: '2026-01-31',
        amount: '9.50',
        description: 'Direct debit returned',
        payee: 'Power Company',
        currency: 'EUR',
        externalId: 'REV-1',
        isReversal: true,
      },
    ]);
    expect(converted.file.pendingSkipped()).toBe(1);
    expect(converted.warnings).toEqual([]);
    // 100.00 - 130.00 + 9.50 = -20.50
    expect(converted.file.balances()).toEqual([{ currency: 'EUR', openingMinor: '10000', closingMinor: '-2050' }]);
    expect(valued(converted, 'XXX').map(({ minor }) => minor)).toEqual([-10000n, -3000n, 950n]);
  });

  test('data-import 9: version 8: prefixes, declared latin-1, status codes; one row per entry when its parts do not sum up', async () => {
    const converted = await convert('camt053', sample('swiss-v08.xml'));
    expect(converted.rows).toEqual([
      {
        line: 8,
        date: '2026-03-01',
        amount: '20.25',
        description: '210000000003139471430009017',
        payee: 'Zoë',
        currency: 'CHF',
        externalId: 'T1',
      },
      { line: 9, date: '2026-03-01', amount: '20.250', description: 'a <b> & c', currency: 'CHF', externalId: 'T2' },
      {
        line: 11,
        date: '2026-03-02',
        amount: '5.00',
        description: 'Card payments',
        currency: 'CHF',
        notes: 'batch of 2 transactions',
      },
    ]);
    expect(converted.warnings).toEqual(['ValueDateUsed']);
    expect(converted.file.balances()).toEqual([{ currency: 'CHF', openingMinor: '0', closingMinor: '4550' }]);
  });

  test('data-import 9: camt.054 is read without balances; equal parts with one reference stay two', async () => {
    const converted = await convert('camt053', sample('notification-054.xml'));
    expect(converted.rows.map(({ externalId, amount, currency }) => [externalId, amount, currency])).toEqual([
      ['SAME/1', '2500', 'JPY'],
      ['SAME/2', '2500', 'JPY'],
    ]);
    expect(converted.file.balances()).toEqual([]);
    const report = document(balance('OPBD', '1.00') + entry() + balance('CLBD', '0.00'))
      .replaceAll('BkToCstmrStmt', 'BkToCstmrAcctRpt')
      .replaceAll('Stmt>', 'Rpt>');
    const read = await convert('camt053', report);
    expect([read.rows.length, read.file.balances()]).toEqual([1, []]);
  });

  const parts = (...amounts: readonly string[]) =>
    `<NtryDtls>${amounts.map((amount) => `<TxDtls>${amount}</TxDtls>`).join('')}</NtryDtls>`;
  test.each([
    ['amounts that sum up', parts('<Amt Ccy="EUR">0.4</Amt>', '<Amt Ccy="EUR">.6</Amt>'), ['-1.00']],
    ['exactly', parts('<Amt Ccy="EUR">0.4</Amt>', '<Amt Ccy="EUR">0.60</Amt>'), ['-0.4', '-0.60']],
    ['no part has an amount', parts('', ''), ['-1.00']],
    ['one part has none', parts('<Amt Ccy="EUR">1.00</Amt>', ''), ['-1.00']],
    ['another currency', parts('<Amt Ccy="USD">0.50</Amt>', '<Amt Ccy="USD">0.50</Amt>'), ['-1.00']],
    ['one cent short', parts('<Amt Ccy="EUR">0.50</Amt>', '<Amt Ccy="EUR">0.49</Amt>'), ['-1.00']],
    [
      'a part in the other direction',
      parts(
        '<Amt Ccy="EUR">1.50</Amt><CdtDbtInd>DBIT</CdtDbtInd>',
        '<Amt Ccy="EUR">0.50</Amt><CdtDbtInd>CRDT</CdtDbtInd>',
      ),
      ['-1.50', '0.50'],
    ],
    [
      'parts that keep the direction of the original',
      parts(
        '<Amt Ccy="EUR">0.50</Amt><CdtDbtInd>CRDT</CdtDbtInd>',
        '<Amt Ccy="EUR">0.50</Amt><CdtDbtInd>CRDT</CdtDbtInd>',
      ),
      ['-0.50', '-0.50'],
    ],
    [
      'the transaction amount when the other one does not sum up',
      parts('<Amt Ccy="EUR">9</Amt><AmtDtls><TxAmt><Amt Ccy="EUR">1</Amt></TxAmt></AmtDtls>'),
      ['-1'],
    ],
  ])('data-import 9: rows of an entry: %s', async (_title, inner, amounts) => {
    const { rows } = await convert('camt053', document(entry(inner)));
    expect(rows.map(({ amount }) => amount)).toEqual(amounts);
  });

  test.each([
    ['<Sts>BOOK</Sts>', 1, 0, []],
    ['<Sts><Cd>BOOK</Cd></Sts>', 1, 0, []],
    ['', 1, 0, []],
    ['<Sts><Cd>PDNG</Cd></Sts>', 0, 1, []],
    ['<Sts>FUTR</Sts>', 0, 1, []],
    ['<Sts>INFO</Sts>', 0, 0, []],
    ['<Sts><Prtry>odd</Prtry></Sts>', 0, 0, ['UnknownStatus']],
  ])('data-import 9: status %s', async (status, rows, pending, warnings) => {
    const converted = await convert('camt053', document(entry('', '1.00', status)));
    expect([converted.rows.length, converted.file.pendingSkipped(), converted.warnings]).toEqual([
      rows,
      pending,
      warnings,
    ]);
  });

  test('data-import 8: an entry without direction, date or sensible amount is a row error', async () => {
    const { rows } = await convert(
      'camt053',
      document(
        entry().replace('<CdtDbtInd>DBIT</CdtDbtInd>', '') +
          entry('', '-1.00') +
          '<Ntry><CdtDbtInd>DBIT</CdtDbtInd></Ntry>',
      ),
    );
    expect(rows).toMatchObject([{ amount: '1.00 without CdtDbtInd' }, { amount: '--1.00' }, { line: 1 }]);
    expect(Object.keys(rows[2] ?? {})).toEqual(['line']);
  });

  test.each([
    ['OPBD before PRCD', ['PRCD', '1.00', 'OPBD', '2.00', 'CLBD', '3.00'], [['200', '300']]],
    ['interim pages', ['ITBD', '1.00', 'ITBD', '2.00'], [['100', '200']]],
    ['a first page', ['OPBD', '1.00', 'ITBD', '2.00'], [['100', '200']]],
    ['a last page', ['ITBD', '1.00', 'CLBD', '2.00'], [['100', '200']]],
    ['no opening', ['CLBD', '2.00'], []],
    ['no amount', ['OPBD', 'x', 'CLBD', '2.00'], []],
    ['too many decimals', ['OPBD', '1.005', 'CLBD', '2.00'], []],
  ])('data-import 10: balances: %s', async (_title, given, expected) => {
    const inner = given.flatMap((kind, at) => (at % 2 === 0 ? [balance(kind, given[at + 1] ?? '')] : [])).join('');
    const { file } = await convert('camt053', document(inner + entry()));
    expect(file.balances().map(({ openingMinor, closingMinor }) => [openingMinor, closingMinor])).toEqual(expected);
  });

  test('data-import 10: one statement without balances leaves its currency unproved, and no other', async () => {
    const stmt = (inner: string) => `<Stmt>${inner}</Stmt>`;
    const both = (currency: string) => balance('OPBD', '1', currency) + balance('CLBD', '1', currency);
    const file = `<Document><BkToCstmrStmt>${stmt(both('EUR'))}${stmt(entry())}${stmt(both('USD'))}</BkToCstmrStmt></Document>`;
    const converted = await convert('camt053', file);
    expect(converted.file.balances().map(({ currency }) => currency)).toEqual(['USD']);
  });

  test('data-import 4: BOM, profile, declaration, strict UTF-8', async () => {
    const file = (encoding: string) =>
      document(entry('<AddtlNtryInf>Füße</AddtlNtryInf>'), `<?xml version="1.0" encoding="${encoding}"?>`);
    const description = async (bytes: Buffer, encoding?: string) =>
      (await convert('camt053', bytes, encoding === undefined ? {} : { encoding })).rows[0]?.['description'];
    expect(await description(Buffer.from(file('UTF-8')))).toBe('Füße');
    expect(await description(Buffer.from(file('windows-1252'), 'latin1'))).toBe('Füße');
    expect(await description(Buffer.from(file('UTF-8'), 'latin1'), 'iso-8859-1')).toBe('Füße');
    expect(await description(Buffer.from(file('UTF-16'), 'utf16le'))).toBe('Füße');
    expect(await description(Buffer.from(`\ufeff${file('UTF-16')}`, 'utf16le'))).toBe('Füße');
    expect(await refusal('camt053', Buffer.from(file('UTF-8'), 'latin1'))).toMatch(/^DecodeError/);
    expect(await refusal('camt053', Buffer.from(file('nonsense')))).toMatch(/^UnsupportedEncoding/);
    // What is no name of an encoding is not repeated in a sentence.
    expect(await refusal('camt053', Buffer.from(file('\u0000UTF-8')))).toMatch(/^MalformedFile: [ -~]*$/);
    // Half a surrogate pair in UTF-16.
    expect(await refusal('camt053', Buffer.from(`\ufeff${file('UTF-16').replace('ü', '\ud83d')}`, 'utf16le'))).toMatch(
      /^DecodeError/,
    );
  });

  test.each([
    [
      'UnsafeXml',
      '<?xml version="1.0"?><!DOCTYPE Document [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><Document>&b;</Document>',
    ],
    ['UnsafeXml', '<!doctype html><html></html>'],
    ['UnsafeXml', '<!DOCTYPE Document SYSTEM "file:///etc/passwd"><Document/>'],
    ['MalformedFile', '<Document><BkToCstmrStmt></Document>'],
    ['MalformedFile', document(entry()).slice(0, -30)],
    ['MalformedFile', document(entry('<AddtlNtryInf>&nbsp;</AddtlNtryInf>'))],
    ['MalformedFile', document(entry('<AddtlNtryInf>\u0000</AddtlNtryInf>'))],
    ['MalformedFile', document(entry('<AddtlNtryInf>&#xD800;</AddtlNtryInf>'))],
    ['MalformedFile', '<Document><CstmrCdtTrfInitn/></Document>'],
    ['MalformedFile', 'Date;Amount'],
    ['EmptyFile', ''],
  ])('data-import 18: %s for %j', async (code, content) => {
    expect(await refusal('camt053', content)).toMatch(new RegExp(`^${code}: [A-Z].*[.]$`));
  });

  test('data-import 4: a letter somebody lost before makes a row error', async () => {
    const { rows } = await convert('camt053', document(entry('<AddtlNtryInf>F\ufffdr</AddtlNtryInf>')));
    expect(rows).toMatchObject([{ date: 'unreadable character in description', description: 'F?r' }]);
  });

  test('data-import 18: limits of bytes, rows and one record; a batch may be larger than one record', async () => {
    const file = document(entry().repeat(10));
    expect(await refusal('camt053', file, { limits: { maxBytes: 100 } })).toMatch(/^FileTooLarge: .*100 bytes/);
    expect(await refusal('camt053', file, { limits: { maxRows: 9 } })).toMatch(/^FileTooLarge: .*9 records/);
    const long = await convert(
      'camt053',
      document(entry(`<AddtlNtryInf>${'x'.repeat(70_000)}</AddtlNtryInf>`) + entry()),
    );
    expect(long.rows.map(({ date }) => date)).toEqual(['record longer than 65536 bytes', '2026-01-31']);
    const part = `<TxDtls><Amt Ccy="EUR">1.00</Amt><AddtlTxInf>${'y'.repeat(200)}</AddtlTxInf></TxDtls>`;
    const batch = await convert('camt053', document(entry(`<NtryDtls>${part.repeat(1000)}</NtryDtls>`, '1000.00')));
    expect(batch.rows).toHaveLength(1000);
    expect(new Set(batch.rows.map(({ date }) => date))).toEqual(new Set(['2026-01-31']));
  });

  test('data-import 18: hostile files end within seconds', async () => {
    const read = (content: string) => surviving('camt053', Buffer.from(content));
    expect(await read('<a>'.repeat(1_000_000))).toBe(-1);
    expect(await read(document('<Ntry/>'.repeat(50_000)))).toBe(50_000);
    expect(await read(document(`<Ntry>${'<x/>'.repeat(200_000)}</Ntry>`))).toBe(1);
    expect(await read(document(`<Ntry><NtryDtls>${'<TxDtls/>'.repeat(100_000)}</NtryDtls></Ntry>`))).toBe(1);
    expect(await read(document(`<Ntry a="${'x'.repeat(4_000_000)}"/>`))).toBe(1);
    expect(await read(`<${'a'.repeat(4_000_000)}>`)).toBe(-1);
    expect(await read(document(`<Ntry><AddtlNtryInf>${'&amp;'.repeat(500_000)}</AddtlNtryInf></Ntry>`))).toBe(1);
    expect(await read(document(' '.repeat(8_000_000)))).toBe(0);
  });

  test('data-import 10: amounts and dates of random statements survive exactly, sums equal the balances', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(statements, { minLength: 1, maxLength: 3 }), fc.boolean(), async (all, split) => {
        const amount = (minor: bigint, exponent: number) => decimalText(minor < 0n ? -minor : minor, exponent, '.');
        const side = (minor: bigint) => (minor < 0n ? 'DBIT' : 'CRDT');
        const bal = (kind: string, minor: bigint, { currency, exponent }: (typeof all)[number]) =>
          balance(kind, amount(minor, exponent), currency).replace('CRDT', side(minor));
        const content = all.map((one) => {
          const entries = one.transactions.map(({ date, minor, text, isReversal }) => {
            const details = split
              ? `<NtryDtls><TxDtls><Amt Ccy="${one.currency}">${amount(minor, one.exponent)}</Amt></TxDtls></NtryDtls>`
              : '';
            return (
              `<Ntry><Amt Ccy="${one.currency}">${amount(minor, one.exponent)}</Amt><CdtDbtInd>${side(minor)}</CdtDbtInd>` +
              `<RvslInd>${isReversal}</RvslInd><Sts>BOOK</Sts><BookgDt><DtTm>${date}T00:00:00+14:00</DtTm></BookgDt>` +
              `${details}<AddtlNtryInf>${escaped(text)}</AddtlNtryInf></Ntry>`
            );
          });
          return `<Stmt>${bal('OPBD', one.opening, one)}${entries.join('')}${bal('CLBD', closingOf(one), one)}</Stmt>`;
        });
        const converted = await convert(
          'camt053',
          `<Document><BkToCstmrStmt>${content.join('')}</BkToCstmrStmt></Document>`,
        );
        expect(valued(converted, 'XXX')).toEqual(
          all.flatMap(({ currency, transactions }) =>
            transactions.map(({ date, minor }) => ({ date, minor, currency })),
          ),
        );
        expect(converted.rows.map(({ description, isReversal }) => [description, isReversal ?? false])).toEqual(
          all.flatMap(({ transactions }) => transactions.map(({ text, isReversal }) => [text, isReversal])),
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
    const files = ['sepa-v02.xml', 'swiss-v08.xml', 'notification-054.xml'].map(sample);
    let read = 0;
    await fc.assert(
      fc.asyncProperty(damaged(files), async (bytes) => {
        if ((await surviving('camt053', bytes)) >= 0) read += 1;
      }),
      { numRuns: 2000 },
    );
    // Damage in a text leaves a readable file.
    expect(read).toBeGreaterThan(20);
  });
});
