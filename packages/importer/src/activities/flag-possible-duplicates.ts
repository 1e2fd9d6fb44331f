import { transientFailure } from '@backend/shared/failures';
import { findFlagging, findJob, lockTarget, saveFlagParts, saveFlagged } from '../repositories';
import type { ImportJob } from '../repositories';
import type { ImportDeps } from './deps';
import { refuseReverted } from './revert-fence';
import type { FlagPart } from './tenant';

/**
 * Flags rows of a loaded import that its target may have had before, from another source (data-import 12); resolves with false
 * when it stops before the end, because somebody wants the work to stop or the instant `until` (milliseconds) has passed.
 *
 * The rows are looked at in parts. A part's flags and its checkpoint are one transaction, so that after any crash and with any
 * number of attempts at once each row is looked at once: whatever people decide of a flag meanwhile stays. What counts as old is
 * every row with a smaller id than the new one, and that is exact while other imports load into the target, because a row's id
 * is given when it is loaded and no load is under way when the search begins.
 */
export async function flagPossibleDuplicates<Row>(
  deps: Pick<ImportDeps<Row>, 'scope' | 'tenant' | 'limits' | 'pulse'>,
  {
    userId,
    job,
    until,
    mayWait = false,
    mayHold = true,
  }: {
    userId: string;
    job: ImportJob;
    until: number;
    /** Whether another slice may come: then not even one part is begun when `until` has passed. */
    mayWait?: boolean;
    /** Whether it stops for a pause. */
    mayHold?: boolean;
  },
): Promise<boolean> {
  const { possibleDuplicates } = deps.tenant;
  if (!possibleDuplicates || job.mode === 'preview') return true;
  const { importId } = job;
  const target = { importId, scopeId: userId, targetId: job.target };
  const stateOf = async () => deps.scope(userId, async (tx) => findFlagging(tx, importId));

  let state = await stateOf();
  if (state.importedRows === 0) return true;
  if (state.parts === null) {
    // Waits for chunks that are being loaded by other imports: their rows may have smaller ids and nobody sees them yet.
    await deps.scope(userId, async (tx) => lockTarget(tx, { target: job.target, access: 'revert' }));
    await deps.scope(userId, async (tx) => {
      const size = { rows: state.importedRows, partRows: deps.limits.flagRows };
      const parts = await possibleDuplicates.planParts(tx, { ...target, ...size });
      await saveFlagParts(tx, { importId, parts });
    });
    state = await stateOf();
  }
  const parts = state.parts ?? 0;
  let flag: FlagPart | undefined;
  for (let part = state.done; part < parts; part += 1) {
    if ((mayWait || part > state.done) && Date.now() > until) return false;
    const { hold } = await deps.scope(userId, async (tx) => {
      const step = (row: number) => deps.pulse.step({ phase: 'comparing', part: part + 1, parts, row });
      step(0);
      flag ??= await possibleDuplicates.openSearch(tx, target);
      await flag(tx, { part, parts }, step);
      const saved = await saveFlagged(tx, { importId, part });
      if (saved) return saved;
      refuseReverted(await findJob(tx, importId));
      throw transientFailure('Superseded', 'Another attempt has flagged these rows.');
    });
    if (hold && mayHold && part + 1 < parts) return false;
  }
  return true;
}
