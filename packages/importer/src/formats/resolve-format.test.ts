import { type SupportedFormat, resolveFormat } from './resolve-format';

const ALL: readonly SupportedFormat[] = ['csv', 'tsv', 'ndjson', 'json', 'xlsx', 'ofx', 'qif', 'camt053', 'mt940'];
const resolve = (format: string, filename: string, head = 'a;b\n', accepted = ALL) =>
  resolveFormat({ format, filename, head: Buffer.from(head, 'latin1'), accepted });

test('data-import 1: csv and tsv are taken by name, and auto goes by the file name', () => {
  expect(resolve('csv', 'x')).toEqual({ format: 'csv' });
  expect(resolve('tsv', 'x')).toEqual({ format: 'tsv', delimiter: '\t' });
  expect(resolve('auto', 'x.TSV')).toEqual({ format: 'tsv', delimiter: '\t' });
  for (const filename of ['x.csv', 'x.txt', 'x', 'umsaetze.2025.asc'])
    expect(resolve('auto', filename)).toEqual({ format: 'csv' });
});

test.each([
  ['PK\u0003\u0004rest xl/workbook.xml', 'xlsx'],
  ['OFXHEADER:100\nDATA:OFXSGML', 'ofx'],
  ['<?xml version="1.0"?>\n<?OFX OFXHEADER="200"?><OFX>', 'ofx'],
  ['!Type:Bank\nD01/02/2025', 'qif'],
  [
    '\u00ef\u00bb\u00bf<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02">',
    'camt053',
  ],
  [':20:STARTUMSE\n:25:100', 'mt940'],
  ['{"date":"2025-01-01"}\n{"date":"2025-01-02"}\n', 'ndjson'],
  ['[{"date":"2025-01-01"}]', 'json'],
])('data-import 9, 20: %j is %s, whatever it is called and named', (head, format) => {
  for (const asked of ['auto', 'csv', 'tsv'])
    expect(resolve(asked, 'x.csv', head)).toEqual({ format, converted: true });
});

test.each([
  ['auto', 'x.qfx', 'ofx'],
  ['qfx', 'x', 'ofx'],
  ['auto', 'x.sta', 'mt940'],
  ['auto', 'x.jsonl', 'ndjson'],
  ['qif', 'x.txt', 'qif'],
])('data-import 9: %s and %s is read as %s when the bytes do not tell', (asked, filename, format) => {
  expect(resolve(asked, filename, '  ')).toEqual({ format, converted: true });
});

test.each([
  ['auto', 'x.csv', '%PDF-1.7', 'pdf'],
  ['auto', 'x.csv', '\u001f\u008b', 'gzip'],
  ['csv', 'x.csv', 'PK\u0003\u0004', 'zip'],
  ['auto', 'x.xml', '<?xml version="1.0"?><a/>', 'xml'],
  ['auto', 'x.ods', 'a', 'ods'],
  ['hieroglyphs', 'x', 'a', 'hieroglyphs'],
])(
  'data-import 1: format %s of %s beginning %j is refused as %s, with what is supported',
  (asked, filename, head, format) => {
    expect(resolve(asked, filename, head)).toEqual({
      problem: {
        code: 'UnsupportedFormat',
        message: expect.stringMatching(new RegExp(`"${format}".*csv, tsv, ndjson`)),
      },
    });
  },
);

test('data-import 20: a tenant takes its own formats only', () => {
  expect(resolve('auto', 'x.ofx', 'OFXHEADER:100', ['csv', 'json'])).toMatchObject({
    problem: { code: 'UnsupportedFormat', message: expect.stringContaining('supported are csv, json') },
  });
});
