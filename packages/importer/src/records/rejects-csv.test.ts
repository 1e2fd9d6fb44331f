import { rejectsCsvHeader, rejectsCsvRow } from './index';

describe('error report', () => {
  test('data-import 15: original columns, line and code', () => {
    expect(rejectsCsvHeader({ header: ['Datum', 'Be"trag'], columnCount: 2 })).toBe('Datum,"Be""trag",line,code\r\n');
    expect(rejectsCsvHeader({ header: [], columnCount: 2 })).toBe('column 1,column 2,line,code\r\n');
    expect(rejectsCsvRow({ fields: ['30.02.2025', '1,50'], columnCount: 2, line: 9, code: 'InvalidDate' })).toBe(
      '30.02.2025,"1,50",9,InvalidDate\r\n',
    );
  });

  test('data-import 15: short and long records keep every column under its name', () => {
    expect(rejectsCsvRow({ fields: ['a'], columnCount: 3, line: 9, code: 'ColumnCount' })).toBe(
      'a,,,9,ColumnCount\r\n',
    );
    expect(rejectsCsvRow({ fields: ['a', 'b', 'c'], columnCount: 2, line: 9, code: 'ColumnCount' })).toBe(
      'a,b,9,ColumnCount,c\r\n',
    );
  });

  test.each([
    ['=1+1', "'=1+1"],
    ['+cmd', "'+cmd"],
    ['-x', "'-x"],
    ['@sum', "'@sum"],
    ['\ta', "'\ta"],
    ['\ra', '"\'\ra"'],
    [' =1', "' =1"],
    ['＝1+1', "'＝1+1"],
    ['＋cmd', "'＋cmd"],
    ['－x', "'－x"],
    ['＠sum', "'＠sum"],
    ['  -12.50', '"  -12.50"'],
    ['-12.50', '-12.50'],
    ['+3', '+3'],
    ['-1.234', '-1.234'],
    ['-1-2', "'-1-2"],
    ['a=b', 'a=b'],
  ])('data-import 15: %j is written as %j', (value, written) => {
    expect(rejectsCsvRow({ fields: [value], columnCount: 1, line: 2, code: 'X' })).toBe(`${written},2,X\r\n`);
  });
});
