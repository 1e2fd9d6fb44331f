import { IMPORT_SEARCH_ATTRIBUTES } from '@backend/importer/contract';
import { summariesOf } from '@backend/shared/testing';
import type { WorkflowHandle } from '@temporalio/client';
import { SEARCH_ATTRIBUTES as TIMELINE } from '../../apps/timeline-worker/src/contract';
import { SEARCH_ATTRIBUTES as TRACC } from '../../apps/tracc-worker/src/contract';

const KEYS = [...Object.values(TRACC), ...Object.values(TIMELINE), ...Object.values(IMPORT_SEARCH_ATTRIBUTES)];

/** What the Temporal UI shows of where an execution is: it asks with this query. */
export async function detailsOf(handle: WorkflowHandle): Promise<string> {
  const metadata = await handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
  return metadata.currentDetails ?? '';
}

/** The search attributes of an execution that are ours, by name. */
export async function attributesOfExecution(handle: WorkflowHandle): Promise<Record<string, string>> {
  const { typedSearchAttributes } = await handle.describe();
  return Object.fromEntries(
    KEYS.flatMap((key) => {
      const value = typedSearchAttributes.get(key);
      return value === undefined ? [] : [[key.name, value]];
    }),
  );
}

/** What it says of the steps of an execution, in order; undefined where a step says nothing. */
export async function summariesOfExecution(handle: WorkflowHandle): Promise<(string | undefined)[]> {
  return summariesOf(await handle.fetchHistory());
}
