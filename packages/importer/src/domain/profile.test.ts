import { profileProblem } from './profile';

test.each([
  {},
  { encoding: 'latin1', delimiter: '\t', headerLine: 0, skipTop: 2, skipBottom: 1 },
  { columns: { date: 'Booked', amount: 3 }, dateFormat: 'DD.MM.YYYY', decimal: ',', currency: 'EUR', invertSign: true },
  { dateFormat: undefined },
])('data-import 1: %j is a profile', (profile) => {
  expect(profileProblem(profile)).toBeUndefined();
});

test.each([
  ['encoding', 'klingon'],
  ['encoding', 5],
  ['delimiter', 'x'],
  ['headerLine', -1],
  ['headerLine', 1.5],
  ['skipTop', '2'],
  ['skipBottom', null],
  ['columns', ['date']],
  ['columns', { date: -1 }],
  ['columns', { date: { name: 'x' } }],
  ['columns', { date: 4096 }],
  ['dateFormat', 5],
  ['dateFormat', 'DD.MM'],
  ['decimal', 'x'],
  ['currency', 'eur'],
  ['currency', 'EURO'],
  ['invertSign', 'yes'],
])('data-import 1: %s cannot be %j, and the sentence names it', (field, value) => {
  expect(profileProblem({ [field]: value })).toMatch(new RegExp(`^profile\\.${field} should be .*\\.$`));
});

test.each([{ datefromat: 'DMY' }, { constructor: 1 }, JSON.parse('{"__proto__":1}')])(
  'data-import 1: an unknown field is refused: %j',
  (profile) => {
    expect(profileProblem(profile)).toContain('is not known; a profile has encoding, ');
  },
);

test.each([[null], ['DMY'], [[]], [5]])('data-import 1: %j is no profile', (profile) => {
  expect(profileProblem(profile, '--profile')).toMatch(/^--profile should be an object/);
});
