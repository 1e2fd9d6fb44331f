import { saveResult } from '../repositories';
import type { ImportDeps } from './deps';
import { forgetWork } from './kept-work';

/** Marks a job as failed, so that a list of imports shows it. A job that was never opened, or has ended, is left alone. */
export async function failImport<Row>(
  deps: ImportDeps<Row>,
  { importId, userId }: { importId: string; userId: string },
): Promise<void> {
  forgetWork(importId);
  const isEnd = await deps.scope(userId, async (tx) => saveResult(tx, { importId, status: 'failed', result: null }));
  if (isEnd) deps.metrics.importsEnded.add(1, { status: 'failed' });
}
