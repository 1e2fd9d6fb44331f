import { failureType } from '@backend/shared/failures';

/** The type of the failure with which work ends. Throws when it does not fail. */
export async function failureOf(work: Promise<unknown>): Promise<string | undefined> {
  let result: unknown;
  try {
    result = await work;
  } catch (error) {
    return failureType(error);
  }
  throw new Error(`no failure: ${JSON.stringify(result)}`);
}
