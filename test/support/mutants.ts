import { type History, type Run, type StoredHistory, attributesOf, replayAll, typeOf } from '@backend/shared/testing';
import { defaultPayloadConverter } from '@temporalio/common';
import { DeterminismViolationError } from '@temporalio/workflow';
import type { CallSite, InstrumentedBundle } from './instrument-bundle';
import { MUTATION, type Mutation } from './mutation-runtime';

type Payloads = Parameters<typeof defaultPayloadConverter.fromPayload>[0][];

/** A change of one call of the workflows. */
export interface Mutant extends Pick<Mutation, 'kind' | 'site' | 'other' | 'names'> {
  readonly module: string;
  readonly what: string;
}

/** What the replay of all histories has come along, by history. */
export interface Coverage {
  readonly sites: ReadonlyMap<string, ReadonlySet<number>>;
  readonly branches: ReadonlySet<number>;
  /** Histories that the instrumented bundle does not replay though nothing in it is changed. */
  readonly failed: readonly string[];
}

/** What of the SDK can be called twice in a row without a meaning of its own. */
const DOUBLED = new Set(['sleep', 'upsertSearchAttributes']);

/** Each call left out; each activity's call made twice; each activity exchanged with the next other one of its module. */
export function mutantsOf({ sites }: InstrumentedBundle): Mutant[] {
  const place = ({ line, name }: CallSite) => `line ${line}: ${name}`;
  return sites.flatMap((site, at) => {
    const { id, name, module, isActivity } = site;
    const mutants: Mutant[] = [{ kind: 'drop', module, site: id, what: `${place(site)} left out` }];
    if (isActivity || DOUBLED.has(name)) mutants.push({ kind: 'add', module, site: id, what: `${place(site)} twice` });
    const next = sites.slice(at + 1).find((each) => each.isActivity);
    if (isActivity && next?.module === module && next.name !== name) {
      mutants.push({
        kind: 'swap',
        module,
        site: id,
        other: next.id,
        names: [name, next.name],
        what: `${place(site)} exchanged with ${next.name} (line ${next.line})`,
      });
    }
    return mutants;
  });
}

/** Replays every history with nothing changed, and notes where each comes along. */
export async function coverageOf(bundlePath: string, histories: readonly StoredHistory[]): Promise<Coverage> {
  const sites = new Map<string, Set<number>>();
  const branches = new Set<number>();
  const failed: string[] = [];
  let current = new Set<number>();
  const runs = histories.map((history) => ({
    ...withMutation(history, { kind: 'none', site: -1 }),
    name: history.name,
  }));
  const sinks = sinksTo({ site: (id) => current.add(id), branch: (id) => branches.add(id) });
  for await (const { replayed, error } of replayAll(runs, { bundlePath, sinks })) {
    sites.set(replayed.name, current);
    current = new Set();
    if (error) failed.push(`${replayed.name}: ${error.message}`);
  }
  return { sites, branches, failed };
}

/**
 * Replays each mutant with the histories that come along its call, the shortest first, until one of them does not replay.
 * Answers with the workflow type that showed it, by mutant; undefined when every history replays.
 */
export async function huntMutants(
  bundlePath: string,
  {
    mutants,
    histories,
    coverage,
  }: { mutants: readonly Mutant[]; histories: readonly StoredHistory[]; coverage: Coverage },
): Promise<Map<Mutant, string | undefined>> {
  const caught = new Map<Mutant, string | undefined>();
  const byLength = [...histories].sort((a, b) => a.history.events!.length - b.history.events!.length);
  function* attempts(): Generator<Run & { mutant: Mutant }> {
    for (const mutant of mutants) {
      for (const history of byLength) {
        const seen = coverage.sites.get(history.name)!;
        if (caught.get(mutant) !== undefined || !(seen.has(mutant.site) || seen.has(mutant.other ?? -1))) continue;
        yield { ...withMutation(history, mutant), mutant };
      }
      if (!caught.has(mutant)) caught.set(mutant, undefined);
    }
  }
  const sinks = sinksTo({ site: () => undefined, branch: () => undefined });
  for await (const { replayed, error } of replayAll(attempts(), { bundlePath, sinks })) {
    if (error instanceof DeterminismViolationError) caught.set(replayed.mutant, typeOf(replayed.history));
  }
  return caught;
}

function sinksTo(listeners: Readonly<Record<'site' | 'branch', (id: number) => unknown>>) {
  const listen = (kind: 'site' | 'branch') => ({
    fn: (_info: unknown, id: number) => void listeners[kind](id),
    callDuringReplay: true,
  });
  return { replay: { site: listen('site'), branch: listen('branch') } };
}

/** A copy of the run whose memo says what is changed. */
function withMutation(
  { workflowId, history }: Run,
  { kind, site, other, names }: Pick<Mutation, 'kind' | 'site' | 'other' | 'names'>,
): Run {
  const [first, ...rest] = history.events!;
  const started = first!.workflowExecutionStartedEventAttributes!;
  const mutation = {
    kind,
    site,
    ...(other === undefined ? {} : { other, names }),
    inputs: kind === 'swap' ? inputsOf(history) : {},
    results: kind === 'drop' ? resultsOf(history) : {},
  };
  const memo = { fields: { ...started.memo?.fields, [MUTATION]: defaultPayloadConverter.toPayload(mutation) } };
  const event = { ...first, workflowExecutionStartedEventAttributes: { ...started, memo } };
  return { workflowId, history: { events: [event, ...rest] } };
}

function inputsOf({ events = [] }: History): Mutation['inputs'] {
  const inputs: Record<string, unknown[][]> = {};
  for (const { activityTaskScheduledEventAttributes: scheduled } of events ?? []) {
    if (scheduled) (inputs[scheduled.activityType!.name!] ??= []).push(decoded(scheduled.input?.payloads));
  }
  return inputs;
}

/** Results in the order of the calls; a call that failed, or was cancelled, has none. */
function resultsOf({ events = [] }: History): Mutation['results'] {
  const results: Record<string, ({ value: unknown } | null)[]> = {};
  const places = new Map<string, { readonly name: string; readonly at: number }>();
  for (const event of events ?? []) {
    const [kind] = attributesOf(event);
    const { activityTaskScheduledEventAttributes: scheduled, activityTaskCompletedEventAttributes: completed } = event;
    if (kind === 'activityTaskScheduled') {
      const { name } = scheduled!.activityType as { name: string };
      const at = (results[name] ??= []).push(null) - 1;
      places.set(String(event.eventId), { name, at });
    } else if (kind === 'activityTaskCompleted') {
      const { name, at } = places.get(String(completed!.scheduledEventId))!;
      results[name]![at] = { value: decoded(completed!.result?.payloads)[0] };
    }
    const { details } = event.markerRecordedEventAttributes ?? {};
    const marked = decoded(details?.['data']?.payloads)[0] as { activity_type?: string } | undefined;
    if (marked?.activity_type !== undefined)
      (results[marked.activity_type] ??= []).push({ value: decoded(details?.['result']?.payloads)[0] });
  }
  return results;
}

function decoded(payloads: Payloads | null | undefined): unknown[] {
  return (payloads ?? []).map((payload) => defaultPayloadConverter.fromPayload(payload));
}
