import { userFailure } from '@backend/shared/failures';
import { FAILURES, type RecurrenceRule } from '../contract';
import { updateTemplateRule } from '../repositories';
import type { Deps } from './deps';

/** Puts a changed rule into the template, as its next version; run again it changes nothing. Fails with `TemplateNotFound`. */
export async function saveRule(
  deps: Deps,
  { userId, templateId, rule }: { userId: string; templateId: string; rule: RecurrenceRule },
): Promise<void> {
  const found = await deps.scope(userId, async (tx) => updateTemplateRule(tx, { templateId, rule }));
  if (!found) throw userFailure(FAILURES.TemplateNotFound, `There is no template ${templateId} of user ${userId}.`);
}
