import type { Occurrence } from '../contract';
import { recordOccurrence } from '../repositories';
import type { Deps } from './deps';

/** Records occurrences that were not posted, and why. Run again it writes the same; a posted occurrence is left alone. */
export async function recordOccurrences(
  deps: Deps,
  {
    userId,
    templateId,
    occurrences,
    outcome,
    reason,
  }: {
    userId: string;
    templateId: string;
    occurrences: readonly Occurrence[];
    outcome: 'skipped' | 'failed';
    reason: string;
  },
): Promise<void> {
  await deps.scope(userId, async (tx) => {
    for (const { nominalDate, postingDate } of occurrences) {
      await recordOccurrence(tx, {
        templateId,
        nominalDate,
        postingDate,
        outcome,
        reason,
        templateVersion: null,
        late: false,
      });
    }
  });
  deps.metrics.postings.add(occurrences.length, { outcome });
}
