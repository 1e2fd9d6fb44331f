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
