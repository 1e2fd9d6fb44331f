import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import type { KeywordAttribute } from './start-options';

/** Which executions are looked for: those of a type that have all of the attributes. */
export interface ExecutionFilter {
  readonly workflowType: string;
  /** Only those that have not ended. */
  readonly open?: boolean | undefined;
  readonly attributes: readonly KeywordAttribute[];
}

/** A text without quotes, backslashes and control characters stands in a query as it is. */
const PLAIN = /^[^'"\\\p{Cc}]*$/u;

/**
 * The query for the server's list of executions. The server reads escapes in one way and compares in another, so a value that
 * would need one is left out: what the query finds is more than what is looked for, and never something that a value has made of it.
 */
export function visibilityQuery({ workflowType, open, attributes }: ExecutionFilter): string {
  const wanted = [
    ['WorkflowType', workflowType],
    ...(open ? [['ExecutionStatus', 'Running']] : []),
    ...attributes.map(({ key, value }) => [key.name, value]),
  ] as const;
  return wanted
    .filter(([, value]) => PLAIN.test(value))
    .map(([name, value]) => `${name} = '${value}'`)
    .join(' AND ');
}

/** The executions that a filter is for, the newest first, at most `limit`. */
export async function findExecutions(
  client: Client,
  filter: ExecutionFilter,
  { limit }: { readonly limit: number },
): Promise<readonly WorkflowExecutionInfo[]> {
  const found: WorkflowExecutionInfo[] = [];
  for await (const execution of client.workflow.list({ query: visibilityQuery(filter) })) {
    if (!filter.attributes.every(({ key, value }) => execution.typedSearchAttributes.get(key) === value)) continue;
    found.push(execution);
    if (found.length === limit) break;
  }
  return found;
}
