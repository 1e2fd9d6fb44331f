import { readFileSync, readdirSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { WorkflowClient } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { Worker } from '@temporalio/worker';

type History = temporal.api.history.v1.IHistory;

/** The history of one run, and the workflow id it ran under. */
export interface StoredHistory {
  readonly name: string;
  readonly workflowId: string;
  readonly history: History;
}

/** The histories of an execution: all of its runs, when it continued as new. */
export async function fetchRuns(
  client: WorkflowClient,
  { workflowId, runId }: { workflowId: string; runId?: string | undefined },
): Promise<History[]> {
  const runs: History[] = [];
  for (let next = runId; ;) {
    const history = await client.getHandle(workflowId, next).fetchHistory();
    runs.push(history);
    const continued = history.events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
    if (!continued) return runs;
    next = continued;
  }
}

/** Replays a history with a bundle. Rejects with DeterminismViolationError when the code would have acted otherwise. */
export async function replay({
  bundlePath,
  workflowId,
  history,
}: {
  bundlePath: string;
  workflowId: string;
  history: History;
}): Promise<void> {
  await Worker.runReplayHistory(
    { workflowBundle: { codePath: bundlePath }, replayName: workflowId },
    history,
    workflowId,
  );
}

/** Keeps histories as gzipped protobuf (`<name>.history.gz`), with the workflow id in front as one line. */
export async function saveHistories(directory: string, histories: readonly StoredHistory[]): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const { name, workflowId, history } of histories) {
    const bytes = temporal.api.history.v1.History.encode(withoutIdentities(history)).finish();
    const content = Buffer.concat([Buffer.from(`${workflowId}\n`), bytes]);
    await writeFile(path.join(directory, `${name}.history.gz`), gzipSync(content, { level: 9 }));
  }
}

/** Every history that {@link saveHistories} kept in a folder, by name. */
export function loadHistories(directory: string): StoredHistory[] {
  return readdirSync(directory)
    .filter((file) => file.endsWith('.history.gz'))
    .sort()
    .map((file) => {
      const content = gunzipSync(readFileSync(path.join(directory, file)));
      const end = content.indexOf(0x0a);
      return {
        name: file.replace('.history.gz', ''),
        workflowId: content.subarray(0, end).toString('utf8'),
        history: temporal.api.history.v1.History.decode(content.subarray(end + 1)),
      };
    });
}

/** Without the names of the machines that took part (identities, sticky queues), which a replay does not look at. */
function withoutIdentities(history: History): History {
  const events = (history.events ?? []).map((event) => {
    const { workflowTaskScheduledEventAttributes: scheduled } = event;
    const attributes = Object.entries(event).map(([name, value]: [string, unknown]) => [
      name,
      name.endsWith('EventAttributes') && value ? { ...value, identity: '' } : value,
    ]);
    return {
      ...(Object.fromEntries(attributes) as typeof event),
      ...(scheduled?.taskQueue?.normalName
        ? { workflowTaskScheduledEventAttributes: { ...scheduled, taskQueue: { name: 'sticky' } } }
        : {}),
    };
  });
  return { events };
}
