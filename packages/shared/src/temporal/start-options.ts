import { createHash } from 'node:crypto';
import type { WorkflowStartOptions } from '@temporalio/client';

/** A search attribute of type Keyword, with its value. */
export interface KeywordAttribute {
  readonly key: { readonly name: string; readonly type: 'KEYWORD' };
  readonly value: string;
}

/** The server takes no longer keys. */
const LONGEST_KEY_BYTES = 64;

/**
 * What every execution for a user is started with: whom it is for, among its search attributes, and whose turn it is when tasks
 * queue up. With fairness on, the server takes the tasks of all keys in turn, so that one user's thousand imports do not make
 * another user's single one wait. Activities and child workflows inherit the key.
 */
export function startedFor(
  user: KeywordAttribute,
  more: readonly KeywordAttribute[] = [],
): Required<Pick<WorkflowStartOptions, 'typedSearchAttributes' | 'priority'>> {
  return { typedSearchAttributes: [user, ...more], priority: { fairnessKey: fairnessKey(user.value) } };
}

function fairnessKey(userId: string): string {
  return Buffer.byteLength(userId) <= LONGEST_KEY_BYTES ? userId : createHash('sha256').update(userId).digest('hex');
}
