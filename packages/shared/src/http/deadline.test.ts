import { getEventListeners } from 'node:events';
import { withinDeadline } from './deadline';

const forever = async (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));

test('work under a deadline ends with it, or with the signal', async () => {
  const { signal } = new AbortController();
  await expect(withinDeadline({ timeoutMs: 10, signal }, forever)).rejects.toThrow('timeout');
  const controller = new AbortController();
  const work = withinDeadline({ timeoutMs: 60_000, signal: controller.signal }, forever);
  controller.abort(new Error('cancelled'));
  await expect(work).rejects.toThrow('cancelled');
  await expect(withinDeadline({ timeoutMs: 60_000, signal: controller.signal }, forever)).rejects.toThrow('cancelled');
});

test('work that is done leaves nothing on the signal', async () => {
  const { signal } = new AbortController();
  for (let count = 0; count < 20; count += 1)
    expect(await withinDeadline({ timeoutMs: 60_000, signal }, async () => count)).toBe(count);
  await expect(
    withinDeadline({ timeoutMs: 60_000, signal }, async () => Promise.reject(new Error('no'))),
  ).rejects.toThrow('no');
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});
