import type { Deps } from './deps';

/** Tells the operator's log that an occurrence was given up; the user sees it in `recurring show` and in the report. */
export async function alertPostingFailed(
  deps: Deps,
  { templateId, nominalDate, reason }: { userId: string; templateId: string; nominalDate: string; reason: string },
): Promise<void> {
  deps.log.error({ templateId, nominalDate, reason }, 'a recurring transaction could not be posted');
}
