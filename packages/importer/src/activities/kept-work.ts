import type { Position } from '../reading';
import type { RepeatSketch } from '../records';

/** Where a load stands in its file, with what it has counted up to there. */
export interface LoadCursor<Row = unknown> {
  /** The next batch. */
  readonly batch: number;
  readonly position: Position;
  /** Has counted the equal rows of all batches before. */
  readonly keyOf: (row: Row) => string;
}

/** What the validation has noted of all batches before this one. */
export interface NotedRepeats {
  /** The next batch. */
  readonly batch: number;
  readonly sketch: RepeatSketch;
}

/** Imports that are at work at once in one worker, as a rule one or two. */
const KEPT = 4;

/**
 * What a slice of a step remembers in this process for the next slice, so that this one need not read the file from the
 * top. Only a convenience: what is true stands in the database, and what does not fit the checkpoint there is not used.
 */
export interface KeptWork<Work extends { readonly batch: number }> {
  keep(importId: string, work: Work): void;
  /** Takes the work of an import that stands at this batch; whoever takes it moves it on. */
  take(importId: string, batch: number): Work | undefined;
}

export function createKeptWork<Work extends { readonly batch: number }>(): KeptWork<Work> {
  const kept = new Map<string, Work>();
  return {
    keep(importId, work) {
      kept.delete(importId);
      kept.set(importId, work);
      for (const oldest of [...kept.keys()].slice(0, Math.max(0, kept.size - KEPT))) kept.delete(oldest);
    },
    take(importId, batch) {
      const work = kept.get(importId);
      kept.delete(importId);
      return work?.batch === batch ? work : undefined;
    },
  };
}

const cursors = createKeptWork<LoadCursor<never>>();
export const notedRepeats = createKeptWork<NotedRepeats>();

/** Cursors of loads, whose rows are those of the tenant that this process works for. */
export function loadCursors<Row>(): KeptWork<LoadCursor<Row>> {
  return cursors as unknown as KeptWork<LoadCursor<Row>>;
}

/** Forgets an import that has ended. */
export function forgetWork(importId: string): void {
  cursors.take(importId, -1);
  notedRepeats.take(importId, -1);
}
