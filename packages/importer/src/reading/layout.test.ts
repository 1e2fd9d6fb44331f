import fc from 'fast-check';
import { BANK_ROLES } from '../records';
import {
  DELIMITERS,
  type Encoding,
  type ImportProfile,
  type RoleCatalogue,
  type Transcription,
  bufferSource,
  detectLayout,
  normaliseHeader,
  readRecordChunks,
} from './index';

function layoutOf(
  text: string | Buffer,
  options: {
    profile?: ImportProfile;
    catalogue?: RoleCatalogue;
    encoding?: Encoding;
    bomBytes?: number;
    whole?: boolean;
    transcription?: Transcription;
  } = {},
) {
  return detectLayout({
    head: Buffer.isBuffer(text) ? text : Buffer.from(text),
    headIsWholeFile: options.whole ?? true,
    encoding: options.encoding ?? 'utf-8',
    bomBytes: options.bomBytes ?? 0,
    catalogue: options.catalogue ?? BANK_ROLES,
    profile: options.profile,
    transcription: options.transcription,
  });
}

/** The layout, or a failed test that shows what was asked instead. */
function found(...args: Parameters<typeof layoutOf>) {
  const outcome = layoutOf(...args);
  if (!('layout' in outcome)) throw new Error(JSON.stringify(outcome));
  return outcome.layout;
}

