import { createLogger } from '../telemetry';
import { closeAll, listenForStop } from './stopping';

const log = createLogger({ name: 'test', level: 'silent' });

test('platform: what was opened last is closed first, and what cannot be closed keeps nobody from closing the rest', async () => {
  const closed: string[] = [];
  const lines: unknown[] = [];
  const warn = jest.spyOn(log, 'warn').mockImplementation((...line: unknown[]) => void lines.push(line));
  await closeAll(
    [
      async () => void closed.push('first'),
      async () => Promise.reject(new Error('gone')),
      () => {
        throw new Error('thrown at once');
      },
      async () => void closed.push('last'),
    ],
    log,
  );
  warn.mockRestore();
  expect(closed).toEqual(['last', 'first']);
  expect(lines).toHaveLength(2);
});

test('platform: what never ends closing is given up after 2 s', async () => {
  const closed: string[] = [];
  const from = performance.now();
  await closeAll([async () => void closed.push('first'), async () => new Promise<never>(() => undefined)], log);
  expect(closed).toEqual(['first']);
  expect(performance.now() - from).toBeGreaterThan(1990);
});

test('platform: closing everything takes 10 s at most, whatever hangs', async () => {
  const from = performance.now();
  await closeAll(
    Array.from({ length: 8 }, () => async () => new Promise<never>(() => undefined)),
    log,
  );
  expect(performance.now() - from).toBeLessThan(12_000);
}, 30_000);

test('platform: a signal that npm repeats within a second is one signal, a later one ends the process', () => {
  jest.useFakeTimers();
  const ended: unknown[] = [];
  const exit = jest.spyOn(process, 'exit').mockImplementation((code) => ended.push(code) as never);
  const stop = listenForStop(log);
  try {
    process.emit('SIGINT', 'SIGINT');
    expect(stop.signal.aborted).toBe(true);
    jest.advanceTimersByTime(900);
    process.emit('SIGTERM', 'SIGTERM');
    expect(ended).toEqual([]);
    jest.advanceTimersByTime(200);
    process.emit('SIGINT', 'SIGINT');
    expect(ended).toEqual([130]);
  } finally {
    stop.close();
    exit.mockRestore();
    jest.useRealTimers();
  }
});
