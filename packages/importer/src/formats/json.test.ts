import fc from 'fast-check';
import { withinCpuMs } from '../../test/cpu-bound';
import { problemOf, readTable } from '../../test/formats/read-table';
import { convertJson } from './json';
import { type ConvertLimits, FileProblemError } from './types';

const read = async (file: string | Buffer, limits: Partial<ConvertLimits> = {}) =>
  readTable(convertJson, file, { limits, pieceBytes: 4096 });

describe('JSON', () => {
  test('data-import 1: an array of objects, printed over many lines', async () => {
    const file = `[
  { "date": "1817", "title": "Ahmedabad ceded", "people": ["A", "B"] },
  { "date": "1818-01-01", "source": { "title": "Gazetteer", "url": null } }
]
`;
    expect(await read(file)).toEqual({
      columns: ['date', 'title', 'people', 'source.title', 'source.url'],
      rows: [
        ['1817', 'Ahmedabad ceded', 'A; B', '', ''],
        ['1818-01-01', '', '', 'Gazetteer', ''],
      ],
      lines: [1, 2],
      warnings: [],
    });
  });

  test('data-import 1: an API answer: the largest array of objects in the object, which the warning names', async () => {
    const file =
      '{"meta":{"pages":[{"n":1}],"total":2},"tags":["a","b","c"],' +
      '"data":{"transactions":[{"amount":-1.10},{"amount":1e2}]},"none":[]}';
    expect(await read(file)).toEqual({
      columns: ['amount'],
      rows: [['-1.10'], ['100']],
      lines: [1, 2],
      warnings: [{ code: 'TableChosen', message: expect.stringContaining('"data.transactions"') as string }],
    });
  });

  test('data-import 1: keys that only later items have are columns too; UTF-16 with a byte order mark', async () => {
    const items = [...Array.from({ length: 1500 }, () => ({ a: '1' })), { late: 'ü' }];
    const { columns, rows } = await read(Buffer.from(`\ufeff${JSON.stringify(items)}`, 'utf16le'));
    expect(columns).toEqual(['a', 'late']);
    expect(rows.at(-1)).toEqual(['', 'ü']);
    expect((await read(`\ufeff[{"a":"ü"}]`)).rows).toEqual([['ü']]);
  });

  test('data-import 15: an item that is no object, or over the limit, becomes a record with its text', async () => {
    const { rows, lines } = await read(`[{"a":1,"b":2}, 17, ["x"], null, {"a":"${'y'.repeat(500)}"}]`, {
      maxRecordBytes: 100,
    });
    expect(rows.slice(0, 4)).toEqual([
      ['1', '2'],
      ['17', ''],
      ['[ x ]', ''],
      ['null', ''],
    ]);
    expect(rows[4]).toEqual([`{ a : ${'y'.repeat(350)}`, '']);
    expect(lines).toEqual([1, 2, 3, 4, 5]);
  });

  test.each([
    ['{"date":"1817"}', 'MalformedFile', 'array of objects'],
    ['[1,2]', 'MalformedFile', 'array of objects'],
    ['"text"', 'MalformedFile', 'array of objects'],
    ['[{"a":1},\n{"a":}]', 'MalformedFile', 'line 2, column 6'],
    ['[{"a":1}] [', 'MalformedFile', 'behind the end'],
    ['[{"a":1}', 'MalformedFile', 'line 1'],
    ["[{'a':1}]", 'MalformedFile', 'quotation marks'],
    ['[{"a":NaN}]', 'MalformedFile', 'no value'],
    ['[]', 'EmptyFile', 'empty'],
    ['', 'EmptyFile', 'no text'],
    [' \n', 'EmptyFile', 'no text'],
    ['['.repeat(100_000), 'MalformedFile', '64 levels'],
    ['{"a":'.repeat(100_000), 'MalformedFile', '64 levels'],
    [`[{"a":${'['.repeat(63)}1${']'.repeat(63)}}]`, 'MalformedFile', '64 levels'],
    [Buffer.from('[{"a":"\u00fc"}]', 'latin1'), 'DecodeError', 'utf-8'],
  ])('data-import 18: %.30s is refused', async (file, code, words) => {
    expect(await problemOf(read(file))).toMatchObject({ code, message: expect.stringContaining(words) as string });
  });

  test('data-import 18: limits of bytes, rows and columns; nesting up to 64 levels', async () => {
    expect(await problemOf(read('[{"a":1}]', { maxBytes: 8 }))).toMatchObject({ code: 'FileTooLarge' });
    expect(await problemOf(read('[{},{},{}]', { maxRows: 2 }))).toMatchObject({ code: 'FileTooLarge' });
    const wide = JSON.stringify([Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`k${i}`, i]))]);
    expect(await problemOf(read(wide))).toMatchObject({ code: 'FileTooLarge' });
    expect((await read(`[{"a":${'['.repeat(62)}1${']'.repeat(62)}}]`)).rows).toHaveLength(1);
  });

  test('data-import 18: an item of many megabytes is one bad record, and no tree of it is built', async () => {
    const before = process.memoryUsage().rss;
    const { columns, rows } = await read(`[{"a":1},{"b":[${'1,'.repeat(4 * 2 ** 20)}1]},{"a":2}]`);
    expect(columns).toEqual(['a']);
    expect(rows.map(([cell]) => cell!.slice(0, 12))).toEqual(['1', '{ b :[1,1,1,', '2']);
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * 2 ** 20);
  });

  test('data-import 20: any array of flat objects comes back exactly', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 10 }).filter((value) => !/[\0\ufffd]/.test(value));
    const value = fc.oneof(text, fc.boolean(), fc.integer(), fc.constant(null));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ a: value, b: value, 'c d': value }), { minLength: 1, maxLength: 10 }),
        fc.constantFrom(undefined, 2),
        async (objects, indent) => {
          const { rows } = await read(JSON.stringify(objects, null, indent));
          expect(rows).toEqual(objects.map((object) => Object.values(object).map((one) => String(one ?? ''))));
        },
      ),
      { numRuns: 300 },
    );
  });

  test('data-import 18: mutated files fail with a problem or are read, and never hang', async () => {
    const file = Buffer.from('{"x":[{"a":{"b":[1,2.5e3,{"c":"\\u00e9 ü"}]},"d":null},{"a":"x"},[]],"y":[{"q":1}]}');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(file.length - 1), fc.constantFrom(0, 10, 34, 44, 48, 58, 91, 92, 93, 123, 125, 200)), {
          minLength: 1,
          maxLength: 4,
        }),
        fc.integer({ min: 0, max: 200 }),
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

  test('data-import 18: what is accepted is what JSON.parse accepts', async () => {
    const file = '[{"a":[-0.5e+1,"\\n\\u00e9"],"b":{"c":true}}]';
    await fc.assert(
      fc.asyncProperty(
        fc.nat(file.length - 1),
        fc.constantFrom(...Array.from('{}[]",:\\0159-+.eEtfnu/ \n\t')),
        fc.boolean(),
        async (at, character, isInserted) => {
          const mutated = file.slice(0, at) + character + file.slice(isInserted ? at : at + 1);
          let isJson = true;
          try {
            JSON.parse(mutated);
          } catch {
            isJson = false;
          }
          const { code, message } = await problemOf(read(mutated));
          expect({ mutated, isRead: code !== 'MalformedFile' || /no array of objects/.test(message) }).toEqual({
            mutated,
            isRead: isJson,
          });
        },
      ),
      { numRuns: 1000 },
    );
  });
});
