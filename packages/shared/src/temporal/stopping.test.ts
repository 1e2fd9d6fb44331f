import { createLogger } from '../telemetry';
import { closeAll } from './stopping';

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
