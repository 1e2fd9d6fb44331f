import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import {
  type History,
  type Run,
  type StoredHistory,
  attributesOf,
  loadHistories,
  saveHistories,
  typeOf,
} from './histories';

/** Longer ones are of tests about length; only that a run hands over because it is long is not to be had shorter. */
const MOST_EVENTS = 400;
/** A test of chance makes a new shape with every run: of those over 100 events so many are enough. */
const LONG = 100;
const MOST_LONG_OF_A_TEST = 4;
const LONGEST_LOOP = 16;

/**
 * Keeps the history of a run that a test has made: for each workflow and shape the shortest one, in a file named after workflow,
 * test, number of events and shape.
 */
export async function recordHistory(
  directory: string,
  { workflowId, history, test }: Run & { test: string },
): Promise<void> {
  const events = history.events?.length ?? 0;
  if (events > MOST_EVENTS && !handsOver(history)) return;
  await mkdir(directory, { recursive: true });
  const type = typeOf(history);
  const shape = createHash('sha256').update(shapeOf(history).join('\n')).digest('hex').slice(0, 8);
  const kept = readdirSync(directory).map((file) => ({ file, parts: file.split('.') }));
  const same = kept.filter(({ parts }) => parts[0] === type && parts[3] === shape);
  if (same.some(({ parts }) => Number(parts[2]) <= events)) return;
  const long = kept.filter(({ parts }) => parts[0] === type && parts[1] === slug(test) && Number(parts[2]) > LONG);
  if (events > LONG && same.length === 0 && long.length >= MOST_LONG_OF_A_TEST) return;
  await Promise.all(same.map(async ({ file }) => rm(path.join(directory, file), { force: true })));
  await saveHistories(directory, [{ name: `${type}.${slug(test)}.${events}.${shape}`, workflowId, history }]);
}

/**
 * Of what {@link recordHistory} has kept in a folder, what is worth keeping, under names without numbers and shapes: a long run that
 * hands over stays only for a workflow that has no shorter one.
 */
export function selectHistories(directory: string): StoredHistory[] {
  const recorded = loadHistories(directory);
  const lengths = new Map<string, number>();
  for (const { history } of recorded.filter((each) => handsOver(each.history))) {
    const length = history.events!.length;
    lengths.set(typeOf(history), Math.min(length, lengths.get(typeOf(history)) ?? length));
  }
  const taken = new Map<string, number>();
  return recorded
    .filter(({ history }) => history.events!.length <= Math.max(MOST_EVENTS, lengths.get(typeOf(history)) ?? 0))
    .map((stored) => {
      const name = stored.name.replace(/\.\d+\.[0-9a-f]{8}$/, '');
      const count = (taken.get(name) ?? 0) + 1;
      taken.set(name, count);
      return { ...stored, name: count > 1 ? `${name}-${count}` : name };
    });
}

function handsOver({ events }: History): boolean {
  return Boolean(events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes);
}

/** What a test is about, as a file name; the area and its number in front are left out. */
function slug(test: string): string {
  const words = test
    .replace(/^.*?\d[\d., and]*(?:, [\w-]+)*: /, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return words.length <= 80 ? words : words.slice(0, 80).replace(/-[^-]*$/, '');
}

/**
 * What a run has done and what has come to it, in order: activities, timers, messages, children and ends, each with its name and how
 * it ended. What is done again and again stands there once, so that runs of the same way have the same shape.
 */
function shapeOf(history: History): string[] {
  const names = new Map<string, string>();
  const steps: string[] = [];
  for (const event of history.events ?? []) {
    const [kind, attributes] = attributesOf(event);
    if (kind.startsWith('workflowTask') || kind.startsWith('upsert') || kind.endsWith('Properties')) continue;
    if (kind === 'activityTaskStarted' || kind.endsWith('Initiated')) continue;
    const { scheduledEventId, startedEventId, acceptedEventId } = attributes as Record<string, { toString(): string }>;
    const begun = (scheduledEventId ?? startedEventId ?? acceptedEventId)?.toString() ?? '';
    const name = nameOf(attributes) ?? names.get(begun) ?? '';
    names.set(String(event.eventId), name);
    steps.push([kind, name, failureOf(attributes)].filter(Boolean).join(' '));
  }
  return withoutLoops(steps);
}

interface Named {
  readonly name?: string | null;
}

function nameOf(attributes: Record<string, unknown>): string | undefined {
  const { activityType, workflowType, signalName, markerName, acceptedRequest, details } = attributes as {
    activityType?: Named;
    workflowType?: Named;
    signalName?: string;
    markerName?: string;
    acceptedRequest?: { input?: Named };
    details?: Record<string, { payloads?: readonly { data?: Uint8Array }[] }>;
  };
  const data = details?.['data']?.payloads?.[0]?.data;
  const marked = data ? (/"(?:activity_type|id)":"([^"]+)"/.exec(Buffer.from(data).toString())?.[1] ?? '') : '';
  return (
    activityType?.name ??
    workflowType?.name ??
    acceptedRequest?.input?.name ??
    signalName ??
    (markerName && `${markerName} ${marked}`) ??
    undefined
  );
}

interface Failure {
  readonly message?: string | null;
  readonly applicationFailureInfo?: { readonly type?: string | null } | null;
  readonly cause?: Failure | null;
}

/** Type of the failure at the root; of one that the workflow itself has thrown also the first word, which names a field. */
function failureOf(attributes: Record<string, unknown>): string {
  const { failure, outcome } = attributes as { failure?: Failure; outcome?: { failure?: Failure } };
  const thrown = failure ?? outcome?.failure;
  let type = '';
  for (let current: Failure | null | undefined = thrown; current; current = current.cause)
    type = current.applicationFailureInfo?.type ?? type;
  return thrown && !thrown.cause ? `${type} ${thrown.message?.split(' ')[0]}` : type;
}

function withoutLoops(steps: readonly string[]): string[] {
  let kept = [...steps];
  for (let length = 1; length <= LONGEST_LOOP; length += 1) {
    const next: string[] = [];
    for (const step of kept) {
      next.push(step);
      const last = next.slice(-length).join('\n');
      if (next.length >= 2 * length && last === next.slice(-2 * length, -length).join('\n')) next.length -= length;
    }
    kept = next;
  }
  return kept;
}
