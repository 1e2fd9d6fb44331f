import { UsageError } from '@backend/shared/cli';
import type { ImportProfile } from '../contract';
import { profileProblem } from '../domain';

/** The profile of a command line: a JSON object. Throws UsageError. */
export function parseProfile(text: string | undefined, example: string): ImportProfile {
  if (text === undefined) throw new UsageError(`--profile is missing: a JSON object such as ${example}`);
  try {
    const profile: unknown = JSON.parse(text);
    if (typeof profile === 'object' && profile !== null && !Array.isArray(profile)) {
      const problem = profileProblem(profile, '--profile');
      if (problem === undefined) return profile;
      throw new UsageError(problem);
    }
  } catch (error) {
    // What is no JSON at all gets the sentence below.
    if (error instanceof UsageError) throw error;
  }
  throw new UsageError(`--profile should be a JSON object such as ${example}, not ${text}`);
}
