import { InvalidArgumentError, Option } from 'commander';
import { waitUntil } from '../temporal';

const LONGEST_WAIT_S = 3600;

/** `--wait <seconds>`: for a set-up that is started beside the server that it sets up. */
export function waitOption(server: string): Option {
  return new Option('--wait <seconds>', `how long to wait for ${server} when it does not answer`)
    .default(0)
    .argParser(seconds);
}

/**
 * Resolves once `ask` does; rejects with its error when it still fails after so many seconds. Says on standard error, once, what it
 * waits for; `describe` makes a sentence of an error.
 */
export async function waitForServer(
  ask: (boundMs: number) => Promise<unknown>,
  { waitS, describe }: { waitS: number; describe: (error: unknown) => string | undefined },
): Promise<void> {
  if (waitS === 0) return;
  let told = false;
  await waitUntil(ask, {
    deadlineMs: waitS * 1000,
    onWait(error) {
      if (!told) process.stderr.write(`waiting. ${describe(error) ?? String(error)}\n`);
      told = true;
    },
  });
}

function seconds(text: string): number {
  const value = Number(text);
  if (!/^\d{1,4}$/.test(text) || value > LONGEST_WAIT_S)
    throw new InvalidArgumentError(`It should be a whole number from 0 to ${LONGEST_WAIT_S}.`);
  return value;
}
