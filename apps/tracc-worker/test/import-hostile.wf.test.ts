import { execFileSync } from 'node:child_process';
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DEFAULT_IMPORT_LIMITS } from '@backend/importer/activities';
import type { DataImportInput } from '@backend/importer/contract';
import { sha256File } from '@backend/shared/blob';
import { withinCpuMs } from '../../../packages/importer/test/cpu-bound';
import { OFFICE, book, tableBook } from '../../../packages/importer/test/formats/workbook';
import { failureOf } from '../../../test/support/failure-of';
import { USER, createImporting } from './import-fixtures';
import { type TraccRig, addUser, startTraccRig } from './support';

const USUAL = {
  ...DEFAULT_IMPORT_LIMITS,
  maxFileBytes: 400_000,
  maxRows: 500,
  maxConvertedBytes: 200_000,
  maxConvertedRows: 300,
};
const LIMITS = { ...USUAL };
let rig: TraccRig;
const importing = createImporting(() => rig);
/** What happens to the import of an id, once, behind the step of that name. */
const mishaps = new Map<string, () => Promise<void>>();

beforeAll(async () => {
  rig = await startTraccRig({
    deps: { importLimits: LIMITS },
    change: ({ inspectImportFile }) => ({
      inspectImportFile: async (input) => {
        const inspected = await inspectImportFile(input);
        await mishaps.get(input.importId)?.();
        mishaps.delete(input.importId);
        return inspected;
      },
    }),
  });
  await addUser(rig.database, USER);
});
afterEach(async () => rig.verify());
afterAll(async () => rig.stop());

let count = 0;
type Source = DataImportInput['source'];
const run = async (file: Buffer | string | Source, wanted: Partial<DataImportInput> & { filename?: string } = {}) => {
  count += 1;
  return importing.run(file, { importId: `hostile-${count}`, ...wanted });
};
const importBytes = async (filename: string, bytes: Buffer | string, more: Partial<DataImportInput> = {}) =>
  run(bytes, { filename, ...more });
/** A path below the import directory, as its content was when it was registered. */
const importPath = async (ref: string, registered: Pick<Source, 'sha256' | 'bytes'> = NOTHING) =>
  run({ ref, ...registered, filename: 'bank.csv' });
const NOTHING = { sha256: '0'.repeat(64), bytes: 1 };

/** How many rows each table has, without the row of an import that failed before its first batch. */
async function rowsOfTables(): Promise<Record<string, number>> {
  const tables = await rig.database.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema')`,
  );
  const counts = tables.map(({ name }) => {
    const where = name.endsWith('.imports')
      ? ` where (status, validated_batches, loaded_batches) <> ('failed', 0, 0)`
      : '';
    return `select '${name}' as name, count(*)::int as rows from ${name}${where}`;
  });
  const found = await rig.database.query<{ name: string; rows: number }>(counts.join(' union all '));
  return Object.fromEntries(found.map(({ name, rows: howMany }) => [name, howMany]));
}

/** The type with which an import fails; the database must have nothing of it afterwards. */
async function refusal(work: () => Promise<unknown>): Promise<string | undefined> {
  const before = await rowsOfTables();
  const type = await failureOf(work());
  expect(await rowsOfTables()).toEqual(before);
  const left = (await readdir(path.join(rig.directory, 'blobs'))).filter((name) => name.startsWith('.tmp-'));
  expect(left).toEqual([]);
  return type;
}

const HEADER = 'Date,Description,Amount';
const csv = (...lines: string[]) => Buffer.from(`${[HEADER, ...lines].join('\n')}\n`);
const rows = (howMany: number, text = 'row') =>
  Array.from(
    { length: howMany },
    (_, at) => `2026-01-${String(1 + (at % 28)).padStart(2, '0')},${text} ${at},-${at}.50`,
  );
const TABLE = [
  ['Date', 'Description', 'Amount'],
  ['2026-01-01', 'one', '-1.50'],
];
const XML_START = '<?xml version="1.0" encoding="UTF-8"?>';
const CAMT = 'urn:iso:std:iso:20022:tech:xsd:camt.053.001.02';
const BOMB = book({ parts: { 'xl/worksheets/sheet1.xml': new Uint8Array(64 * 2 ** 20).fill(32) } });
const ENTITIES = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>';

