import { createProgressBar } from '.';

let written: string;
beforeEach(() => {
  written = '';
  jest.useFakeTimers({ now: 0 });
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => ((written += String(text)), true));
});
afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

test('platform: in a log progress is a line every five seconds, with rate and time left', () => {
  const bar = createProgressBar({ label: 'bank.csv', unit: 'rows' });
  for (let second = 0; second <= 10; second += 1) {
    jest.setSystemTime(second * 1000);
    bar.update(second * 4000, 120_000, 'importing');
  }
  bar.stop();
  expect(written).toBe(
    'bank.csv: 20,000 of 120,000 rows (importing), 4,000 rows/s, 25 s left\n' +
      'bank.csv: 40,000 of 120,000 rows (importing), 4,000 rows/s, 20 s left\n',
  );
});

test('platform: a new phase is measured by itself, in its own unit', () => {
  const bar = createProgressBar({ label: 'bank.csv', unit: 'rows' });
  bar.update(1, 60, 'reading', 'MB');
  jest.setSystemTime(10_000);
  bar.update(51, 60, 'reading', 'MB');
  jest.setSystemTime(20_000);
  bar.update(0, 900_000, 'importing');
  jest.setSystemTime(30_000);
  bar.update(2500, 900_000, 'importing');
  expect(written.split('\n').slice(0, 3)).toEqual([
    'bank.csv: 51 of 60 MB (reading), 5 MB/s, 2 s left',
    'bank.csv: 0 of 900,000 rows (importing)',
    'bank.csv: 2,500 of 900,000 rows (importing), 250 rows/s, 59 min 50 s left',
  ]);
});
