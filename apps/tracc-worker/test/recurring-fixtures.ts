import type { WorkflowHandle } from '@temporalio/client';
import { readUntil } from '../../../test/support/wait';
import {
  type RecurrenceRule,
  RECURRING_HANDLERS,
  type RecurringState,
  type RecurringTransactionInput,
  WORKFLOW_TYPES,
  recurringWorkflowId,
} from '../src/contract';
import type { TraccRig } from './support';

export const USER = 'u1';
export const DAY_MS = 86_400_000;
/** How long a test waits for what should come at once. */
const PATIENCE_MS = 15_000;
/** How long it waits for an answer that may be lost. */
const ANSWER_MS = 2000;
/** Occurrences that one run settles at most, as docs/architecture.md says. */
export const OCCURRENCES_PER_RUN = 12;
/** Four occurrences, ten days apart. */
export const FOUR = { schedule: { kind: 'interval', everyDays: 10 }, end: { count: 4 } } as const;
export const DAILY = { kind: 'interval', everyDays: 1 } as const;

interface TemplateSpec {
  readonly account?: string;
  readonly to?: string;
  readonly catchUp?: RecurringTransactionInput['catchUp'];
}

/** A ledger row of a template, as a test looks at it. */
interface PostedRow {
  readonly nominal: string;
  readonly booked: string;
  readonly minor: string;
  readonly account: string;
  readonly version: number;
  readonly late: boolean;
}
interface RecordedRow {
  readonly nominal: string;
  readonly outcome: string;
  readonly reason: string | null;
}

type Update = 'skip' | 'reschedule' | 'postNow' | 'updateSchedule' | 'retry' | 'confirmCatchUp';

/** Templates of the user {@link USER} in a rig, their workflows, and what these leave in the ledger. */
export function createRecurring(rig: () => TraccRig) {
  let started: WorkflowHandle[] = [];

  /** The civil date in UTC, by the clock of the time-skipping server, which runs ahead. */
  async function today(): Promise<string> {
    return new Date(await rig().env.currentTimeMs()).toISOString().slice(0, 10);
  }

  /** Writes a template in UTC, due at 00:05, every 30 days from today unless the rule says otherwise; returns how it is started. */
  async function addTemplate(templateId: string, rule: Partial<RecurrenceRule> = {}, spec: TemplateSpec = {}) {
    const full: RecurrenceRule = {
      startDate: await today(),
      schedule: { kind: 'interval', everyDays: 30 },
      zone: 'UTC',
      postAt: '00:05',
      monthEnd: 'clamp',
      weekend: 'none',
      ...rule,
    };
    await rig().database.query(
      `insert into recurring_templates (template_id, user_id, description, kind, account_id, to_account_id, category_id, amount_minor, currency, rule, catch_up)
       values ($1, $2, $1, $3, $4, $5, $6, -1000, 'EUR', $7, $8)`,
      [
        templateId,
        USER,
        spec.to ? 'transfer' : 'normal',
        spec.account ?? 'checking',
        spec.to ?? null,
        spec.to ? null : 'rent',
        JSON.stringify(full),
        spec.catchUp ?? 'all',
      ],
    );
    const input: RecurringTransactionInput = {
      templateId,
      userId: USER,
      ...full,
      ...(spec.catchUp ? { catchUp: spec.catchUp } : {}),
    };
    return { workflowId: recurringWorkflowId({ templateId }), args: [input] };
  }

  /** Closes an account, or opens it again. */
  const close = async (account: string, closed: boolean): Promise<unknown> =>
    rig().database.query(`update accounts set closed_at = ${closed ? 'now()' : 'null'} where account_id = $1`, [
      account,
    ]);

  async function start(templateId: string, rule: Partial<RecurrenceRule> = {}, spec: TemplateSpec = {}) {
    const handle = await rig().start(WORKFLOW_TYPES.recurringTransaction, await addTemplate(templateId, rule, spec));
    started.push(handle);
    return handle;
  }

  /** Asks again when there is no answer: the time-skipping server forgets a query that meets a continue-as-new. */
  async function state(handle: WorkflowHandle, upcoming?: number): Promise<RecurringState> {
    const argument = upcoming === undefined ? {} : { upcoming };
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await rig().env.client.withDeadline(Date.now() + ANSWER_MS, async () =>
          handle.query<RecurringState, [{ upcoming?: number }]>(RECURRING_HANDLERS.state, argument),
        );
      } catch (error) {
        if (attempt === 3) throw error;
      }
    }
  }

  /** Asks until the state is as wanted; the workflow's own progress brings it about. Throws when it does not. */
  const until = async (handle: WorkflowHandle, wanted: (state: RecurringState) => boolean) =>
    readUntil(async () => state(handle), wanted, {
      what: `what is wanted of ${handle.workflowId}`,
      boundMs: PATIENCE_MS,
    });

  const update = async (handle: WorkflowHandle, name: Update, argument?: unknown): Promise<RecurringState> =>
    handle.executeUpdate<RecurringState, [unknown]>(name, {
      args: (argument === undefined ? [] : [argument]) as [unknown],
    });

  /** The sentence that an update is refused with. Throws when it is not refused. */
  async function refusal(handle: WorkflowHandle, name: Update, argument?: unknown): Promise<string> {
    let answer: RecurringState;
    try {
      answer = await update(handle, name, argument);
    } catch (error) {
      let cause = error;
      while (cause instanceof Error && cause.cause instanceof Error) cause = cause.cause;
      return (cause as Error).message;
    }
    throw new Error(`${name} was not refused but answered with ${JSON.stringify(answer)}`);
  }

  /** Rows without split lines, by nominal date and account. */
  const posted = async (templateId: string): Promise<PostedRow[]> =>
    rig().database.query<PostedRow>(
      `select nominal_date::text as nominal, booking_date::text as booked, amount_minor::text as minor, account_id as account,
         template_version as version, late
       from transactions where template_id = $1 and parent_id is null order by nominal_date, account_id`,
      [templateId],
    );

  const recorded = async (templateId: string): Promise<RecordedRow[]> =>
    rig().database.query<RecordedRow>(
      `select nominal_date::text as nominal, outcome, reason from recurring_occurrences where template_id = $1 order by 1`,
      [templateId],
    );

  async function stop(handle: WorkflowHandle): Promise<unknown> {
    await handle.signal(RECURRING_HANDLERS.stop);
    return handle.result();
  }

  /** Stops what a test that failed has left running: the server's clock would stand still for the tests after it. */
  async function stopAll(): Promise<void> {
    const handles = started;
    started = [];
    for (const handle of handles) {
      const { status } = await handle.describe();
      if (status.name === 'RUNNING') await stop(handle);
    }
  }

  /** Moves the server's clock on to an instant; what is due before it happens on the way. */
  async function sleepUntil(instant: string | number): Promise<void> {
    const untilMs = typeof instant === 'number' ? instant : Date.parse(instant);
    const now = await rig().env.currentTimeMs();
    if (untilMs > now) await rig().env.sleep(untilMs - now);
  }

  /** Moves the server's clock on to noon (UTC), far from every posting time; answers with the date. */
  async function noon(): Promise<string> {
    const now = await rig().env.currentTimeMs();
    await sleepUntil(Math.ceil((now - DAY_MS / 2) / DAY_MS) * DAY_MS + DAY_MS / 2);
    return today();
  }

  return {
    stopAll,
    noon,
    addTemplate,
    close,
    start,
    state,
    until,
    update,
    refusal,
    posted,
    recorded,
    stop,
    sleepUntil,
  };
}