describe('files that are refused', () => {
  test.each<[string, string, string, () => Buffer | string]>([
    ['an empty file', 'EmptyFile', 'a.csv', () => ''],
    ['an empty file of a format that is transcribed', 'EmptyFile', 'a.json', () => ''],
    ['a byte more than the limit', 'FileTooLarge', 'a.csv', () => Buffer.alloc(LIMITS.maxFileBytes + 1, `${HEADER}\n`)],
    ['a row more than the limit', 'FileTooLarge', 'a.csv', () => csv(...rows(LIMITS.maxRows + 1))],
    ['too many bytes for a format that is not streamed', 'FileTooLarge', 'a.json', () => `[${' '.repeat(LIMITS.maxConvertedBytes)}]`],
    ['too many rows for a format that is not streamed', 'FileTooLarge', 'a.json', () => JSON.stringify(rows(301).map((date) => ({ date, amount: 1 })))],
    ['a line of 300 kB', 'FileTooLarge', 'a.csv', () => 'x'.repeat(300_000)],
    ['100,000 columns', 'FileTooLarge', 'a.csv', () => ','.repeat(100_000)],
    ['300 keys', 'FileTooLarge', 'a.ndjson', () => JSON.stringify(Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`k${at}`, at])))],
    ['a spreadsheet that unpacks to 64 MiB', 'FileTooLarge', 'a.xlsx', () => BOMB],
    ['the same, called a statement', 'FileTooLarge', 'bank.csv', () => BOMB],
    ['a spreadsheet with 300 columns', 'FileTooLarge', 'a.xlsx', () => tableBook([Array.from({ length: 300 }, () => 'x')])],
    ['a spreadsheet that is cut off', 'MalformedFile', 'a.xlsx', () => tableBook(TABLE).subarray(0, 700)],
    ['a spreadsheet with a DOCTYPE', 'UnsafeXml', 'a.xlsx', () => book({ parts: { 'xl/styles.xml': `${XML_START}${ENTITIES}<styleSheet>&b;</styleSheet>`, 'xl/workbook.xml': `${XML_START}${ENTITIES}<workbook xmlns:r="${OFFICE}"/>` } })],
    ['CAMT with a DOCTYPE', 'UnsafeXml', 'a.xml', () => `${XML_START}${ENTITIES}<Document xmlns="${CAMT}"><BkToCstmrStmt>&b;</BkToCstmrStmt></Document>`],
    ['OFX 2 with a DOCTYPE', 'UnsafeXml', 'a.ofx', () => `${XML_START}<?OFX OFXHEADER="200"?>${ENTITIES}<OFX>&b;</OFX>`],
    ['other XML, which nothing reads', 'UnsupportedFormat', 'a.csv', () => `${XML_START}${ENTITIES}<a>&b;</a>`],
    ['10,000 levels of JSON', 'MalformedFile', 'a.json', () => '['.repeat(10_000)],
    ['a PDF', 'UnsupportedFormat', 'a.csv', () => '%PDF-1.7'],
    ['a byte order mark alone', 'EmptyFile', 'a.csv', () => '\ufeff'],
    ['a byte order mark alone, in UTF-16', 'EmptyFile', 'a.csv', () => Buffer.from('\ufeff', 'utf16le')],
    ['blank lines alone', 'EmptyFile', 'a.csv', () => '\n\r\n \t\n'],
    ['NUL bytes alone', 'EmptyFile', 'a.csv', () => Buffer.alloc(5000)],
    ['half a character in UTF-16', 'DecodeError', 'a.csv', () => Buffer.concat([Buffer.from(`\ufeff${HEADER}\n2026-01-01,`, 'utf16le'), Buffer.from([0x00, 0xd8, 0x61, 0x00])])],
    ['UTF-16 of an odd length', 'DecodeError', 'a.csv', () => Buffer.from(`\ufeff${HEADER}\n2026-01-01,one,1.00`, 'utf16le').subarray(0, -1)],
    ['UTF-8 by its mark that is none', 'DecodeError', 'a.csv', () => Buffer.concat([Buffer.from('\ufeff'), csv('2026-01-01,a'), Buffer.from([0xff])])],
    ['dates of two orders', 'MixedDateFormats', 'a.csv', () => csv('13/01/2026,one,1.00', '01/13/2026,two,1.00')],
    ['decimal signs of two kinds', 'MixedNumberFormats', 'a.csv', () => csv('2026-01-01,one,1.50', '2026-01-01,two,"1,5"')],
  ])('data-import 18: %s is %s', async (_what, code, filename, make) => {
    const file = make();
    expect(await refusal(async () => withinCpuMs(2000, async () => importBytes(filename, file)))).toBe(code);
  }); // prettier-ignore

  test('data-import 2, 18: another file than the one that was registered is ChecksumMismatch', async () => {
    const { ref, bytes } = await rig.blobs.put(csv(...rows(3, 'meant')));
    expect(await refusal(async () => importPath(ref, { sha256: 'f'.repeat(64), bytes }))).toBe('ChecksumMismatch');
  });

  test('data-import 21: a blob that is not there is BlobMissing', async () => {
    const ref = `blob:${'1'.repeat(64)}`;
    expect(await refusal(async () => importPath(ref, { sha256: '1'.repeat(64), bytes: 3 }))).toBe('BlobMissing');
  });

  test.each([['\0'], ['\ud800'], ['a\udc00b.csv']])(
    'data-import 1, 18: a file name that cannot be stored (%j) is InvalidInput',
    async (filename) => {
      expect(await refusal(async () => importBytes(filename, csv(...rows(2))))).toBe('InvalidInput');
    },
  );

  test.each<[string, Partial<DataImportInput>]>([
    ['format', { format: 'cs\0v' as 'csv' }],
    ['role', { profile: { columns: { 'da\0te': 0 } } }],
    ['column', { profile: { columns: { date: 'Da\0te' } } }],
    ['half a column', { profile: { columns: { date: 'Date\ud83d' } } }],
  ])('data-import 1, 18: a %s that cannot be stored is InvalidInput', async (_what, more) => {
    expect(await refusal(async () => importBytes('a.csv', csv(...rows(2)), more))).toBe('InvalidInput');
  });
});

