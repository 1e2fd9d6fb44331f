import fc from 'fast-check';
import {
  DEFAULT_RECORD_LIMITS,
  type Delimiter,
  type Encoding,
  type ReadRecordsOptions,
  type SourceRecord,
  bufferSource,
  createRecordScanner,
  readRecordChunks,
} from './index';
import { bytesDecoder } from './encoding';

/** All records of a text at once. */
function scan(
  text: string | Buffer,
  options: { delimiter?: Delimiter; expectedColumns?: number; maxRecordBytes?: number } = {},
) {
  const scanner = createRecordScanner({
    delimiter: options.delimiter ?? ',',
    decode: bytesDecoder('utf-8'),
    start: { byteOffset: 0, line: 1 },
    limits: { ...DEFAULT_RECORD_LIMITS, ...(options.maxRecordBytes ? { maxRecordBytes: options.maxRecordBytes } : {}) },
    expectedColumns: options.expectedColumns,
  });
  const records = scanner.push(Buffer.from(text as string));
  records.push(...scanner.end());
  return { records, blankLines: scanner.blankLines(), position: scanner.position() };
}

/** The same, byte pieces of the given sizes after each other. */
function scanInPieces(bytes: Buffer, sizes: readonly number[], maxRecordBytes: number): SourceRecord[] {
  const scanner = createRecordScanner({
    delimiter: ',',
    decode: bytesDecoder('utf-8'),
    start: { byteOffset: 0, line: 1 },
    limits: { maxColumns: 4, maxRecordBytes },
  });
  const records: SourceRecord[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    records.push(...scanner.push(bytes.subarray(at, at + size)));
    at += size;
  }
  records.push(...scanner.end());
  return records;
}

async function readAll(options: ReadRecordsOptions): Promise<SourceRecord[]> {
  const records: SourceRecord[] = [];
  for await (const chunk of readRecordChunks(options)) records.push(...chunk.records);
  return records;
}

const cells = (records: readonly SourceRecord[]) => records.map(({ fields }) => fields);
const lines = (records: readonly SourceRecord[]) => records.map(({ line }) => line);

describe('record scanner', () => {
  test('data-import 5: the line of a record is the one it starts on, with LF, CRLF and CR', () => {
    for (const end of ['\n', '\r\n', '\r']) {
      const { records } = scan(['a,b', '"one', 'two",x', 'c,d'].join(end));
      expect(cells(records)).toEqual([
        ['a', 'b'],
        [`one${end}two`, 'x'],
        ['c', 'd'],
      ]);
      expect(lines(records)).toEqual([1, 2, 4]);
    }
  });

  test('data-import 5: blank lines are counted and are no records, and the lines behind them keep their numbers', () => {
    const { records, blankLines } = scan('a,b\n\n   \n\t\nc,d\n\n');
    expect(cells(records)).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    expect(lines(records)).toEqual([1, 5]);
    expect(blankLines).toBe(4);
  });

  test('data-import 5: a line of delimiters only is a record', () => {
    expect(cells(scan(',,\n\t\t\n').records)).toEqual([['', '', '']]);
    expect(cells(scan('\t\t\n', { delimiter: '\t' }).records)).toEqual([['', '', '']]);
  });

  test('data-import 5: delimiters, line ends and doubled marks inside quotes belong to the cell', () => {
    const { records } = scan('"a;b";"say ""hi""";"";"x"  ;y"z\n', { delimiter: ';' });
    expect(cells(records)).toEqual([['a;b', 'say "hi"', '', 'x', 'y"z']]);
  });

  test('data-import 5: a record with another number of cells is marked', () => {
    const { records } = scan('a,b\nc\nd,e,f\n', { expectedColumns: 2 });
    expect(records.map(({ columnCountOk }) => columnCountOk)).toEqual([true, false, false]);
  });

  test('data-import 18: 256 columns are read, the 257th makes the record an error and nothing else', () => {
    const { records } = scan(`${'x,'.repeat(255)}x\n${'x,'.repeat(256)}x\na,b\n`);
    expect(records.map(({ problem }) => problem)).toEqual([undefined, 'TooManyColumns', undefined]);
    expect(records[0]?.fields).toHaveLength(256);
    expect(records[2]).toMatchObject({ line: 3, fields: ['a', 'b'] });
  });

  test('data-import 18: 64 KiB are read, one byte more makes the record an error and nothing else', () => {
    const limit = 64 * 1024;
    for (const end of ['\n', '\r\n', '\r']) {
      const { records } = scan(
        `${'x'.repeat(limit)}${end}${'y'.repeat(limit + 1)}${end}"${'z'.repeat(limit)}"${end}a,b${end}`,
      );
      expect(records.map(({ problem }) => problem)).toEqual([undefined, 'RecordTooLong', 'RecordTooLong', undefined]);
      expect(lines(records)).toEqual([1, 2, 3, 4]);
      expect(records[1]?.fields[0]?.length).toBeLessThanOrEqual(200);
    }
  });

  test('data-import 18: a record of 64 MiB is passed over without being kept', () => {
    const scanner = createRecordScanner({
      delimiter: ',',
      decode: bytesDecoder('utf-8'),
      start: { byteOffset: 0, line: 1 },
      limits: DEFAULT_RECORD_LIMITS,
    });
    const piece = Buffer.alloc(1024 * 1024, 'x');
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 64; i += 1) expect(scanner.push(piece)).toEqual([]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024);
    const records = scanner.push(Buffer.from('\na,b\n'));
    expect(records.map(({ line, problem }) => [line, problem])).toEqual([
      [1, 'RecordTooLong'],
      [2, undefined],
    ]);
    expect(records[0]?.byteEnd).toBe(64 * 1024 ** 2 + 1);
  });

  test('a quotation mark that is not closed costs its own line only', () => {
    const { records } = scan('a,b\n"open,c\nd,e\nf,g\n');
    expect(records.map(({ line, problem }) => [line, problem])).toEqual([
      [1, undefined],
      [2, 'UnclosedQuote'],
      [3, undefined],
      [4, undefined],
    ]);
    expect(records[1]?.fields).toEqual(['"open,c']);
    // The next quotation mark shows the mistake, long before the end of the file.
    const middle = scan('"open,c\nd,"e"\nf,g\n').records;
    expect(middle.map(({ line, problem }) => [line, problem])).toEqual([
      [1, 'MalformedQuotes'],
      [2, undefined],
      [3, undefined],
    ]);
  });

  test('a quotation mark that is not closed within the limit costs its own line only', () => {
    const rest = 'line,without,marks\n'.repeat(5000);
    const { records } = scan(`"open,c\n${rest}`);
    expect(records).toHaveLength(5001);
    expect(records[0]).toMatchObject({ line: 1, problem: 'UnclosedQuote' });
    expect(records[5000]).toMatchObject({ line: 5001, fields: ['line', 'without', 'marks'] });
  });

  test('text behind a closing mark is an error of its own line', () => {
    const { records } = scan('"a"b,c\nd,e\n');
    expect(records.map(({ problem }) => problem)).toEqual(['MalformedQuotes', undefined]);
  });

  test('data-import 4: a lost character or U+0000 is marked', () => {
    const { records } = scan(Buffer.from([0x61, 0x2c, 0xff, 10, 0x61, 0, 10, 0x61, 10]));
    expect(records.map(({ badCharacter }) => badCharacter)).toEqual([true, true, undefined]);
  });
});

