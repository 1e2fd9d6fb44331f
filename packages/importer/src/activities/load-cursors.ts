import type { Position } from '../reading';

/** Where a load stands in its file, with what it has counted up to there. */
export interface LoadCursor<Row = unknown> {
  /** The next batch. */
  readonly batch: number;
  readonly position: Position;
  /** Has counted the equal rows of all batches before. */
  readonly keyOf: (row: Row) => Buffer;
}

/** Loads that are open at once in one worker, as a rule one or two. */
const KEPT = 4;
const cursors = new Map<string, LoadCursor<never>>();

/**
 * Remembers, in this process, where a slice of a load has ended, so that the next slice need not read the file from the top to
 * count the equal rows again. Only a convenience: what is true stands in the database, and a cursor that does not fit
 * the checkpoint there is not used.
 */
export function keepCursor<Row>(importId: string, cursor: LoadCursor<Row>): void {
  cursors.delete(importId);
  cursors.set(importId, cursor);
  for (const oldest of [...cursors.keys()].slice(0, Math.max(0, cursors.size - KEPT))) cursors.delete(oldest);
}

/** Takes the cursor of an import that stands at this batch; whoever takes it moves it on. */
export function takeCursor<Row>(importId: string, batch: number): LoadCursor<Row> | undefined {
  const cursor = cursors.get(importId) as LoadCursor<Row> | undefined;
  cursors.delete(importId);
  return cursor?.batch === batch ? cursor : undefined;
}