describe('paths', () => {
  const put = async (name: string, content: Buffer) => {
    const file = path.join(rig.directory, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
    return sha256File(file);
  };

  test('data-import 21: a file below the import directory is imported, and a link that stays in it', async () => {
    const registered = await put('bank/may.csv', csv(...rows(3, 'below')));
    expect(await importPath('file:bank/may.csv', registered)).toMatchObject({ status: 'completed', imported: 3 });
    await symlink('bank/may.csv', path.join(rig.directory, 'latest.csv'));
    expect(await importPath('file:latest.csv', registered)).toMatchObject({ status: 'already_imported' });
  });

  test.each([
    ['an absolute path', 'file:/etc/hostname'],
    ['a path upwards', 'file:../../etc/hostname'],
    ['no reference', '/etc/hostname'],
    ['another scheme', 'http://127.0.0.1/a.csv'],
    ['a path with NUL', 'file:may.csv\0.txt'],
    ['a file that is not there', 'file:june.csv'],
    ['the import directory itself', 'file:.'],
  ])('data-import 21: %s is refused', async (_what, ref) => {
    expect(await refusal(async () => importPath(ref))).toBe('InvalidInput');
  });

  test('data-import 21: a link that leaves the import directory is refused, to a file or on the way to it', async () => {
    await symlink('/etc/hostname', path.join(rig.directory, 'leaves.csv'));
    await symlink('/etc', path.join(rig.directory, 'outside'));
    for (const ref of ['file:leaves.csv', 'file:outside/hostname'])
      expect(await refusal(async () => importPath(ref))).toBe('InvalidInput');
  });

  test('data-import 21: a directory, a pipe and a device are no files', async () => {
    await mkdir(path.join(rig.directory, 'folder.csv'));
    // Whoever opens a pipe for reading waits until somebody writes.
    execFileSync('mkfifo', [path.join(rig.directory, 'pipe.csv')]);
    await symlink('/dev/zero', path.join(rig.directory, 'zero.csv'));
    for (const ref of ['file:folder.csv', 'file:pipe.csv', 'file:zero.csv'])
      expect(await refusal(async () => importPath(ref))).toBe('InvalidInput');
  });

  test('data-import 2, 21: a file that is replaced after its inspection is imported as it was inspected', async () => {
    const registered = await put('replaced.csv', csv(...rows(3, 'first')));
    mishaps.set(`hostile-${count + 1}`, async () => void (await put('replaced.csv', csv(...rows(9, 'second')))));
    const result = await importPath('file:replaced.csv', registered);
    expect(result).toMatchObject({ status: 'completed', rows: 3, imported: 3 });
    const stored = await rig.database.query<{ description: string }>(
      `select description from transactions where import_id = $1 order by import_line`,
      [result.importId],
    );
    expect(stored.map(({ description }) => description)).toEqual(['first 0', 'first 1', 'first 2']);
  });

  test('data-import 2, 21: a file that was replaced before its inspection is ChecksumMismatch', async () => {
    const registered = await put('swapped.csv', csv(...rows(3, 'first swapped')));
    await put('swapped.csv', csv(...rows(3, 'other swapped')));
    expect(await refusal(async () => importPath('file:swapped.csv', registered))).toBe('ChecksumMismatch');
  });

  test.each([
    ['emptied', 0],
    ['cut behind its hundredth row', 101],
    ['cut in a row', 101.5],
  ])(
    'data-import 2, 18: a blob that is %s after its inspection is ChecksumMismatch, and no half import',
    async (what, lines) => {
      const bytes = csv(...rows(250, `torn ${what}`));
      const { ref } = await rig.blobs.put(bytes);
      const ends = [...bytes.toString('latin1').matchAll(/\n/g)].map(({ index }) => index + 1);
      const end = lines === 0 ? 0 : ends[Math.floor(lines) - 1]! + (lines % 1 === 0 ? 0 : 5);
      mishaps.set(`hostile-${count + 1}`, async () =>
        writeFile(await rig.blobs.locate({ ref }), bytes.subarray(0, end)),
      );
      expect(await refusal(async () => importBytes('a.csv', bytes))).toBe('ChecksumMismatch');
    },
  );
});

describe('rows that are refused, beside rows that are not', () => {
  test.each<[string, string, () => Buffer]>([
    ['NUL bytes', 'InvalidCharacter', () => csv('2026-01-01,good NUL,-1.00', '2026-01-02,a\0b,-2.00')],
    ['300 columns', 'TooManyColumns', () => csv('2026-01-01,good columns,-1.00', ','.repeat(299))],
    ['a record of 70 KB', 'RecordTooLong', () => csv('2026-01-01,good length,-1.00', `2026-01-02,${'x'.repeat(70_000)},-2.00`)],
    ['a quotation mark that is never closed', 'UnclosedQuote', () => csv('2026-01-01,good quote,-1.00', '2026-01-02,"open,-2.00')],
    ['an amount beyond all money', 'AmountOutOfRange', () => csv('2026-01-01,good amount,-1.00', '2026-01-02,all,99999999999999999999.00')],
  ])('data-import 18, 15: %s are %s', async (_what, code, make) => {
    const result = await importBytes('a.csv', make());
    expect(result).toMatchObject({ status: 'completed_with_errors', rows: 2, imported: 1, errors: 1 });
    expect(result.rowErrors).toMatchObject([{ line: 3, code }]);
    const report = (await rig.blobs.read(result.errorReportRef!)).toString();
    expect(report).toContain(`,3,${code}`);
    expect(report).not.toMatch(/[\0\p{Cs}]/u);
  }); // prettier-ignore

  test.each([
    ['a.json', Buffer.from(JSON.stringify([{ date: '2026-01-01', amount: -1.25, description: 'good JSON' }, { date: '2026-01-02', amount: -2, description: 'half' }]).replace('"half"', '"\\ud800 half"'))],
    ['a.ndjson', Buffer.from('{"date":"2026-01-01","amount":-1.25,"description":"good line"}\n{"date":"2026-01-02","amount":-2,"description":"a\\u0000b"}\n')],
    ['a.xlsx', tableBook([['Date', 'Amount', 'Description'], ['2026-01-01', '-1.25', 'good sheet'], ['2026-01-02', '-2', '_xD800_ half']])],
  ])('data-import 18, 15: lone surrogates and escaped NUL in %s are a row error', async (filename, bytes) => {
    const result = await importBytes(filename, bytes);
    expect(result).toMatchObject({ status: 'completed_with_errors', rows: 2, imported: 1, errors: 1 });
    expect(result.rowErrors).toMatchObject([{ code: 'InvalidCharacter' }]);
  }); // prettier-ignore

  test('data-import 4, 18: surrogates in UTF-8 are bytes of no character: read by the fallback, with a warning', async () => {
    const file = Buffer.concat([
      Buffer.from(`${HEADER}\n2026-01-01,`),
      Buffer.from([0xed, 0xa0, 0x80]),
      Buffer.from(',-1.50\n'),
    ]);
    const result = await importBytes('a.csv', file);
    expect(result).toMatchObject({ imported: 1, warnings: [{ code: 'EncodingFallback' }] });
    const stored = await rig.database.query(
      `select 1 from transactions where description like '%' || chr(65533) || '%'`,
    );
    expect(stored).toEqual([]);
  });

  test('data-import 15, 18: the header may hold what no row may', async () => {
    const file = Buffer.from(`Da\0te,Description,Amount,Bad\0\n2026-01-01,header,-1.50,x\n2026-01-02,header,no,x\n`);
    const result = await importBytes('a.csv', file);
    expect(result).toMatchObject({ rows: 2, imported: 1, errors: 1 });
  });
});

describe('limits that the operator sets', () => {
  afterEach(() => void Object.assign(LIMITS, USUAL));

  test('data-import 18: columns and bytes of a record', async () => {
    const wide = csv('2026-01-01,wide,-1.00', `2026-01-02,${'x'.repeat(70_000)},-2.00`);
    Object.assign(LIMITS, { maxRecordBytes: 80_000 });
    expect(await importBytes('a.csv', wide)).toMatchObject({ status: 'completed', imported: 2, errors: 0 });
    Object.assign(LIMITS, { maxRecordBytes: 1000, maxColumns: 10 });
    const narrow = csv('2026-01-01,narrow,-1.00', `2026-01-02,${'x'.repeat(2000)},-2.00`, ','.repeat(20));
    const result = await importBytes('a.csv', narrow);
    expect(result.rowErrors).toMatchObject([{ code: 'RecordTooLong' }, { code: 'TooManyColumns' }]);
    const long = { date: '2026-01-02', description: 'x'.repeat(2000), amount: '-2.00' };
    const short = { ...long, description: 'short' };
    const formats: [string, Buffer | string, number][] = [
      ['a.xlsx', tableBook([...TABLE, Object.values(long), Object.values(short)]), 3],
      ['a.ndjson', [short, long, short].map((object) => JSON.stringify(object)).join('\n'), 2],
      ['a.json', JSON.stringify([short, long, short]), 2],
    ];
    for (const [filename, file, line] of formats) {
      const { rows: all, errors, rowErrors } = await importBytes(filename, file);
      expect({ filename, all, errors }).toEqual({ filename, all: 3, errors: 1 });
      expect(rowErrors).toMatchObject([{ line, code: 'RecordTooLong' }]);
    }
    expect(await failureOf(importBytes('b.xlsx', tableBook([Array.from({ length: 11 }, () => 'x')])))).toBe(
      'FileTooLarge',
    );
  });

  test('data-import 18: what a spreadsheet unpacks to, and how many times its size', async () => {
    const table = [...TABLE, ...Array.from({ length: 200 }, (_, at) => ['2026-01-02', `row ${at}`, '-2.00'])];
    Object.assign(LIMITS, { maxUnzippedBytes: 10_000 });
    expect(await failureOf(importBytes('a.xlsx', tableBook(table)))).toBe('FileTooLarge');
    Object.assign(LIMITS, { ...USUAL, maxZipRatio: 2 });
    expect(await failureOf(importBytes('b.xlsx', tableBook(table)))).toBe('FileTooLarge');
    Object.assign(LIMITS, USUAL);
    expect(await importBytes('c.xlsx', tableBook(table))).toMatchObject({ status: 'completed', rows: 201 });
  });
});