const cell = fc.string({
  unit: fc.constantFrom('a', '1', ',', ';', '"', ' ', '\n', '\r', 'é', '€', '𝔘', 'ક'),
  maxLength: 12,
});
const table = fc.array(fc.array(cell, { minLength: 2, maxLength: 6 }), { maxLength: 30 });
const quoteIfNeeded = (text: string, always: boolean) =>
  always || /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

describe('record scanner, for all files', () => {
  test('data-import 5: what was written comes back, whatever the cells hold', () => {
    fc.assert(
      fc.property(table, fc.constantFrom('\n', '\r\n', '\r'), fc.boolean(), fc.boolean(), (rows, end, always, last) => {
        const text = rows.map((row) => row.map((value) => quoteIfNeeded(value, always)).join(',')).join(end);
        expect(cells(scan(last && rows.length > 0 ? text + end : text).records)).toEqual(rows);
      }),
      { numRuns: 300 },
    );
  });

  const anyBytes = fc
    .array(fc.constantFrom('a', ',', '"', '""', '\n', '\r', '\r\n', ' ', 'é', 'aaaaaaaaaa', '\n\n', '","', '"\n'), {
      maxLength: 80,
    })
    .map((parts) => Buffer.from(parts.join('')));

  test('data-import 18: any cutting of the bytes gives the same records, also of broken files', () => {
    fc.assert(
      fc.property(
        anyBytes,
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
        (bytes, sizes) => {
          expect(scanInPieces(bytes, sizes, 16)).toEqual(scanInPieces(bytes, [1_000_000], 16));
        },
      ),
      { numRuns: 1500 },
    );
  });

  test('data-import 2: reading on behind any record gives the rest, also of broken files', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const all = scanInPieces(bytes, [1_000_000], 16);
        for (const [index, record] of all.entries()) {
          const scanner = createRecordScanner({
            delimiter: ',',
            decode: bytesDecoder('utf-8'),
            start: { byteOffset: record.byteEnd, line: record.nextLine },
            limits: { maxColumns: 4, maxRecordBytes: 16 },
          });
          const rest = scanner.push(bytes.subarray(record.byteEnd));
          rest.push(...scanner.end());
          expect(rest).toEqual(all.slice(index + 1));
        }
      }),
      { numRuns: 800 },
    );
  });

  test('data-import 5: every byte belongs to one record or to a blank line, and lines are counted as editors do', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const { records, position } = scan(bytes);
        let end = 0;
        for (const record of records) {
          expect(bytes.toString('utf8', end, record.byteStart).trim()).toBe('');
          expect(record.byteEnd).toBeGreaterThan(record.byteStart);
          const before = bytes.toString('utf8', 0, record.byteStart);
          expect(record.line).toBe(before.split(/\r\n|\r|\n/).length);
          end = record.byteEnd;
        }
        expect(position.byteOffset).toBe(bytes.length);
      }),
      { numRuns: 500 },
    );
  });
});

