/** Lets at most `max` pieces of work run at once; the others wait in order. */
export type Limiter = <T>(work: () => Promise<T>) => Promise<T>;

export function createLimiter(max: number): Limiter {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= max) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      // A place is handed over, so that none who comes later can take it first.
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
