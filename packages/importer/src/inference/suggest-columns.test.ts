import { suggestBankColumns } from './suggest-columns';

const records = (...rows: string[][]) => rows.map((cells, at) => ({ line: at + 3, cells }));

test('data-import 5: columns without a known name are suggested by their values', () => {
  expect(
    suggestBankColumns(
      records(
        ['Charged on', 'Shop', 'City', 'Sum'],
        ['13.03.2026', 'Bookshop at the corner', 'Berlin', '24,90'],
        ['14.03.2026', 'Cinema', 'Berlin', '1.310,45'],
      ),
    ),
  ).toEqual({ headerLine: 3, columns: { date: 'Charged on', amount: 'Sum', description: 'Shop' } });
});

test('data-import 5: without a header columns are suggested by their index from 0', () => {
  expect(
    suggestBankColumns(records(['2026-03-02', '4711', 'Bakery', '-4.80'], ['2026-03-03', '4711', 'Rent', '-890'])),
  ).toEqual({ headerLine: 0, columns: { date: 0, amount: 3, description: 2 } });
});

test('data-import 5: of two columns each row fills one: debit and credit, whatever balance stands behind them', () => {
  const rows = records(
    ['02/03/2026', 'a shop', '1250.00', '', '48750.00'],
    ['15/03/2026', 'wages', '', '65000.00', '113750.00'],
  );
  expect(suggestBankColumns(rows)?.columns).toEqual({ date: 0, debit: 2, credit: 3, description: 1 });
});

test('data-import 5: keys and the letters of a sheet are the names of columns without a header', () => {
  const rows = records(['2026-03-02', '-4.80'], ['2026-03-03', '-89']);
  expect(suggestBankColumns(rows, ['when', 'how much'])?.columns).toEqual({ date: 'when', amount: 'how much' });
});

test('data-import 5: a name that nobody can type is no name, and what is no table suggests nothing', () => {
  const rows = records(['\u001b[31mday', 'sum'], ['2026-03-02', '-4.80'], ['2026-03-03', '-89.00']);
  expect(suggestBankColumns(rows)).toEqual({ headerLine: 3, columns: { date: 0, amount: 1 } });
  expect(suggestBankColumns(records(['a', 'b'], ['c', 'd']))).toBeUndefined();
  expect(suggestBankColumns(records(['2026-03-02', 'b'], ['2026-03-03', 'd']))).toBeUndefined();
  expect(suggestBankColumns([])).toBeUndefined();
});
