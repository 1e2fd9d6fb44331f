import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { BANK_CONVERTERS, type BankFormat, sniffBank } from './bank';

const FOLDER = join(__dirname, '../../test/formats');

describe('bank formats', () => {
  const formats = Object.keys(BANK_CONVERTERS) as BankFormat[];
  const files = formats.flatMap((format) => readdirSync(join(FOLDER, format)).map((name) => [format, name] as const));

  test.each(files.filter(([, name]) => name !== 'classic-mac.qif'))(
    'data-import 9: %s/%s is known by its content, whatever it is called',
    (format, name) => {
      const bytes = readFileSync(join(FOLDER, format, name));
      expect(sniffBank(bytes, 'download.txt')).toBe(format);
      expect(sniffBank(Buffer.concat([Buffer.from('\ufeff'), bytes]), 'x.csv')).toBe(format);
    },
  );

  test.each([
    ['a.OFX', 'ofx'],
    ['a.qfx', 'ofx'],
    ['a.qif', 'qif'],
    ['a.sta', 'mt940'],
    ['a.940', 'mt940'],
    ['a.mt940', 'mt940'],
    ['a.xml', 'camt053'],
    ['a.csv', undefined],
    ['xml', undefined],
  ])('data-import 9: without a sign in the content the name %s says %s', (filename, format) => {
    expect(sniffBank(Buffer.from('Date;Amount\n'), filename)).toBe(format);
  });

  test('data-import 9: other formats are none of these, whatever they are called', () => {
    for (const start of ['PK\u0003\u0004', '%PDF-1.7', '{"a":1}', '[{"a":1}]']) {
      expect(sniffBank(Buffer.from(start, 'latin1'), 'a.qif')).toBeUndefined();
    }
    expect(sniffBank(Buffer.alloc(0), 'a')).toBeUndefined();
  });

  test('data-import 4: UTF-16 is looked through', () => {
    expect(sniffBank(Buffer.from('\ufeff<?xml version="1.0"?><OFX>', 'utf16le'), 'a')).toBe('ofx');
    expect(sniffBank(Buffer.from('\ufeff!Type:Bank\n', 'utf16le').swap16(), 'a')).toBe('qif');
  });
});