describe('layout', () => {
  test('data-import 5: the delimiter is the one most records agree on, quotes respected', () => {
    const german =
      'Datum;Betrag;Text\n' + '01.02.2025;-1.234,50;"Obst; Gemüse, Brot"\n02.02.2025;2,00;Tee\n'.repeat(10);
    expect(found(german)).toMatchObject({
      delimiter: ';',
      columnCount: 3,
      headerLine: 1,
      roles: { date: 0, amount: 1, description: 2 },
    });
    for (const delimiter of DELIMITERS) {
      const text =
        ['Date', 'Amount', 'Description'].join(delimiter) + '\n' + ['2025-01-01', '1.50', 'a b'].join(delimiter);
      expect(found(text).delimiter).toBe(delimiter);
    }
  });

  test('data-import 5: a sep= line is honoured, is not the header, and lines keep their numbers', async () => {
    for (const first of ['sep=|', '"sep=|"', 'SEP=|']) {
      const text = `${first}\r\nDate|Amount, net|Amount;x\r\n2025-01-01|1|2\r\n`;
      const layout = found(text, { profile: { columns: { amount: 'Amount, net' } } });
      expect(layout).toMatchObject({ delimiter: '|', headerLine: 2, columnCount: 3 });
      const records = [];
      const start = layout.dataStart;
      const source = bufferSource(Buffer.from(text));
      for await (const chunk of readRecordChunks({
        source,
        encoding: 'utf-8',
        bomBytes: 0,
        delimiter: layout.delimiter,
        start,
      }))
        records.push(...chunk.records);
      expect(records).toMatchObject([{ line: 3, fields: ['2025-01-01', '1', '2'] }]);
    }
  });

  test('data-import 5: the header is the first line in the first 30 with a date and an amount column', () => {
    const preamble = 'Kontoauszug;"Bank\nSchönfeld"\nKonto;123\n\nDatum;Stand\n';
    const table = 'Buchungstag;Wertstellung;Verwendungszweck;Betrag (EUR)\n02.01.2025;03.01.2025;Tee;-2,50\n';
    expect(found(preamble + table)).toMatchObject({
      headerLine: 6,
      roles: { date: 0, description: 2, amount: 3 },
      columnCount: 4,
      dataStart: { line: 7, byteOffset: Buffer.byteLength(preamble) + Buffer.byteLength(`${table.split('\n')[0]}\n`) },
    });
    expect(found('x\n'.repeat(29) + table).headerLine).toBe(30);
    expect(layoutOf('x\n'.repeat(30) + table)).toMatchObject({ needsInput: { code: 'MissingColumn' } });
    expect(found('x\n'.repeat(30) + table, { profile: { skipTop: 30 } }).headerLine).toBe(31);
  });

  test.each([
    [
      'en',
      'Transaction Date,Description,Withdrawal Amt.,Deposit Amt.,Closing Balance',
      { date: 0, description: 1, debit: 2, credit: 3, balance: 4 },
    ],
    [
      'de',
      'Buchungstag,Auftraggeber/Empfänger,Verwendungszweck,Betrag,Währung',
      { date: 0, payee: 1, description: 2, amount: 3, currency: 4 },
    ],
    ['fr', "Date d'opération,Libellé,Débit,Crédit,Solde", { date: 0, description: 1, debit: 2, credit: 3, balance: 4 }],
    ['es', 'FECHA OPERACIÓN,CONCEPTO,IMPORTE EUR,SALDO', { date: 0, description: 1, amount: 2, balance: 3 }],
    [
      'it',
      'Data contabile,Descrizione,Dare,Avere,Divisa',
      { date: 0, description: 1, debit: 2, credit: 3, currency: 4 },
    ],
    ['nl', 'Datum,Naam / Omschrijving,Bedrag (EUR),Mededelingen', { date: 0, payee: 1, amount: 2, description: 3 }],
    ['pt', 'Data do Movimento,Descrição,Valor,Categoria', { date: 0, description: 1, amount: 2, category: 3 }],
    [
      'hu',
      'Könyvelés dátuma,Partner neve,Közlemény,Összeg,Devizanem',
      { date: 0, payee: 1, description: 2, amount: 3, currency: 4 },
    ],
    ['hi', 'दिनांक,विवरण,नामे,जमा,शेष राशि', { date: 0, description: 1, debit: 2, credit: 3, balance: 4 }],
    ['gu', 'તારીખ,વિગત,ઉધાર,જમા,બાકી', { date: 0, description: 1, debit: 2, credit: 3, balance: 4 }],
  ])('data-import 5: header names in %s', (_language, header, roles) => {
    const cells = header
      .split(',')
      .map(() => '1')
      .join(',');
    expect(found(`${header}\n${cells}\n`).roles).toMatchObject(roles);
    expect(found(`${header.toUpperCase()}\n${cells}\n`).roles).toMatchObject(roles);
  });

  test('data-import 5: no amount column asks for it, and says which columns there are', () => {
    const outcome = layoutOf('Datum;Text;Soll\n01.01.2025;Tee;1\n');
    expect(outcome).toMatchObject({
      needsInput: { code: 'MissingColumn', missing: ['amount'], header: ['Datum', 'Text', 'Soll'], headerLine: 1 },
    });
    expect(layoutOf('')).toMatchObject({ needsInput: { missing: ['date', 'amount'] } });
    expect(layoutOf('a;b\n1;2\n')).toMatchObject({ needsInput: { missing: ['date', 'amount'] } });
  });

  test('data-import 1: the profile names columns by header or by 0-based index', () => {
    const text = 'When;What;How much\n01.01.2025;Tee;1\n';
    const columns = { date: 'When', amount: 2, description: 'What' };
    expect(found(text, { profile: { columns } })).toMatchObject({
      headerLine: 1,
      roles: { date: 0, amount: 2, description: 1 },
    });
  });

  test('data-import 1: a column the profile names and the file does not have is asked for', () => {
    const text = 'Datum;Betrag\n01.01.2025;1\n';
    expect(layoutOf(text, { profile: { columns: { notes: 'Bemerkung X' } } })).toMatchObject({
      needsInput: { missing: ['notes'] },
    });
    expect(layoutOf(text, { profile: { columns: { notes: 7 } } })).toMatchObject({
      needsInput: { missing: ['notes'] },
    });
  });

  test('data-import 1: a file without a header is read by indexes', () => {
    const text = '2025-01-01;1,50;Tee\n2025-01-02;2,50;Brot\n';
    const profile = { headerLine: 0, columns: { date: 0, amount: 1, description: 2 } };
    expect(found(text, { profile })).toMatchObject({
      delimiter: ';',
      header: [],
      headerLine: 0,
      columnCount: 3,
      dataStart: { byteOffset: 0, line: 1 },
    });
    expect(found(text, { profile: { columns: profile.columns } })).toMatchObject({
      headerLine: 0,
      dataStart: { line: 1 },
    });
  });

  test('data-import 1: headerLine, skipTop and delimiter of the profile go before what is found', () => {
    const text = 'Date,Amount,Text\n1,2,3\nDate,Amount,Note\n4,5,6\n';
    expect(found(text, { profile: { headerLine: 3 } })).toMatchObject({ headerLine: 3, dataStart: { line: 4 } });
    expect(found(text, { profile: { skipTop: 1 } })).toMatchObject({ headerLine: 3 });
    expect(layoutOf(text, { profile: { delimiter: ';' } })).toMatchObject({ needsInput: { code: 'MissingColumn' } });
  });

  test('lines that all end with a delimiter have no extra column', () => {
    expect(found('Date,Amount\n1,2,\n3,4,\n').columnCount).toBe(3);
    expect(found('Date,Amount,\n1,2\n3,4\n').columnCount).toBe(2);
    // One line of them is an error of that line.
    expect(found('Date,Amount\n1,2,\n3,4\n').columnCount).toBe(2);
  });

  test('data-import 4: the same layout from UTF-16, with and without a byte order mark', () => {
    const text = 'Datum;Betrag;Empfänger\n01.02.2025;1,50;Müller\n';
    for (const bom of ['', '\ufeff']) {
      const layout = found(Buffer.from(bom + text, 'utf16le'), { encoding: 'utf-16le', bomBytes: bom.length * 2 });
      expect(layout).toMatchObject({
        header: ['Datum', 'Betrag', 'Empfänger'],
        dataStart: { byteOffset: Buffer.byteLength('Datum;Betrag;Empfänger\n'), line: 2 },
      });
    }
    expect(found(`\ufeff${text}`, { bomBytes: 3 })).toMatchObject({
      header: ['Datum', 'Betrag', 'Empfänger'],
      roles: { date: 0 },
    });
  });

  describe('of a transcription', () => {
    const sheet = [
      'A,B,C,source line,reversal',
      'Statement of March,,,2,',
      'Day,What,Sum,5,',
      '2026-03-02,Bakery,-4.80,6,',
      '2026-03-03,Rent,-890,8,',
      '',
    ].join('\n');
    const letters = { lineColumn: 3, titles: 'letters' } as const;
    const named = { date: 'Day', amount: 'Sum', description: 'What' };

    test('data-import 1, 5: the header of a sheet is a row of the sheet, stated or found', () => {
      const byNames = found(sheet, { profile: { columns: named }, transcription: letters });
      expect(byNames).toMatchObject({ headerLine: 5, roles: { date: 0, amount: 2, description: 1 } });
      expect(byNames.header.slice(0, 3)).toEqual(['Day', 'What', 'Sum']);
      expect(found(sheet, { profile: { headerLine: 5, columns: named }, transcription: letters })).toEqual(byNames);
      expect(layoutOf(sheet, { profile: { headerLine: 4, columns: named }, transcription: letters })).toMatchObject({
        needsInput: { missing: expect.arrayContaining(['date', 'amount']) },
      });
    });

    test('data-import 1: columns of a sheet go by their letters too, with and without a header', () => {
      const columns = { date: 'A', amount: 'c' };
      expect(found(sheet, { profile: { headerLine: 0, columns }, transcription: letters })).toMatchObject({
        headerLine: 0,
        roles: { date: 0, amount: 2 },
        dataStart: { line: 2 },
      });
      expect(found(sheet, { profile: { headerLine: 5, columns }, transcription: letters })).toMatchObject({
        headerLine: 5,
        roles: { date: 0, amount: 2 },
        dataStart: { line: 4 },
      });
    });

    test('data-import 1: rows above are left out by their number in the sheet', () => {
      const profile = { skipTop: 6, headerLine: 0, columns: { date: 0, amount: 2 } };
      expect(found(sheet, { profile, transcription: letters }).dataStart).toMatchObject({ line: 5 });
    });

    test('data-import 1: keys of JSON are the names of the columns, and ours are none', () => {
      const json = 'booked.on,sum,source line,reversal\n2026-03-02,-4.80,1,\n';
      const names = { lineColumn: 2, titles: 'names' } as const;
      const columns = { date: 'booked.on', amount: 'sum' };
      expect(found(json, { profile: { columns }, transcription: names })).toMatchObject({
        headerLine: 0,
        roles: { date: 0, amount: 1 },
        dataStart: { line: 2 },
      });
      const ours = { profile: { columns: { ...columns, notes: 'reversal' } }, transcription: names };
      expect(layoutOf(json, ours)).toMatchObject({ needsInput: { missing: ['notes'] } });
      const behind = { profile: { columns: { ...columns, notes: 3 } }, transcription: names };
      expect(layoutOf(json, behind)).toMatchObject({ needsInput: { missing: ['notes'] } });
    });

    test('data-import 9: the columns of a bank format are roles, not names of columns', () => {
      const mt940 = 'date,amount,payee,notes,source line,reversal\n2026-03-02,-4.80,Total,Name,4,\n';
      const roles = { lineColumn: 4, titles: 'roles' } as const;
      expect(found(mt940, { transcription: roles }).roles).toEqual({ date: 0, amount: 1, payee: 2, notes: 3 });
    });
  });

  test('data-import 20: another tenant brings its own roles', () => {
    const catalogue: RoleCatalogue = {
      required: [
        { name: 'date', anyOf: [['date']] },
        { name: 'title', anyOf: [['title']] },
      ],
      roles: {
        date: ['When', 'Datum'],
        title: ['Event', 'Titel'],
        places: ['Place'],
        sourceUrl: ['Source URL', 'Link'],
        quote: [],
      },
    };
    const text = 'Link\tevent\tWhen\tplace\tQuote\nx\ty\tSamvat 1886 Jeth sud 10\tz\tq\n';
    expect(found(text, { catalogue })).toMatchObject({
      delimiter: '\t',
      roles: { date: 2, title: 1, places: 3, sourceUrl: 0, quote: 4 },
    });
    expect(layoutOf('When,Place\n1,2\n', { catalogue })).toMatchObject({ needsInput: { missing: ['title'] } });
  });

  test('header names are compared without case, accents, brackets and currency', () => {
    for (const text of ['Betrag', ' BETRAG: ', 'Betrag (EUR)', 'Betrag in EUR', 'betrag EUR'])
      expect(normaliseHeader(text)).toBe('betrag');
    expect(normaliseHeader('Dátum')).toBe('datum');
    expect(normaliseHeader('तारीख')).toBe('तारीख');
  });

  test('data-import 5: any shuffling of the columns finds the same roles', () => {
    const names = ['Date', 'Amount', 'Description', 'Payee', 'Balance', 'Transaction ID'];
    fc.assert(
      fc.property(
        fc.shuffledSubarray(names, { minLength: names.length }),
        fc.constantFrom(...DELIMITERS),
        (header, delimiter) => {
          const { roles } = found(`${header.join(delimiter)}\n${header.map(() => 'x').join(delimiter)}\n`);
          expect(roles).toEqual({
            date: header.indexOf('Date'),
            amount: header.indexOf('Amount'),
            description: header.indexOf('Description'),
            payee: header.indexOf('Payee'),
            balance: header.indexOf('Balance'),
            externalId: header.indexOf('Transaction ID'),
          });
        },
      ),
    );
  });
});
