import { activityInfo } from '@temporalio/activity';
import { userFailure } from '@backend/shared/failures';
import { type Queryable, idempotent } from '@backend/shared/pg';
import { FAILURES, type Occurrence } from '../contract';
import { occurrenceKey } from '../domain/recurrence';
import { postingsOf } from '../domain/recurrence/postings';
import { externalKey, findOccurrence, findTemplate, insertTransactions, recordOccurrence } from '../repositories';
import type { Deps } from './deps';

export interface PostingRequest {
  readonly userId: string;
  readonly templateId: string;
  readonly occurrence: Occurrence;
}

export interface PostingResult {
  /**
   * `already`: a row with the occurrence's key was there, made by another path. `skipped`: it was decided before, by an
   * earlier execution perhaps, that this occurrence is not posted.
   */
  readonly outcome: 'posted' | 'already' | 'skipped';
  /** Why it was skipped. */
  readonly reason?: string;
  /** Null when it was skipped. */
  readonly templateVersion: number | null;
}

/** An occurrence posted more than this after its instant is marked late. */
const LATE_MS = 24 * 3600 * 1000;

/**
 * Posts one occurrence from the template as it is now: every row of it (both legs of a transfer, a split and its lines),
 * the occurrence's record and the idempotency key `rec:{templateId}:{nominalDate}` in one transaction. Run again it
 * returns the first result, whatever became of the template and its accounts since. Fails with `TemplateNotFound`,
 * `TemplateInvalid` or `AccountClosed`; a failure leaves nothing behind.
 */
export async function processTransaction(
  deps: Deps,
  { userId, templateId, occurrence }: PostingRequest,
): Promise<PostingResult> {
  const { nominalDate } = occurrence;
  const key = occurrenceKey({ templateId, nominalDate });
  const { result, first } = await deps.scope(userId, async (tx) => {
    // Outside of the effect, so that the key stays free for one who decides otherwise later.
    const known = await findOccurrence(tx, { templateId, nominalDate });
    if (known?.outcome === 'skipped') {
      const reason = known.reason === null ? {} : { reason: known.reason };
      return { result: { outcome: 'skipped' as const, templateVersion: null, ...reason }, first: false };
    }
    return idempotent<PostingResult>(
      tx,
      { key, request: { templateId, nominalDate }, onOtherRequest: 'first' },
      async () => postRows(tx, { userId, templateId, occurrence, key }),
    );
  });
  if (first) deps.metrics.postings.add(1, { outcome: result.outcome });
  return result;
}

async function postRows(
  tx: Queryable,
  { userId, templateId, occurrence, key }: PostingRequest & { key: string },
): Promise<PostingResult> {
  const template = await findTemplate(tx, templateId);
  if (!template) throw userFailure(FAILURES.TemplateNotFound, `There is no template ${templateId} of user ${userId}.`);
  if (template.accountClosed) {
    throw userFailure(FAILURES.AccountClosed, `An account of template ${templateId} is closed.`);
  }
  const planned = postingsOf({ template, key });
  if ('problem' in planned) throw userFailure(FAILURES.TemplateInvalid, `Template ${templateId}: ${planned.problem}`);

  const { nominalDate, fireAt } = occurrence;
  const bookingDate = occurrence.postingDate ?? nominalDate;
  // The server's clock, not this machine's: a worker whose clock is off marks nothing wrongly.
  const late = activityInfo().currentAttemptScheduledTimestampMs - Date.parse(fireAt) > LATE_MS;
  const common = {
    bookingDate,
    description: template.description,
    payee: template.payee,
    currency: template.currency,
    source: 'recurring',
    templateId,
    templateVersion: template.version,
    nominalDate,
    late,
  } as const;
  const rows = planned.entries.map((entry) => ({ ...common, ...entry, externalKey: externalKey(key) }));
  const inserted = await insertTransactions(tx, rows);
  if (inserted.length > 0) {
    const parentId = inserted[0]!.transactionId;
    await insertTransactions(
      tx,
      planned.lines.map((line) => ({ ...common, ...line, parentId, externalKey: null })),
    );
  }
  await recordOccurrence(tx, {
    templateId,
    nominalDate,
    postingDate: bookingDate,
    outcome: 'posted',
    reason: null,
    templateVersion: template.version,
    late,
  });
  return { outcome: inserted.length > 0 ? 'posted' : 'already', templateVersion: template.version };
}
