import { createLimiter } from './limiter';

test('ai-timeline 22: no more than so many at once, in the order they came, also after failures', async () => {
  const limit = createLimiter(3);
  let [running, most] = [0, 0];
  const order: number[] = [];
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, async (_, index) =>
      limit(async () => {
        order.push(index);
        running += 1;
        most = Math.max(most, running);
        await Promise.resolve();
        running -= 1;
        if (index % 4 === 0) throw new Error('down');
      }),
    ),
  );
  expect(most).toBe(3);
  expect(order).toEqual(Array.from({ length: 20 }, (_, index) => index));
  expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(5);
});

test('ai-timeline 7: who waits for a place leaves as soon as it is cancelled, and its place goes to the next', async () => {
  const limit = createLimiter(1);
  let finish = (): void => undefined;
  const first = limit(async () => new Promise<void>((resolve) => (finish = resolve)));
  const controller = new AbortController();
  const work = jest.fn(async () => undefined);
  const cancelled = limit(work, controller.signal);
  const last = limit(async () => 'done', new AbortController().signal);
  controller.abort(new Error('cancelled'));
  await expect(cancelled).rejects.toThrow('cancelled');
  await expect(limit(work, controller.signal)).rejects.toThrow('cancelled');
  finish();
  await first;
  expect(await last).toBe('done');
  expect(await limit(async () => 'again')).toBe('again');
  expect(work).not.toHaveBeenCalled();
});
