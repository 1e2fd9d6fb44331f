import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { WorkflowClient } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { type ReplayWorkerOptions, Worker } from '@temporalio/worker';

export type History = temporal.api.history.v1.IHistory;
type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

/** The history of one run, and the workflow id it ran under. */
export interface Run {
  readonly workflowId: string;
  readonly history: History;
}

export interface StoredHistory extends Run {
  readonly name: string;
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

/** The workflow type of a run. */
export function typeOf(history: History): string {
  return history.events?.[0]?.workflowExecutionStartedEventAttributes?.workflowType?.name ?? 'unknown';
}

/** The name of what an event tells, such as `activityTaskScheduled`, and its attributes. */
export function attributesOf(event: HistoryEvent): readonly [kind: string, attributes: Record<string, unknown>] {
  for (const [name, value] of Object.entries(event) as [string, unknown][]) {
    if (name.endsWith('EventAttributes') && value)
      return [name.replace('EventAttributes', ''), value as Record<string, unknown>];
  }
  return ['unknown', {}];
}

/**
 * Replays histories one after another with one worker, and tells of each how it went: `error` is there when the code would have
 * acted otherwise (DeterminismViolationError) or has thrown; `cpuMs` is what the whole process has spent meanwhile. The next
 * history is asked for when the one before has been told of.
 */
export async function* replayAll<T extends Run>(
  histories: Iterable<T> | AsyncIterable<T>,
  { bundlePath, ...options }: { bundlePath: string } & Pick<ReplayWorkerOptions, 'sinks' | 'dataConverter'>,
): AsyncGenerator<{ replayed: T; error: Error | undefined; cpuMs: number }> {
  const given: T[] = [];
  async function* handOut() {
    for await (const each of histories) {
      given.push(each);
      yield each;
    }
  }
  let before = process.cpuUsage();
  const results = Worker.runReplayHistories(
    { workflowBundle: { codePath: bundlePath }, replayName: path.basename(bundlePath), ...options },
    handOut(),
  );
  for await (const { error } of results) {
    const { user, system } = process.cpuUsage(before);
    yield { replayed: given.shift()!, error, cpuMs: (user + system) / 1000 };
    before = process.cpuUsage();
  }
}

/** Keeps histories as gzipped protobuf (`<name>.history.gz`), with the workflow id in front as one line. */
export async function saveHistories(directory: string, histories: readonly StoredHistory[]): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const stored of histories)
    await writeFile(path.join(directory, `${stored.name}.history.gz`), encodeHistory(stored));
}

function encodeHistory({ workflowId, history }: Run): Buffer {
  const bytes = temporal.api.history.v1.History.encode(withoutPlaces(history)).finish();
  return gzipSync(Buffer.concat([Buffer.from(`${workflowId}\n`), bytes]), { level: 9 });
}

/**
 * Every history that {@link saveHistories} kept in a folder or in the folders below it, by its path without the suffix; none when
 * there is no such folder.
 */
export function loadHistories(directory: string): StoredHistory[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
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

/** What names the machines, processes and builds that took part, or is random: nothing of it matters to a replay. */
const OF_PLACES = new Set(['identity', 'requestId', 'stackTrace', 'workerVersion', 'taskId']);

function withoutPlaces(history: History): History {
  const events = (history.events ?? []).map((event) => {
    const kept = scrub(event) as HistoryEvent;
    const { workflowTaskScheduledEventAttributes: scheduled } = kept;
    if (scheduled?.taskQueue?.normalName) scheduled.taskQueue = { name: 'sticky' };
    return kept;
  });
  return { events };
}

/** A copy without them; payloads and numbers are left as they are. */
function scrub(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(scrub);
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || 'low' in value) return value;
  const entries = Object.entries(value).filter(([name, each]) => !OF_PLACES.has(name) && each !== null);
  return Object.fromEntries(entries.map(([name, each]) => [name, scrub(each)]));
}