describe('readRecordChunks', () => {
  const text = 'Datum;Text\n01.02.2025;Grüße aus Zürich\n\n"02.02.2025";"zwei\r\nZeilen – €"\n03.02.2025;Ende';
  const utf16be = (value: string) => Buffer.from(value, 'utf16le').swap16();
  const files: [Encoding, Buffer, number][] = [
    ['utf-8', Buffer.from(text), 0],
    ['utf-8', Buffer.from(`\ufeff${text}`), 3],
    ['utf-16le', Buffer.from(`\ufeff${text}`, 'utf16le'), 2],
    ['utf-16be', utf16be(`\ufeff${text}`), 2],
    ['windows-1252', Buffer.from(text.replace('–', '\u0096').replace('€', '\u0080'), 'latin1'), 0],
    ['iso-8859-15', Buffer.from(text.replace('–', '-').replace('€', '\u00a4'), 'latin1'), 0],
  ];

  test.each(files)('data-import 4: %s is read and resumed at every record', async (encoding, bytes, bomBytes) => {
    const reading = { source: bufferSource(bytes, 7), encoding, bomBytes, delimiter: ';' as const };
    const all = await readAll(reading);
    const dash = encoding === 'iso-8859-15' ? '-' : '–';
    expect(cells(all)).toEqual([
      ['Datum', 'Text'],
      ['01.02.2025', 'Grüße aus Zürich'],
      ['02.02.2025', `zwei\r\nZeilen ${dash} €`],
      ['03.02.2025', 'Ende'],
    ]);
    expect(lines(all)).toEqual([1, 2, 4, 6]);
    for (const [index, record] of all.entries()) {
      const start = { byteOffset: record.byteEnd, line: record.nextLine };
      expect(await readAll({ ...reading, start })).toEqual(all.slice(index + 1));
    }
  });

  test('data-import 4: all 256 bytes of windows-1252 become characters, the euro sign among them', async () => {
    const bytes = Buffer.from(Array.from({ length: 128 }, (_, index) => index + 128));
    const [record] = await readAll({
      source: bufferSource(bytes),
      encoding: 'windows-1252',
      bomBytes: 0,
      delimiter: ',',
    });
    expect(record?.fields[0]?.slice(0, 3)).toBe('€\u0081‚');
    expect(record?.fields[0]).toHaveLength(128);
    expect(record?.badCharacter).toBeUndefined();
  });

  test('data-import 4: UTF-16 that ends in half a character is refused', async () => {
    const bytes = Buffer.from('a,b\n', 'utf16le').subarray(0, 7);
    const reading = {
      source: bufferSource(bytes),
      encoding: 'utf-16le' as const,
      bomBytes: 0,
      delimiter: ',' as const,
    };
    await expect(readAll(reading)).rejects.toMatchObject({ code: 'DecodeError' });
  });

  test('data-import 1: skipBottom leaves out the last records', async () => {
    const source = bufferSource(Buffer.from('a,1\nb,2\nTotal,3\n\nPrinted,x\n'), 3);
    const reading = { source, encoding: 'utf-8' as const, bomBytes: 0, delimiter: ',' as const };
    expect(cells(await readAll({ ...reading, skipBottom: 2 }))).toEqual([
      ['a', '1'],
      ['b', '2'],
    ]);
    expect(await readAll({ ...reading, skipBottom: 9 })).toEqual([]);
  });

  test('data-import 5: blank lines of all chunks are told', async () => {
    const source = bufferSource(Buffer.from('a,1\n\n'.repeat(50_000)));
    let blank = 0;
    let records = 0;
    let chunks = 0;
    for await (const chunk of readRecordChunks({ source, encoding: 'utf-8', bomBytes: 0, delimiter: ',' })) {
      blank += chunk.blankLines;
      records += chunk.records.length;
      chunks += 1;
    }
    expect([blank, records]).toEqual([50_000, 50_000]);
    expect(chunks).toBeGreaterThan(1);
  });
});
