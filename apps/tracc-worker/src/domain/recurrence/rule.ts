import type { RecurrenceRule, RecurrenceSchedule, RecurringTransactionInput } from '../../contract';

/** The schedule of a template that names none: every 30 civil days. */
export const DEFAULT_SCHEDULE: RecurrenceSchedule = { kind: 'interval', everyDays: 30 };
/** Local posting time of a template that names none. */
export const DEFAULT_POST_AT = '00:05';

/**
 * The rule of a workflow input, with the defaults of the contract filled in. Needs no library, so workflow code
 * may import this file directly (`domain/recurrence/rule`).
 */
export function ruleOf(
  input: Pick<RecurringTransactionInput, 'startDate' | 'schedule' | 'zone' | 'postAt' | 'monthEnd' | 'weekend' | 'end'>,
): RecurrenceRule {
  return {
    startDate: input.startDate,
    schedule: input.schedule ?? DEFAULT_SCHEDULE,
    zone: input.zone,
    postAt: input.postAt ?? DEFAULT_POST_AT,
    monthEnd: input.monthEnd ?? 'clamp',
    weekend: input.weekend ?? 'none',
    ...(input.end === undefined ? {} : { end: input.end }),
  };
}

/** Idempotency key of an occurrence: `rec:{templateId}:{nominalDate}`. A weekend shift or a reschedule never changes it. */
export function occurrenceKey({ templateId, nominalDate }: { templateId: string; nominalDate: string }): string {
  return `rec:${templateId}:${nominalDate}`;
}
