import { addDays } from '@backend/shared/kernel';
import type { WorkflowHandle } from '@temporalio/client';
import { createRandom } from '../../../test/support/random';
import type { RecurrenceRule, RecurringTransactionInput } from '../src/contract';
import { RECURRING_HANDLERS } from '../src/contract';
import { type Model, createModel } from './recurrence-model';
import { DAY_MS, USER, createRecurring } from './recurring-fixtures';
import { type TraccRig, addUser, startTraccRig } from './support';

let rig: TraccRig;
const { noon, start, state, until, update, posted, recorded, sleepUntil } = createRecurring(() => rig);

beforeAll(async () => {
  rig = await startTraccRig();
  await addUser(rig.database, USER);
});
afterEach(async () => rig.verify());
afterAll(async () => rig.stop());

const YEARS = 5;
type CatchUp = NonNullable<RecurringTransactionInput['catchUp']>;
interface Spec {
  readonly rule: Omit<RecurrenceRule, 'startDate' | 'postAt' | 'monthEnd'> & Partial<RecurrenceRule>;
  readonly catchUp?: CatchUp;
  /** Orders besides pause, resume, skip and postNow. */
  readonly orders?: readonly ('reschedule' | 'schedule' | 'rule')[];
}

const ALL = ['reschedule', 'schedule', 'rule'] as const;
const TEMPLATES: Readonly<Record<string, Spec>> = {
  daily: {
    rule: {
      schedule: { kind: 'interval', everyDays: 1 },
      zone: 'Europe/Berlin',
      weekend: 'skip',
      end: { count: 250 },
    },
    orders: ['reschedule', 'rule'],
  },
  thirty: { rule: { schedule: { kind: 'interval', everyDays: 30 }, zone: 'UTC', weekend: 'none' }, orders: ALL },
  weekly: {
    rule: { schedule: { kind: 'weekly', every: 1, weekday: 5 }, zone: 'America/New_York', weekend: 'none' },
    orders: ALL,
  },
  monthly31: {
    rule: { schedule: { kind: 'monthly', every: 1, day: 31 }, zone: 'Europe/Berlin', weekend: 'next' },
    orders: ALL,
  },
  last: {
    rule: {
      schedule: { kind: 'monthly', every: 1, day: -1 },
      zone: 'Asia/Kolkata',
      weekend: 'previous',
      end: { count: 40 },
    },
    orders: ['reschedule', 'rule'],
  },
  skipping: {
    rule: { schedule: { kind: 'monthly', every: 1, day: 30 }, zone: 'UTC', weekend: 'none', monthEnd: 'skip' },
    catchUp: 'latest',
  },
  yearly: {
    rule: { schedule: { kind: 'yearly', every: 1, month: 2, day: 29 }, zone: 'America/New_York', weekend: 'next' },
    orders: ALL,
  },
  rrule: {
    rule: { schedule: { kind: 'rrule', text: 'FREQ=MONTHLY;BYDAY=2TU,-1FR' }, zone: 'Europe/Berlin', weekend: 'none' },
    catchUp: 'none',
  },
};

interface Life {
  readonly templateId: string;
  readonly handle: WorkflowHandle;
  readonly model: Model;
  readonly spec: Spec;
  readonly orders: string[];
}

const hasEnded = ({ model }: Life): boolean => model.toCome().length === 0 && !model.isPaused();

/** Waits until nothing is due any more, and compares what is counted. */
async function settle({ templateId, handle, model, orders }: Life, nowMs: number): Promise<void> {
  model.advance(nowMs);
  const expected = {
    posted: model.records.filter(({ outcome }) => outcome === 'posted').length,
    skipped: model.records.filter(({ outcome }) => outcome === 'skipped').length,
    failed: 0,
  };
  const isQuiet = async () =>
    until(
      handle,
      ({ status, next, counts }) =>
        status === 'paused' ||
        status === 'ended' ||
        (next !== undefined && Date.parse(next.fireAt) > nowMs) ||
        counts.posted + counts.skipped === expected.posted + expected.skipped,
    );
  const { counts } = await isQuiet();
  if (JSON.stringify(counts) !== JSON.stringify(expected)) {
    const [rows, said] = [await recorded(templateId), JSON.stringify((await state(handle)).recent.slice(0, 5))];
    const wanted = model.records.toSorted((a, b) => a.nominal.localeCompare(b.nominal));
    const at = rows.findIndex((row, n) => JSON.stringify(row) !== JSON.stringify(wanted[n]));
    throw new Error(
      `${templateId}: ${JSON.stringify(counts)} instead of ${JSON.stringify(expected)}; from ${JSON.stringify(rows[at])}, expected ${JSON.stringify(wanted[at])}; recent ${said}; orders: ${orders.slice(-8).join(' | ')}`,
    );
  }
}

