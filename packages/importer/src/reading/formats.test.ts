import { SUPPORTED_FORMATS, resolveFormat } from './index';

const resolve = (format: string, filename: string, head = 'a;b\n') =>
  resolveFormat({ format, filename, head: Buffer.from(head, 'latin1') });

describe('formats', () => {
  test('data-import 1: csv and tsv are taken by name, and auto goes by the file name', () => {
    expect(resolve('csv', 'x')).toEqual({ format: 'csv' });
    expect(resolve('tsv', 'x')).toEqual({ format: 'tsv', delimiter: '\t' });
    expect(resolve('auto', 'x.TSV')).toEqual({ format: 'tsv', delimiter: '\t' });
    for (const filename of ['x.csv', 'x.txt', 'x', 'umsaetze.2025.asc'])
      expect(resolve('auto', filename)).toEqual({ format: 'csv' });
  });

  test.each([
    ['PK\u0003\u0004rest', 'xlsx'],
    ['OFXHEADER:100\nDATA:OFXSGML', 'ofx'],
    ['<?xml version="1.0"?>\n<?OFX OFXHEADER="200"?><OFX>', 'ofx'],
    ['!Type:Bank\nD01/02/2025', 'qif'],
    [
      '\u00ef\u00bb\u00bf<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02">',
      'camt053',
    ],
    [':20:STARTUMSE\n:25:100', 'mt940'],
    ['{"date":"2025-01-01"}', 'ndjson'],
    ['%PDF-1.7', 'pdf'],
  ])(
    'data-import 9: %j is refused as %s, with the names of what is supported, whatever it is called',
    (head, format) => {
      for (const asked of ['auto', 'csv']) {
        expect(resolve(asked, 'x.csv', head)).toEqual({
          problem: {
            code: 'UnsupportedFormat',
            format,
            supported: SUPPORTED_FORMATS,
            message: expect.stringContaining('csv, tsv'),
          },
        });
      }
    },
  );

  test('data-import 9: a format that is named and has no reader is refused', () => {
    expect(resolve('qif', 'x.txt')).toMatchObject({ problem: { code: 'UnsupportedFormat', format: 'qif' } });
    expect(resolve('auto', 'x.sta')).toMatchObject({ problem: { code: 'UnsupportedFormat', format: 'sta' } });
  });
});
