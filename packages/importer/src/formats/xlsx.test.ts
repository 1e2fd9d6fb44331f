import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { withinCpuMs } from '../../test/cpu-bound';
import { problemOf, readTable } from '../../test/formats/read-table';
import { type Book, OFFICE, book } from '../../test/formats/workbook';
import { type ConvertLimits, FileProblemError } from './types';
import { convertXlsx } from './xlsx';

const read = async (file: Buffer, limits: Partial<ConvertLimits> = {}) => readTable(convertXlsx, file, { limits });

const xf = (...ids: number[]) => `<cellXfs>${ids.map((id) => `<xf numFmtId="${id}"/>`).join('')}</cellXfs>`;
const text = (value: string) => `<c t="inlineStr"><is><t xml:space="preserve">${value}</t></is></c>`;
/** Stored numbers in one row, each with its style. */
const numbers = (cells: readonly (readonly [stored: string, style?: number])[]) =>
  `<row>${cells.map(([stored, style = 0]) => `<c s="${style}"><v>${stored}</v></c>`).join('')}</row>`;

describe('XLSX', () => {
  test('data-import 1: as Excel writes it: shared strings, styles, 17 digits, spans, cached formulas, a preamble', async () => {
    const file = book({
      styles: `<numFmts count="1"><numFmt numFmtId="164" formatCode="[$-409]d\\-mmm\\-yy;@"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>${xf(0, 14, 164, 4)}`,
      strings:
        '<si><t>Statement of account</t></si><si><t>Date</t></si><si><t>Details</t></si><si><t>Amount</t></si>' +
        '<si><r><t xml:space="preserve">Rent </t></r><r><rPr><b/></rPr><t>May</t></r><rPh sb="0" eb="1"><t>PHONETIC</t></rPh><phoneticPr fontId="1"/></si>' +
        '<si><t>Line one_x000D_\nLine _x005F_x0041_ &amp; two</t></si>',
      rows:
        '<row r="1" spans="1:3"><c r="A1" t="s"><v>0</v></c></row>' +
        '<row r="3" spans="1:3"><c r="A3" t="s"><v>1</v></c><c r="B3" t="s"><v>2</v></c><c r="C3" t="s"><v>3</v></c></row>' +
        '<row r="4" hidden="1"><c r="A4" s="1"><v>45413</v></c><c r="B4" t="s"><v>4</v></c><c r="C4" s="3"><v>-1234.5699999999999</v></c></row>' +
        '<row r="5"><c r="A5" s="2"><v>45414</v></c><c r="B5" t="s"><v>5</v></c><c r="C5" s="3"><f>SUM(C4,1)</f><v>0.1</v></c><c r="D5" s="3"/></row>' +
        '<row r="6"><c r="A6" s="2"/><c r="B6" t="str"><f>A1&amp;""</f><v> x </v></c><c r="C6" t="e"><v>#N/A</v></c></row>' +
        '<row r="7"><c r="XFD7" s="1"/></row>',
    });
    expect(await read(file)).toEqual({
      columns: ['A', 'B', 'C'],
      rows: [
        ['Statement of account', '', ''],
        ['Date', 'Details', 'Amount'],
        ['2024-05-01', 'Rent May', '-1234.57'],
        ['2024-05-02', 'Line one\r\nLine _x0041_ & two', '0.1'],
        ['', ' x ', '#N/A'],
      ],
      lines: [1, 3, 4, 5, 6],
      warnings: [],
    });
  });

  test('data-import 1: as Google writes it: whole numbers with .0, a sheet order of its own, empty styled rows', async () => {
    const file = book({
      styles: `<numFmts><numFmt numFmtId="164" formatCode="yyyy-mm-dd"/><numFmt numFmtId="165" formatCode="M/d/yyyy H:mm:ss"/></numFmts>${xf(0, 164, 165)}`,
      sheets: [
        { name: 'Read me', rows: '<row r="1"><c r="A1" t="inlineStr"><is><t>Hello</t></is></c></row>' },
        {
          name: 'Old',
          state: 'hidden',
          rows: `<row>${text('a')}${text('b')}</row><row>${text('c')}${text('d')}</row>`,
        },
        {
          name: 'Events &amp; dates',
          state: 'visible',
          rows:
            `<row r="1">${text('Date')}${text('Year')}${text('When')}${text('Done')}</row>` +
            '<row r="2"><c r="A2" s="1"><v>45413.0</v></c><c r="B2"><v>1830.0</v></c><c r="C2" s="2"><v>45413.5</v></c><c r="D2" t="b"><v>1</v></c></row>' +
            '<row r="3" customHeight="1"><c r="A3" s="1"/></row><row r="4"><c r="B4"><v>12.5</v></c><c r="D4" t="b"><v>0</v></c></row>',
        },
      ],
    });
    expect(await read(file)).toEqual({
      columns: ['A', 'B', 'C', 'D'],
      rows: [
        ['Date', 'Year', 'When', 'Done'],
        ['2024-05-01', '1830', '2024-05-01T12:00:00', 'TRUE'],
        ['', '12.5', '', 'FALSE'],
      ],
      lines: [1, 2, 4],
      warnings: [{ code: 'SheetChosen', message: expect.stringContaining('"Events & dates"') as string }],
    });
  });

  test('data-import 1: as LibreOffice and strict writers do: prefixes, ISO dates, no references, UTF-16, stored parts', async () => {
    const sheet =
      `\ufeff<?xml version="1.0" encoding="UTF-16"?><x:worksheet xmlns:x="http://purl.oclc.org/ooxml/spreadsheetml/main">` +
      '<x:dimension ref="A1:ZZ9"/><x:sheetData><x:row><x:c t="inlineStr"><x:is><x:t>તારીખ</x:t></x:is></x:c><x:c t="inlineStr"><x:is><x:t>રકમ</x:t></x:is></x:c></x:row>' +
      '<x:row><x:c t="d"><x:v>2024-05-01T00:00:00</x:v></x:c><x:c t="n"><x:v>1E-2</x:v></x:c></x:row>' +
      '<x:row><x:c t="d"><x:v>2024-05-01T08:30:00</x:v></x:c><x:c><x:f>A1</x:f></x:c></x:row></x:sheetData></x:worksheet>';
    const file = book({
      store: true,
      parts: { 'xl/worksheets/sheet1.xml': new Uint8Array(Buffer.from(sheet, 'utf16le')) },
    });
    expect(await read(file)).toEqual({
      columns: ['A', 'B'],
      rows: [
        ['તારીખ', 'રકમ'],
        ['2024-05-01', '0.01'],
        ['2024-05-01T08:30:00', ''],
      ],
      lines: [1, 2, 3],
      warnings: [{ code: 'FormulaWithoutValue', message: expect.stringContaining('B3') as string }],
    });
  });

  test('data-import 1: names of parts differ by case and slash; relations lead out of the usual folder', async () => {
    const plain = book({ rows: `<row>${text('a')}</row>` });
    expect((await read(plain)).rows).toEqual([['a']]);
    const empty = '<c t="s"><v/></c><c t="b"><v></v></c><c><v> </v></c><c t="str"><v></v></c><c t="e"/>';
    expect((await read(book({ rows: `<row>${empty}${text('a')}</row>` }))).rows).toEqual([['', '', '', '', '', 'a']]);
    const moved = book({
      parts: {
        'xl/worksheets/sheet1.xml': undefined,
        'Data\\First.xml': `<worksheet><sheetData><row>${text('b')}</row></sheetData></worksheet>`,
        'xl/_rels/workbook.xml.rels': `<Relationships><Relationship Id="rId1" Type="${OFFICE}/worksheet" Target="../data/./first.xml"/></Relationships>`,
        '../../etc/passwd': 'never opened',
      },
    });
    expect((await read(moved)).rows).toEqual([['b']]);
  });

  test('data-import 4: escaped NUL and half surrogates are marked, pairs are characters', async () => {
    const { rows } = await read(
      book({ rows: `<row>${text('a_x0000_b')}${text('_xD800_')}${text('_xD83D__xDE00_')}</row>` }),
    );
    expect(rows).toEqual([['a\ufffdb', '\ufffd', '😀']]);
  });

  test('data-import 20: any table of texts comes back exactly', async () => {
    const escape = (value: string) =>
      value
        .replace(/_(?=x[\da-f]{4}_)/gi, '_x005F_')
        .replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`)
        .replace(
          /(?![\t\n])[\p{Cc}\ufffe\uffff]/gu,
          (sign) => `_x${sign.charCodeAt(0).toString(16).padStart(4, '0')}_`,
        );
    const cell = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 8 }).filter((value) => !/[\0\ufffd]/.test(value)),
      fc.constantFrom('', '_x0041_', ' a\n', '1.50'),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(cell, { minLength: 3, maxLength: 3 }), { minLength: 2, maxLength: 6 }),
        async (table) => {
          const rows = table
            .map((cells) => `<row>${cells.map((one) => text(escape(one))).join('')}<c/></row>`)
            .join('');
          const filled = table.filter((cells) => cells.some((one) => one !== ''));
          const width = Math.max(0, ...filled.map((cells) => cells.findLastIndex((one) => one !== '') + 1));
          if (width === 0) return;
          expect((await read(book({ rows }))).rows).toEqual(filled.map((cells) => cells.slice(0, width)));
        },
      ),
      { numRuns: 150 },
    );
  });

  describe('refusals', () => {
    test('data-import 18: bombs are stopped by what really comes out, not by what the header says', async () => {
      const bomb = book({ parts: { 'xl/worksheets/sheet1.xml': new Uint8Array(64 * 2 ** 20).fill(32) } });
      expect(bomb.length).toBeLessThan(100_000);
      expect(await problemOf(read(bomb))).toMatchObject({
        code: 'FileTooLarge',
        message: expect.stringContaining('100 times') as string,
      });
      const big = book({ rows: `<row>${text('x')}</row>`.repeat(2000), store: true });
      expect(await problemOf(read(big, { maxUnzippedBytes: 50_000 }))).toMatchObject({ code: 'FileTooLarge' });
      // Says that it unpacks to 1 byte.
      const lying = Buffer.from(bomb);
      for (let at = lying.indexOf('PK\u0001\u0002'); at >= 0; at = lying.indexOf('PK\u0001\u0002', at + 1))
        lying.writeUInt32LE(1, at + 24);
      expect(await problemOf(read(lying))).toMatchObject({ code: 'FileTooLarge' });
      const nested = book({ parts: { 'xl/embeddings/inner.xlsx': bomb }, rows: `<row>${text('a')}</row>` });
      expect((await read(nested)).rows).toEqual([['a']]);
    });

    test('data-import 18: one long shared text in many cells is one bad record, not many megabytes', async () => {
      const long = Array.from({ length: 6000 }, (_, i) => `w${i}"\n`).join('');
      const rows = `<row>${text('a')}${text('b')}</row><row>${'<c t="s"><v>0</v></c>'.repeat(200)}</row><row>${text('c')}${text('d')}</row>`;
      const got = await read(book({ rows, strings: `<si><t>${long}</t></si>`, store: true }));
      expect(got.rows[1]![0]).toMatch(/^w0 {2}w1/);
      expect(got.rows[1]![0]!.length).toBeGreaterThan(65_000);
      expect(got.rows[1]!.join('').length).toBeLessThan(66_000);
      expect(got.rows[1]![0]).not.toMatch(/["\n]/);
      expect(got.rows[2]!.slice(0, 2)).toEqual(['c', 'd']);
    });

    test('data-import 18: 400,000 columns, too many rows, parts and bytes', async () => {
      const wide = book({ rows: '<row>' + '<c t="n"><v>1</v></c>'.repeat(400_000) + '</row>', store: true });
      expect(await problemOf(read(wide))).toMatchObject({
        code: 'FileTooLarge',
        message: expect.stringContaining('IW1') as string,
      });
      const far = book({ rows: '<row r="1"><c r="VUSH1"><v>1</v></c></row>' });
      expect(await problemOf(read(far))).toMatchObject({
        code: 'FileTooLarge',
        message: expect.stringContaining('256 columns') as string,
      });
      expect(await problemOf(read(book({ rows: numbers([['1']]).repeat(3) }), { maxRows: 2 }))).toMatchObject({
        code: 'FileTooLarge',
      });
      const many = Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`x/${i}`, '']));
      expect(await problemOf(read(book({ parts: many })))).toMatchObject({ code: 'FileTooLarge' });
      expect(await problemOf(read(book({}), { maxBytes: 100 }))).toMatchObject({ code: 'FileTooLarge' });
    });

    test('data-import 18: a DOCTYPE in any part is UnsafeXml', async () => {
      const evil = '<!DOCTYPE a [<!ENTITY x "y"><!ENTITY z "&x;&x;">]>';
      for (const part of [
        '_rels/.rels',
        'xl/workbook.xml',
        'xl/_rels/workbook.xml.rels',
        'xl/worksheets/sheet1.xml',
        'xl/sharedStrings.xml',
        'xl/styles.xml',
      ]) {
        const file = book({ parts: { [part]: `<?xml version="1.0"?>${evil}<a>&z;</a>` } });
        expect({ part, ...(await problemOf(read(file))) }).toMatchObject({ part, code: 'UnsafeXml' });
      }
      const open = book({ parts: { 'xl/workbook.xml': '<!DOCTYPE a [<!ENTITY x "' } });
      expect(await problemOf(read(open))).toMatchObject({ code: 'UnsafeXml' });
    });

    test('data-import 18: passwords, old and other formats are named', async () => {
      const ole = Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(600)]);
      expect(await problemOf(read(ole))).toMatchObject({
        code: 'UnsupportedFormat',
        message: expect.stringContaining('.xls') as string,
      });
      const locked = Buffer.concat([ole, Buffer.from('EncryptedPackage', 'utf16le')]);
      expect(await problemOf(read(locked))).toMatchObject({
        code: 'UnsupportedFormat',
        message: expect.stringContaining('password') as string,
      });
      const none = { '_rels/.rels': undefined, 'xl/workbook.xml': undefined };
      for (const [parts, word] of [
        [{ ...none, 'xl/workbook.bin': 'x' }, '.xlsb'],
        [{ ...none, mimetype: 'x', 'content.xml': 'x' }, 'OpenDocument'],
        [{ ...none, 'word/document.xml': 'x' }, '.docx'],
      ] as const) {
        expect(await problemOf(read(book({ parts })))).toMatchObject({
          code: 'UnsupportedFormat',
          message: expect.stringContaining(word) as string,
        });
      }
      expect(await problemOf(read(book({ parts: none })))).toMatchObject({ code: 'MalformedFile' });
    });

    test.each([
      ['<row r="2"/><row r="2"/>', 'follows row 2'],
      ['<row r="1"><c r="A2"><v>1</v></c></row>', '"A2"'],
      ['<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>', 'twice'],
      ['<row r="1"><c r="B1" t="s"><v>9</v></c></row>', 'B1 refers'],
      ['<row', 'no XML'],
      ['<row>&nbsp;</row>', 'no XML'],
    ])('data-import 18: %s is malformed', async (rows, words) => {
      expect(await problemOf(read(book({ rows })))).toMatchObject({
        code: 'MalformedFile',
        message: expect.stringContaining(words) as string,
      });
    });

    test('data-import 18: nothing in it, damaged bytes', async () => {
      expect(await problemOf(read(book({ rows: '<row><c t="n"/></row>' })))).toMatchObject({ code: 'EmptyFile' });
      expect(await problemOf(read(Buffer.alloc(0)))).toMatchObject({ code: 'EmptyFile' });
      expect(await problemOf(read(Buffer.from('PK\u0003\u0004')))).toMatchObject({ code: 'MalformedFile' });
      const file = book({ rows: `<row>${text('untouched')}</row>`, store: true });
      file[file.indexOf('untouched')] = 0x55;
      expect(await problemOf(read(file))).toMatchObject({
        code: 'MalformedFile',
        message: expect.stringContaining('checksum') as string,
      });
    });

    test('data-import 18: a sheet that is listed a thousand times is read once; many attributes do not hang', async () => {
      const attributes = Array.from({ length: 300_000 }, (_, i) => `a${i}="1"`).join(' ');
      const sheet = `<sheet name="S" sheetId="1" r:id="rId1"/>`;
      const file = book({
        parts: { 'xl/workbook.xml': `<workbook xmlns:r="${OFFICE}"><sheets>${sheet.repeat(1000)}</sheets></workbook>` },
        rows: `<row ${attributes}/>`,
        store: true,
      });
      expect(await withinCpuMs(2000, async () => problemOf(read(file)))).toMatchObject({ code: 'EmptyFile' });
    });

    test('data-import 18: 100,000 levels of elements neither crash nor hang', async () => {
      const deep = `${'<a>'.repeat(100_000)}${'</a>'.repeat(100_000)}`;
      expect((await read(book({ rows: `<row>${deep}${text('a')}</row>`, store: true }))).rows).toEqual([['a']]);
    });
  });

  test('data-import 18: mutated files fail with a problem or are read, and never hang', async () => {
    const options: Book = {
      strings: '<si><t>Date</t></si><si><r><t>A</t></r></si>',
      styles: xf(0, 14),
      rows: '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row><row r="2"><c r="A2" s="1"><v>45413</v></c><c r="B2"><v>1.5</v></c></row>',
    };
    // Stored parts whose checksums are made to fit let the changes reach the readers of XML.
    const stored = book({ ...options, store: true });
    const packed = book(options);
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.array(fc.tuple(fc.nat(), fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('<>/"\' =&19A')))), {
          minLength: 1,
          maxLength: 4,
        }),
        fc.option(fc.nat(), { freq: 8 }),
        async (isStored, changes, cut) => {
          const mutated = Buffer.from(isStored ? stored : packed);
          for (const [at, byte] of changes) mutated[at % mutated.length] = byte;
          if (isStored) fitChecksums(mutated);
          const file = cut === null ? mutated : mutated.subarray(0, cut % mutated.length);
          const result = await withinCpuMs(2000, async () =>
            read(file, { maxUnzippedBytes: 2 ** 20 }).catch((error: unknown) => error),
          );
          if (result instanceof Error) expect(result).toBeInstanceOf(FileProblemError);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

/** Puts the checksums of stored parts right, where the list of parts still makes sense. */
function fitChecksums(file: Buffer): void {
  for (
    let at = file.indexOf('PK\u0001\u0002');
    at >= 0 && at + 46 < file.length;
    at = file.indexOf('PK\u0001\u0002', at + 1)
  ) {
    const localAt = file.readUInt32LE(at + 42);
    if (localAt + 30 > file.length) continue;
    const start = localAt + 30 + file.readUInt16LE(localAt + 26) + file.readUInt16LE(localAt + 28);
    file.writeUInt32LE(crc32(file.subarray(start, start + file.readUInt32LE(at + 20))), at + 16);
  }
}