const OTHER_SCHEDULES: readonly RecurrenceRule['schedule'][] = [
  { kind: 'weekly', every: 2, weekday: 1 },
  { kind: 'monthly', every: 1, day: 15 },
  { kind: 'interval', everyDays: 10 },
  { kind: 'monthlyNth', every: 1, nth: 5, weekday: 3 },
];

/** Gives one order to the workflow and to the model. */
async function order(
  life: Life,
  { random, nowMs }: { random: (limit: number) => number; nowMs: number },
): Promise<void> {
  const { handle, model, spec, orders } = life;
  const today = new Date(nowMs).toISOString().slice(0, 10);
  const toCome = model.toCome().slice(0, 6);
  const nominal = toCome[random(Math.max(toCome.length, 1))];
  const kinds = [
    'pause',
    'resume',
    'resume',
    'skip',
    'skip',
    'postNow',
    ...(spec.orders ?? []),
    ...(spec.orders ?? []),
  ];
  const kind = kinds[random(kinds.length)]!;
  orders.push(`${today} ${kind}${kind === 'skip' || kind === 'reschedule' ? ` ${nominal}` : ''}`);
  if (kind === 'pause') {
    const onResume = random(2) === 0 ? 'skip' : 'catchUp';
    model.pause(onResume);
    await handle.signal(RECURRING_HANDLERS.pause, { onResume });
  } else if (kind === 'resume') {
    model.resume(nowMs);
    await handle.signal(RECURRING_HANDLERS.resume);
  } else if (kind === 'schedule' || kind === 'rule') {
    const change =
      kind === 'schedule' && model.isInTurn()
        ? { schedule: OTHER_SCHEDULES[random(OTHER_SCHEDULES.length)]! }
        : {
            postAt: ['00:05', '06:00', '20:00'][random(3)]!,
            weekend: (['none', 'skip', 'previous', 'next'] as const)[random(4)]!,
          };
    orders.push(JSON.stringify(change));
    model.change({ ...model.rule, ...change }, nowMs);
    await update(handle, 'updateSchedule', change);
  } else if (nominal === undefined) return;
  else if (kind === 'skip') {
    model.skip(nominal);
    await update(handle, 'skip', { nominalDate: nominal });
  } else if (kind === 'reschedule') {
    const toDate = addDays(today, random(45));
    orders.push(toDate);
    model.reschedule({ nominal, toDate, nowMs });
    await update(handle, 'reschedule', { nominalDate: nominal, toDate });
  } else {
    model.postNow(today);
    await update(handle, 'postNow');
  }
}

test.each([1, 2, 3])(
  'recurring-transaction 3, 4, 9, 10, 11: five years of orders at random leave what a model of them does (seed %i)',
  async (seed) => {
    const random = createRandom(seed);
    const startDate = await noon();
    const lives: Life[] = [];
    for (const [name, spec] of Object.entries(TEMPLATES)) {
      if (name === 'daily' && seed > 1) continue;
      const templateId = `${name}-${seed}`;
      const rule: RecurrenceRule = {
        postAt: '00:05',
        monthEnd: 'clamp',
        ...spec.rule,
        startDate: addDays(startDate, 1 + random(20)),
      };
      const catchUp = spec.catchUp ?? 'all';
      const through = addDays(startDate, YEARS * 366 + 1500);
      const model = createModel({ rule, catchUp, through });
      lives.push({ templateId, handle: await start(templateId, rule, { catchUp }), model, spec, orders: [] });
    }
    const firstMs = Date.parse(`${startDate}T12:00:00Z`);
    try {
      for (let days = 1 + random(15); days < YEARS * 365; days += 1 + random(45)) {
        const nowMs = firstMs + days * DAY_MS;
        await sleepUntil(nowMs);
        for (const life of lives) {
          if (!hasEnded(life)) await settle(life, nowMs);
          if (!hasEnded(life) && random(2) === 0) await order(life, { random, nowMs });
        }
      }
      // The clock goes on while a result is waited for, so all are stopped before.
      // One that has ended by itself takes no signal; the model ends where its horizon does, the workflow may go on.
      for (const { handle } of lives) await handle.signal(RECURRING_HANDLERS.stop).catch(() => undefined);
      for (const { handle } of lives) await until(handle, ({ status }) => status === 'stopped' || status === 'ended');
      for (const { templateId, handle, model, orders } of lives) {
        const result = await handle.result();
        expect({
          templateId,
          orders,
          rows: (await posted(templateId)).map(({ nominal, booked }) => ({ nominal, booked })),
        }).toEqual({ templateId, orders, rows: model.rows.toSorted((a, b) => a.nominal.localeCompare(b.nominal)) });
        expect(await recorded(templateId)).toEqual(
          model.records.toSorted((a, b) => a.nominal.localeCompare(b.nominal)),
        );
        expect(result).toMatchObject({
          posted: model.rows.length,
          skipped: model.records.length - model.rows.length,
          failed: 0,
        });
      }
    } catch (error) {
      for (const { handle } of lives) await handle.terminate('the test failed').catch(() => undefined);
      throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
    }
  },
  240_000,
);
