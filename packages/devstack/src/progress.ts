/** Where progress goes: one line at a time, without a line end. */
export type Log = (line: string) => void;

const firstLineMs = 2_000;
const nextLinesMs = 5_000;

/** Seconds, whole, that have passed since `startedAtMs`. */
export function secondsSince(startedAtMs: number): number {
  return Math.round((Date.now() - startedAtMs) / 1_000);
}

/**
 * Waits for `work`, and says so whenever it takes long: after two seconds, then every five.
 * `describe` gets the seconds that have passed and returns the line.
 */
export async function withProgress<T>(input: {
  log: Log;
  describe: (seconds: number) => string;
  work: Promise<T>;
}): Promise<T> {
  const startedAtMs = Date.now();
  const say = (): void => input.log(input.describe(secondsSince(startedAtMs)));
  let timer = setTimeout(function again() {
    say();
    timer = setTimeout(again, nextLinesMs);
  }, firstLineMs);
  try {
    return await input.work;
  } finally {
    clearTimeout(timer);
  }
}

/** Waits; keeps the process alive meanwhile. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * Calls `attempt` until it returns something other than undefined; undefined after `timeoutMs`.
 * What `attempt` throws is thrown on: an attempt that may fail returns undefined.
 */
export async function pollUntil<T>(input: {
  attempt: () => Promise<T | undefined>;
  everyMs: number;
  timeoutMs: number;
}): Promise<T | undefined> {
  const deadlineMs = Date.now() + input.timeoutMs;
  for (;;) {
    const value = await input.attempt();
    if (value !== undefined) return value;
    if (Date.now() >= deadlineMs) return undefined;
    await pause(input.everyMs);
  }
}

/** What an error says, whatever was thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
