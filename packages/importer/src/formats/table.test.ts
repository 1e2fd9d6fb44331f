import { strToU8, zipSync } from 'fflate';
import { TABLE_CONVERTERS, sniffTable } from './table';

describe('sniffTable', () => {
  const zip = (name: string) => Buffer.from(zipSync({ [name]: strToU8('x') }));

  test.each([
    ['[Content_Types].xml', 'upload', 'xlsx'],
    ['xl/workbook.xml', 'upload.bin', 'xlsx'],
    ['statement.csv', 'statement.zip', undefined],
    ['statement.csv', 'statement.xlsx', 'xlsx'],
  ])('data-import 1: a ZIP archive with %s called %s is %s', (entry, filename, format) => {
    expect(sniffTable(zip(entry), filename)).toBe(format);
  });

  test.each([
    ['{"a":1}\n{"a":2}\n', 'x.json', 'ndjson'],
    ['{"a":1}\r\n\r\n{"a":', 'x', 'ndjson'],
    ['{"a":1}\nbroken', 'x', 'ndjson'],
    ['{"a":1}', 'x.json', 'json'],
    ['{"a":1}', 'x', 'ndjson'],
    ['{"a":1}\n', 'x.jsonl', 'ndjson'],
    ['{"rows":[{"a":1}]}\n', 'x', 'json'],
    ['{"rows":[{"a":1}]}\n', 'x.ndjson', 'ndjson'],
    ['{\n  "rows": [\n', 'x.txt', 'json'],
    [`{"a":"${'x'.repeat(5000)}`, 'x.ndjson', 'ndjson'],
    [`{"a":"${'x'.repeat(5000)}`, 'x', 'json'],
    ['[\n {"a":1}', 'x', 'json'],
    ['[]', 'x', 'json'],
    ['\ufeff [{', 'x.csv', 'json'],
    ['[Export 2024]\nDate;Amount', 'x.csv', undefined],
    ['{1:F01BANKDEFF}', 'x.sta', undefined],
    ['Date,Amount\n', 'x.csv', undefined],
    ['Date,Amount\n', 'x.json', 'json'],
    ['', 'x.XLSX', 'xlsx'],
    ['', 'x.xlsm', 'xlsx'],
    ['', 'x', undefined],
    ['{"a":1}\n{"a":2}', '', 'ndjson'],
    ['{\n"a":[{}]}', '', 'json'],
    ['{"a":[{}]}', '', undefined],
    ['{"a":1,}\n{"a":2}', '', undefined],
    ['{"a":1,}\n{"a":2}', 'x.jsonl', 'ndjson'],
    ['{"a":1,}\n{"a":2}', 'x', 'json'],
  ])('data-import 1: %j called %s is %s', (text, filename, format) => {
    expect(sniffTable(Buffer.from(text), filename)).toBe(format);
  });

  test('data-import 1: an OLE container goes to the converter that can say what it is; UTF-16 is looked into', () => {
    expect(sniffTable(Buffer.from('d0cf11e0a1b11ae1', 'hex'), 'old.xls')).toBe('xlsx');
    const text = '\ufeff[{"a":1}]';
    expect(sniffTable(Buffer.from(text, 'utf16le'), 'x')).toBe('json');
    expect(sniffTable(Buffer.from(text, 'utf16le').swap16(), 'x')).toBe('json');
  });

  test('data-import 1: every format has a converter', () => {
    expect(Object.keys(TABLE_CONVERTERS)).toEqual(['xlsx', 'ndjson', 'json']);
  });
});
