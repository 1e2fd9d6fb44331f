import type { StopPlace } from '../test/support/postgres-proxy';
import type { Sample } from './import-samples';

/** Batches of a chunk, as the worker has them by default. */
const CHUNK = 200;

export const PHASES = [
  'inspection',
  'parsing',
  'validation',
  'between chunks',
  'in a chunk',
  'before the commit',
  'after the commit',
  'finish',
] as const;
export type Phase = (typeof PHASES)[number];

/** What the database has of an import; `null`: nothing yet. */
export interface StoredState {
  readonly status: string;
  readonly isPlanned: boolean;
  readonly validatedBatches: number;
  readonly loadedBatches: number;
}

/** A moment of an import: a place in what its worker says to the database, and what is stored by then. */
export interface Moment {
  readonly phase: Phase;
  readonly name: string;
  readonly place: Omit<StopPlace, 'scopeId'>;
  readonly stored: StoredState | null;
}

/** All moments of an import, in the order in which it comes by them. `random` says how much of a chunk is sent. */
export function momentsOf({ rows, errors, isConverted }: Sample, random: (limit: number) => number): Moment[] {
  const batches = Math.ceil(rows / 100);
  const chunks = Array.from({ length: Math.ceil(batches / CHUNK) }, (_, n) => n * CHUNK);
  const endOf = (from: number) => Math.min(from + CHUNK, batches);
  let stored: StoredState | null = null;
  const moments: Moment[] = [];
  const add = (phase: Phase, name: string, at: StopPlace['at'], marker: StopPlace['marker'], bytes?: number) =>
    void moments.push({
      phase,
      name: `${name}, ${at}`,
      place: { marker, at, ...(bytes === undefined ? {} : { bytes }) },
      stored,
    });
  /** A transaction, just before its commit and just after. */
  const addCommit = (
    phase: Phase,
    name: string,
    marker: StopPlace['marker'],
    after: StoredState,
    phaseAfter = phase,
  ) => {
    add(phase, name, 'commit', marker);
    stored = after;
    add(phaseAfter, name, 'committed', marker);
  };
  const says =
    (text: string, from?: number): StopPlace['marker'] =>
    ({ sql, values }) =>
      sql.includes(text) && (from === undefined || values[1] === String(from));

  const opened = { status: 'running', isPlanned: false, validatedBatches: 0, loadedBatches: 0 };
  addCommit('inspection', 'job', says('insert into imports'), opened);
  if (isConverted) addCommit('parsing', 'transcription', says('update imports set converted'), opened);
  addCommit('parsing', 'plan', says('update imports set plan'), { ...opened, isPlanned: true });
  for (const from of chunks)
    addCommit('validation', `batches from ${from}`, says('update imports set validated_batches', from), {
      ...opened,
      isPlanned: true,
      validatedBatches: endOf(from),
    });
  const validated = { ...opened, isPlanned: true, validatedBatches: batches };
  for (const from of chunks) {
    const claim = says('loaded_batches = $2 and', from);
    const name = `chunk from batch ${from}`;
    if (from > 0) add('between chunks', name, 'statement', claim);
    // Rows take about 100 bytes; a place behind the last of them is the end of the data.
    add('in a chunk', name, 'data', claim, 1 + random((endOf(from) - from) * 100 * 100));
    addCommit('before the commit', name, claim, { ...validated, loadedBatches: endOf(from) }, 'after the commit');
  }
  if (errors > 0) add('finish', 'report', 'statement', says('record_line > $2'));
  addCommit('finish', 'result', says('update imports set status = $2, result'), {
    ...validated,
    loadedBatches: batches,
    status: errors > 0 ? 'completed_with_errors' : 'completed',
  });
  return moments;
}

/**
 * Two moments for each import, of these phases in all, the second one of an import at or after its first: what was committed
 * does not come again.
 */
export function drawMoments({
  samples,
  phases,
  random,
}: {
  samples: readonly Sample[];
  phases: readonly Phase[];
  random: (limit: number) => number;
}): [Moment, Moment][] {
  const moments = samples.map((sample) => momentsOf(sample, random));
  const comesAgain = ({ place }: Moment) => place.at !== 'committed';
  for (;;) {
    const left = shuffled(phases, random);
    const drawn = moments.map((all): [Moment, Moment] | undefined => {
      const [first, second] = left
        .splice(0, 2)
        .map((phase) => all.filter((moment) => moment.phase === phase))
        .map((some) => some[random(some.length)]!)
        .sort((one, other) => all.indexOf(one) - all.indexOf(other));
      return first !== second || comesAgain(first!) ? [first!, second!] : undefined;
    });
    if (drawn.every((pair) => pair !== undefined)) return drawn;
  }
}

function shuffled<T>(values: readonly T[], random: (limit: number) => number): T[] {
  const left = [...values];
  return Array.from({ length: left.length }, () => left.splice(random(left.length), 1)[0]!);
}
