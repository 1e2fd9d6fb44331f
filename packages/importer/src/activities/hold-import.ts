import { saveHold } from '../repositories';
import type { ImportDeps } from './deps';

/** Tells the step that is at work to stop after the chunk in hand, or lets it go on. Run again it changes nothing. */
export async function holdImport<Row>(
  deps: ImportDeps<Row>,
  { importId, userId, hold }: { importId: string; userId: string; hold: boolean },
): Promise<void> {
  await deps.scope(userId, async (tx) => saveHold(tx, { importId, hold }));
}
