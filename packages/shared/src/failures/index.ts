import { ApplicationFailure } from '@temporalio/common';

/** Failure types that any workflow of either tenant can end with. All are non-retryable. */
export const SHARED_FAILURES = {
  /** An argument does not have the shape or range that the contract states. */
  InvalidInput: 'InvalidInput',
  /** A client command repeats an idempotency key with another payload. */
  IdempotencyConflict: 'IdempotencyConflict',
  /** A blob reference names nothing, or its content does not match its hash. */
  BlobMissing: 'BlobMissing',
} as const;

/**
 * A failure that the caller must mend: never retried. The message is one sentence that names the field, its
 * problem and what would be right; details hold no secrets and no full rows.
 */
export function userFailure(type: string, message: string, ...details: unknown[]): ApplicationFailure {
  return ApplicationFailure.create({ type, message, nonRetryable: true, details });
}

/** A failure that time may mend; `nextRetryDelayMs` (of a Retry-After header) replaces the policy's next delay. */
export function transientFailure(type: string, message: string, nextRetryDelayMs?: number): ApplicationFailure {
  return ApplicationFailure.create({
    type,
    message,
    nonRetryable: false,
    ...(nextRetryDelayMs === undefined ? {} : { nextRetryDelay: nextRetryDelayMs }),
  });
}

/** The `type` of the ApplicationFailure at the root of an error's causes, if there is one. */
export function failureType(error: unknown): string | undefined {
  const failure = rootFailure(error);
  return failure?.type ?? undefined;
}

/** The ApplicationFailure at the root of an error's causes (activity failure → application failure), if there is one. */
export function rootFailure(error: unknown): ApplicationFailure | undefined {
  let found: ApplicationFailure | undefined;
  for (let current = error; current instanceof Error; current = current.cause) {
    if (current instanceof ApplicationFailure) found = current;
  }
  return found;
}
