import { upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';

/**
 * Keeps a search attribute in step with where an execution stands, by which people find it. Each change is an event of the
 * history, so that a status is for what people look for, not for every step. What the client has set at the start, or the
 * run before, is known and not set again.
 */
export function statusAttribute<Status extends string>(key: {
  readonly name: string;
  readonly type: 'KEYWORD';
}): (status: Status) => void {
  let shown = workflowInfo().typedSearchAttributes.get(key);
  return (status) => {
    if (status === shown) return;
    shown = status;
    upsertSearchAttributes([{ key, value: status }]);
  };
}
