import fc from 'fast-check';
import { withinCpuMs } from '../../test/cpu-bound';
import { LIMITS } from '../../test/formats/read-converted';
import { type ReadOptions, problemOf, readTable } from '../../test/formats/read-table';
import { convertNdjson } from './ndjson';
import { FileProblemError } from './types';

const read = async (file: string | Buffer, options: ReadOptions = {}) =>
  readTable(convertNdjson, file, { pieceBytes: 7, ...options });

describe('NDJSON', () => {
  test('data-import 1: the lines of an events export, columns in order of appearance', async () => {
    const file =
      '{"date":"1830-06-01","title":"Swaminarayan’s passing","places":["Gadhada","Gujarat"]}\n' +
      '{"title":"Birth","date":"1781-04-03","externalId":7}\n';
    expect(await read(file)).toEqual({
      columns: ['date', 'title', 'places', 'externalId'],
      rows: [
        ['1830-06-01', 'Swaminarayan’s passing', 'Gadhada; Gujarat', ''],
        ['1781-04-03', 'Birth', '', '7'],
      ],
      lines: [1, 2],
      warnings: [],
    });
  });

  test('data-import 1: a bank API: nested amounts, CRLF, spaces, blank lines', async () => {
    const file =
      '{ "id": "a1", "booked" : true, "amount": { "value": -12.30, "currency": "EUR" }, "note": null }\r\n\r\n  \r\n' +
      '\t{ "id": "a2", "booked" : false, "amount": { "value": 1e2, "currency": "EUR" }, "tags": [] }\r\n';
    expect(await read(file)).toEqual({
      columns: ['id', 'booked', 'amount.value', 'amount.currency', 'note', 'tags'],
      rows: [
        ['a1', 'true', '-12.30', 'EUR', '', ''],
        ['a2', 'false', '100', 'EUR', '', ''],
      ],
      lines: [1, 4],
      warnings: [],
    });
  });

  test('data-import 1: a dump of documents: arrays of objects stay JSON, extended types are flattened', async () => {
    const file =
      '{"_id":{"$oid":"64"},"entries":[{"minor":1.10,"tags":["a"]},{"minor":12345678901234567890}],"mixed":[1,true,null,"x"]}';
    expect(await read(file)).toEqual({
      columns: ['_id.$oid', 'entries', 'mixed'],
      rows: [['64', '[{"minor":1.10,"tags":["a"]},{"minor":12345678901234567890}]', '1; true; x']],
      lines: [1],
      warnings: [],
    });
  });

  test.each([
    ['1.10', '1.10'],
    ['1e2', '100'],
    ['1E-2', '0.01'],
    ['-1.50e+1', '-15.0'],
    ['0.00e3', '0'],
    ['12345678901234567890.123456789', '12345678901234567890.123456789'],
    ['-0', '-0'],
    ['1e400', '1e400'],
    ['1e999999999', '1e999999999'],
    ['5e-324', `0.${'0'.repeat(323)}5`],
  ])('data-import 8: the number %s is the text %s', async (written, text) => {
    expect((await read(`{"a":${written}}`)).rows).toEqual([[text]]);
  });

  test('data-import 15: what is no object becomes a record with its text, on its own line', async () => {
    const file = '{"a":1,"b":2}\nnot json\n[1,2]\n{"a":1} x\n{"a":01}\n{"a":"\t"}\n{"a":3,"b":4}';
    const { rows, lines } = await read(file);
    expect(rows).toEqual([
      ['1', '2'],
      ['not json', ''],
      ['[1,2]', ''],
      ['{ a :1} x', ''],
      ['{ a :01}', ''],
      ['{ a : \t }', ''],
      ['3', '4'],
    ]);
    expect(lines).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  test('data-import 1: a key that appears later than the first 1,000 objects is ignored with one warning', async () => {
    const file = Array.from({ length: 1002 }, (_, i) => (i < 1000 ? '{"a":1}' : '{"a":2,"late":3,"b":4}')).join('\n');
    const { columns, rows, warnings } = await read(file, { pieceBytes: 4096 });
    expect(columns).toEqual(['a']);
    expect(rows.at(-1)).toEqual(['2']);
    expect(warnings).toEqual([
      { code: 'IgnoredKey', message: expect.stringContaining('"late" (line 1001)') as string },
    ]);
  });

  test('data-import 1: of a repeated key the last value is taken, with a warning; __proto__ is a key like any other', async () => {
    const { columns, rows, warnings } = await read(
      '{"__proto__":{"polluted":"yes"},"constructor":1,"a":1,"a":2}\n{"a.b":1,"a":{"b":2}}',
    );
    expect(columns).toEqual(['__proto__.polluted', 'constructor', 'a', 'a.b']);
    expect(rows).toEqual([
      ['yes', '1', '2', ''],
      ['', '', '', '2'],
    ]);
    expect(warnings).toEqual([{ code: 'RepeatedKey', message: expect.stringContaining('"a"') as string }]);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('data-import 4: byte order marks, UTF-16, a stated encoding, and nothing else that is not UTF-8', async () => {
    const text = '{"title":"Ahmedabad – અમદાવાદ 😀"}\n';
    const rows = [['Ahmedabad – અમદાવાદ 😀']];
    expect((await read(`\ufeff${text}`)).rows).toEqual(rows);
    expect((await read(Buffer.from(`\ufeff${text}`, 'utf16le'))).rows).toEqual(rows);
    expect((await read(Buffer.from(`\ufeff${text}`, 'utf16le').swap16())).rows).toEqual(rows);
    const latin = Buffer.from('{"title":"Z\u00fcrich"}', 'latin1');
    expect((await read(latin, { encoding: 'windows-1252' })).rows).toEqual([['Zürich']]);
    expect(await problemOf(read(latin))).toMatchObject({
      code: 'DecodeError',
      message: expect.stringContaining('Line 1') as string,
    });
    expect(await problemOf(read(Buffer.from([0xff, 0xfe, 0x7b, 0x00, 0x00, 0xd8])))).toMatchObject({
      code: 'DecodeError',
    });
  });

  test('data-import 4: NUL and half surrogates are marked by U+FFFD, pairs are characters', async () => {
    const { rows } = await read('{"a":"x\\u0000y","b":"\\ud800","c":"\\ud83d\\ude00","d":"raw\0nul"}');
    expect(rows).toEqual([['x\ufffdy', '\ufffd', '😀', 'raw\ufffdnul']]);
  });

  test('data-import 18: a line over the limit is one bad record, memory stays flat', async () => {
    const long = 60 * 2 ** 20;
    const source = {
      open: async function* () {
        yield Buffer.from('{"a":1,"b":1}\n{"a":"');
        for (let sent = 0; sent < long; sent += 2 ** 18) yield Buffer.alloc(2 ** 18, 'x');
        yield Buffer.from('"}\n{"a":2,"b":2}\n');
      },
    };
    const converted = await convertNdjson({ source, filename: 'a', limits: LIMITS });
    const before = process.memoryUsage().rss;
    const seen: { line: number; start: string; bytes: number }[] = [];
    for await (const { line, cells } of converted.records) {
      seen.push({ line, start: cells[0]!.slice(0, 8), bytes: cells.join('').length });
    }
    expect(seen).toEqual([
      { line: 1, start: '1', bytes: 2 },
      { line: 2, start: '{ a : xx', bytes: 65_792 },
      { line: 3, start: '2', bytes: 2 },
    ]);
    expect(process.memoryUsage().rss - before).toBeLessThan(40 * 2 ** 20);
  });

  test('data-import 18: cells that would be over the limit as delimited text are refused as a record', async () => {
    const items = Array.from({ length: 10 }, () => '{"k":1}').join(',');
    const { rows } = await read(`{"a":1}\n{"a":[${items}]}`, { limits: { maxRecordBytes: 95 } });
    expect(rows[0]).toEqual(['1']);
    expect(rows[1]![0]).not.toMatch(/["\n]/);
  });

  test('data-import 18: too many keys, deep nesting, empty files', async () => {
    const wide = `{${Array.from({ length: 257 }, (_, i) => `"k${i}":1`).join(',')}}`;
    expect(await problemOf(read(wide))).toMatchObject({ code: 'FileTooLarge' });
    expect(await problemOf(read('\n \n'))).toMatchObject({ code: 'EmptyFile' });
    expect(await problemOf(read(''))).toMatchObject({ code: 'EmptyFile' });
    expect(await problemOf(read('a,b\n1,2'))).toMatchObject({ code: 'MalformedFile' });
    const deep = (levels: number) => `{"a":${'['.repeat(levels)}1${']'.repeat(levels)}}`;
    const { rows } = await read(`{"a":1}\n${deep(30_000)}\n${deep(63)}`, { pieceBytes: 4096 });
    expect(rows.map(([cell]) => cell!.slice(0, 8))).toEqual(['1', '{ a :[[[', '[[[[[[[[']);
    const far = await read(`{"a":1}\n${deep(100_000)}`, { pieceBytes: 2 ** 16 });
    expect(far.rows).toHaveLength(2);
  });

  test('data-import 20: any table of texts comes back exactly, whatever the pieces', async () => {
    const cell = fc.string({ unit: 'binary', maxLength: 12 }).filter((text) => !/[\0\ufffd]/.test(text));
    const table = fc
      .uniqueArray(
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 5 }).filter((key) => !/[.\0\ufffd]/.test(key)),
        {
          minLength: 1,
          maxLength: 5,
        },
      )
      .chain((keys) =>
        fc.record({
          keys: fc.constant(keys),
          rows: fc.array(fc.array(cell, { minLength: keys.length, maxLength: keys.length }), {
            minLength: 1,
            maxLength: 8,
          }),
        }),
      );
    await fc.assert(
      fc.asyncProperty(table, fc.integer({ min: 1, max: 40 }), async ({ keys, rows }, pieceBytes) => {
        const file = rows
          .map((cells) => `{${cells.map((text, i) => `${JSON.stringify(keys[i])}:${JSON.stringify(text)}`).join(',')}}`)
          .join('\n');
        const got = await read(file, { pieceBytes });
        expect(got.columns).toEqual(keys);
        expect(got.rows).toEqual(rows);
      }),
      { numRuns: 300 },
    );
  });

  test('data-import 8: exactly what JSON.parse makes of a number, where a double can hold it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.double({ noNaN: true, noDefaultInfinity: true }), async (number) => {
        const [[text = ''] = []] = (await read(`{"a":${JSON.stringify(number)}}`)).rows;
        expect(text).not.toMatch(/e/i);
        expect(Number(text)).toBe(number === 0 ? 0 : number);
      }),
      { numRuns: 300 },
    );
  });

  test('data-import 18: mutated files fail with a problem or are read, and never hang', async () => {
    const file = Buffer.from('{"a":{"b":[1,2.5e3,{"c":"\\u00e9 ü"}]},"d":null}\n{"a":"x","d":true}\r\n[]\n');
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(fc.nat(file.length - 1), fc.constantFrom(0, 10, 13, 34, 44, 58, 91, 92, 123, 125, 200, 255)),
          {
            minLength: 1,
            maxLength: 6,
          },
        ),
        fc.nat(file.length),
        async (changes, cut) => {
          const mutated = Buffer.from(file);
          for (const [at, byte] of changes) mutated[at] = byte;
          const result = await withinCpuMs(2000, async () =>
            read(mutated.subarray(0, cut)).catch((error: unknown) => error),
          );
          if (result instanceof Error) expect(result).toBeInstanceOf(FileProblemError);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
