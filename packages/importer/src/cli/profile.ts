import { UsageError } from '@backend/shared/cli';
import type { ImportProfile } from '../contract';

/** The profile of a command line: a JSON object. Throws UsageError. */
export function parseProfile(text: string | undefined, example: string): ImportProfile {
  if (text === undefined) throw new UsageError(`--profile is missing: a JSON object such as ${example}`);
  try {
    const profile: unknown = JSON.parse(text);
    if (typeof profile === 'object' && profile !== null && !Array.isArray(profile)) return profile;
  } catch {
    // The sentence below says what is wrong.
  }
  throw new UsageError(`--profile should be a JSON object such as ${example}, not ${text}`);
}
