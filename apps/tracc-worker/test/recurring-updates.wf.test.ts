import { createHash } from 'node:crypto';
import { addDays } from '@backend/shared/kernel';
import { hold } from '../../../test/support/gate';
import { untilAccepted } from '../../../test/support/wait';
import { RECURRING_HANDLERS, WORKFLOW_TYPES } from '../src/contract';
import { DAILY, FOUR, USER, createRecurring } from './recurring-fixtures';
import { type TraccRig, addUser, startTraccRig } from './support';

let rig: TraccRig;
const { stopAll, noon, addTemplate, close, start, state, until, update, refusal, posted, recorded, stop, sleepUntil } =
  createRecurring(() => rig);
/** The posting of a template whose id begins with `slow`. */
let slow = hold();
/** The date on which a test begins, at noon UTC. */
let today: string;
const day = (n: number): string => addDays(today, n);

beforeAll(async () => {
  rig = await startTraccRig({
    change: ({ processTransaction }) => ({
      async processTransaction(request) {
        if (request.templateId.startsWith('slow')) await slow.stop();
        return processTransaction(request);
      },
    }),
  });
  await addUser(rig.database, USER);
});
beforeEach(async () => {
  today = await noon();
  slow = hold();
});
afterEach(async () => {
  slow.letGo();
  await stopAll();
  await rig.verify();
});
afterAll(async () => rig.stop());

const booked = async (templateId: string): Promise<string[][]> =>
  (await posted(templateId)).map(({ nominal, booked: date }) => [nominal, date]);
const template = async (templateId: string): Promise<{ version: number; rule: object }> =>
  (
    await rig.database.query<{ version: number; rule: object }>(
      `select version, rule from recurring_templates where template_id = $1`,
      [templateId],
    )
  )[0]!;
/** Occurrences on days 5, 15, 25 and 35. */
const four = () => ({ ...FOUR, startDate: day(5) });

describe('reschedule', () => {
  test.each([
    ['later than the two that follow', [[0, 30]], [30, 15, 25, 35]],
    ['later than the last', [[1, 50]], [5, 50, 25, 35]],
    ['earlier than all before it', [[3, 2]], [5, 15, 25, 2]],
    ['onto the date of another', [[1, 25]], [5, 25, 25, 35]],
    ['again and again', [[1, 40], [1, 3], [1, 17]], [5, 17, 25, 35]], // prettier-ignore
    ['across each other', [[0, 35], [3, 5]], [35, 15, 25, 5]], // prettier-ignore
  ] as const)('recurring-transaction 10: an occurrence is booked %s, under its own key', async (name, moves, days) => {
    const templateId = `move ${name}`;
    const handle = await start(templateId, four());
    const nominals = [5, 15, 25, 35].map(day);
    for (const [at, to] of moves) {
      const { upcoming, next } = await update(handle, 'reschedule', { nominalDate: nominals[at], toDate: day(to) });
      const times = upcoming.map(({ fireAt }) => fireAt);
      expect(times).toEqual(times.toSorted());
      expect(next).toEqual(upcoming[0]);
    }
    const { upcoming } = await state(handle);
    expect(Object.fromEntries(upcoming.map(({ nominalDate, postingDate }) => [nominalDate, postingDate]))).toEqual(
      Object.fromEntries(nominals.map((nominal, at) => [nominal, day(days[at]!)])),
    );

    expect(await handle.result()).toEqual({ posted: 4, skipped: 0, failed: 0, reason: 'count', lastNominal: day(35) });
    expect(await booked(templateId)).toEqual(nominals.map((nominal, at) => [nominal, day(days[at]!)]));
    expect((await posted(templateId)).map(({ late }) => late)).toEqual([false, false, false, false]);
    const keys = await rig.database.query<{ key: string }>(
      `select encode(external_key, 'hex') as key from transactions where template_id = $1 order by nominal_date`,
      [templateId],
    );
    expect(keys.map(({ key }) => key)).toEqual(
      nominals.map((nominal) => createHash('sha256').update(`rec:${templateId}:${nominal}`).digest('hex').slice(0, 32)),
    );
  });

  test.each(['all', 'latest', 'none'] as const)(
    'recurring-transaction 10: to today books at once, with the catch-up policy %s too',
    async (catchUp) => {
      const templateId = `today-${catchUp}`;
      const handle = await start(templateId, four(), { catchUp });
      await update(handle, 'reschedule', { nominalDate: day(25), toDate: day(0) });
      const { recent, lastPosted } = await until(handle, ({ counts }) => counts.posted + counts.skipped > 0);
      expect(recent).toEqual([{ nominalDate: day(25), outcome: 'posted' }]);
      expect(lastPosted).toBe(day(25));
      expect(await booked(templateId)).toEqual([[day(25), day(0)]]);
      expect(await handle.result()).toMatchObject({ posted: 4, skipped: 0, reason: 'count' });
    },
  );

  test('recurring-transaction 10: a moved occurrence can be skipped, and a skipped one moved', async () => {
    const handle = await start('skip-moved', four());
    await update(handle, 'reschedule', { nominalDate: day(15), toDate: day(40) });
    const { upcoming } = await update(handle, 'skip', { nominalDate: day(15) });
    expect(upcoming.map(({ nominalDate }) => nominalDate)).toEqual([5, 25, 35].map(day));
    await update(handle, 'skip', { nominalDate: day(25) });
    await update(handle, 'reschedule', { nominalDate: day(25), toDate: day(26) });
    expect(await handle.result()).toMatchObject({ posted: 3, skipped: 1, reason: 'count' });
    expect(await booked('skip-moved')).toEqual([[5, 5], [25, 26], [35, 35]].map((pair) => pair.map(day))); // prettier-ignore
    expect(await recorded('skip-moved')).toContainEqual({ nominal: day(15), outcome: 'skipped', reason: 'user' });
  });

  test('recurring-transaction 10: dates that cannot be booked are refused with the field and what is wrong', async () => {
    const handle = await start('refused-move', { ...four(), postAt: '23:00' });
    await sleepUntil(`${day(6)}T12:00:00Z`);
    await until(handle, ({ counts }) => counts.posted === 1);
    const before = await until(handle, ({ upcoming }) => upcoming.length > 0);
    const move = async (nominalDate: unknown, toDate: unknown) =>
      refusal(handle, 'reschedule', { nominalDate, toDate });
    expect(await move(day(16), day(20))).toBe(`${day(16)} is not an occurrence of this template.`);
    expect(await move(day(45), day(20))).toBe(`${day(45)} is not an occurrence of this template.`);
    expect(await move(day(5), day(20))).toMatch('settled already');
    expect(await move(day(15), day(0))).toMatch(`toDate ${day(0)} is over`);
    expect(await move(day(15), day(5))).toMatch(`toDate ${day(5)} is over`);
    expect(await move(day(15), '2026-02-30')).toMatch('toDate should be a date');
    expect(await move(day(15), undefined)).toMatch('toDate should be a date');
    expect(await move('soon', day(20))).toMatch('nominalDate should be a date');
    expect(await refusal(handle, 'reschedule')).toMatch('nominalDate should be a date');
    expect(await refusal(handle, 'skip', { nominalDate: 20_260_318 })).toMatch('nominalDate should be a date');
    expect(await state(handle)).toEqual(before);
    await update(handle, 'reschedule', { nominalDate: day(15), toDate: day(6) });
    await stop(handle);
  });
});

test('recurring-transaction 18: the 501st exception is refused, and one that is settled makes room', async () => {
  const startDate = day(1);
  const options = await addTemplate('exceptions', { startDate, schedule: DAILY });
  const carry = {
    index: 0,
    counts: { posted: 0, skipped: 0, failed: 0 },
    skips: Array.from({ length: 499 }, (_, at) => addDays(startDate, at)),
    reschedules: {},
    failuresInARow: 0,
    recent: [],
  };
  const handle = await rig.start(WORKFLOW_TYPES.recurringTransaction, {
    ...options,
    args: [{ ...options.args[0], carry }],
  });
  await update(handle, 'reschedule', { nominalDate: day(500), toDate: day(600) });
  expect(await refusal(handle, 'skip', { nominalDate: day(501) })).toMatch('No more than 500');
  expect(await refusal(handle, 'reschedule', { nominalDate: day(501), toDate: day(600) })).toMatch('No more than 500');
  // One that is an exception already may be changed.
  await update(handle, 'reschedule', { nominalDate: day(500), toDate: day(601) });
  await sleepUntil(`${day(1)}T12:00:00Z`);
  await until(handle, ({ counts }) => counts.skipped === 1);
  await update(handle, 'skip', { nominalDate: day(501) });
  await stop(handle);
});

describe('postNow', () => {
  test('recurring-transaction 10: the next occurrence is booked today and consumed', async () => {
    const handle = await start('now', four());
    const answer = await update(handle, 'postNow');
    expect(answer).toMatchObject({ counts: { posted: 1 }, lastPosted: day(5), next: { nominalDate: day(15) } });
    expect(await booked('now')).toEqual([[day(5), day(0)]]);
    await sleepUntil(`${day(6)}T12:00:00Z`);
    expect((await state(handle)).counts.posted).toBe(1);
    expect(await handle.result()).toMatchObject({ posted: 4, skipped: 0, reason: 'count' });
    expect(await booked('now')).toEqual([[5, 0], [15, 15], [25, 25], [35, 35]].map((pair) => pair.map(day))); // prettier-ignore
  });

  test('recurring-transaction 10: it passes over a skipped one, takes a moved one whose turn it is, and works in a pause', async () => {
    const handle = await start('now-paused', four());
    await update(handle, 'skip', { nominalDate: day(5) });
    await update(handle, 'reschedule', { nominalDate: day(35), toDate: day(10) });
    await handle.signal(RECURRING_HANDLERS.pause);
    expect(await update(handle, 'postNow')).toMatchObject({
      status: 'paused',
      counts: { posted: 1, skipped: 1 },
      lastPosted: day(35),
    });
    expect(await booked('now-paused')).toEqual([[day(35), day(0)]]);
    await handle.signal(RECURRING_HANDLERS.resume);
    expect(await handle.result()).toMatchObject({ posted: 3, skipped: 1, lastNominal: day(35) });
  });

  test('recurring-transaction 10: one that cannot be posted is told, and stays to come', async () => {
    const handle = await start('now-closed', { ...four(), end: { count: 1 } }, { account: 'savings' });
    await close('savings', true);
    expect(await refusal(handle, 'postNow')).toMatch('AccountClosed');
    const { counts, next } = await state(handle);
    expect({ counts, next: next?.nominalDate }).toEqual({
      counts: { posted: 0, skipped: 0, failed: 0 },
      next: day(5),
    });
    await close('savings', false);
    expect(await handle.result()).toMatchObject({ posted: 1, failed: 0 });
    expect(await booked('now-closed')).toEqual([[day(5), day(5)]]);
  });

  test('recurring-transaction 9, 10: it waits until a large backlog is decided upon', async () => {
    const handle = await start('now-backlog', { startDate: day(-400), schedule: DAILY, end: { count: 400 } });
    expect((await until(handle, ({ status }) => status === 'needsAttention')).reason).toMatch('366');
    expect(await refusal(handle, 'postNow')).toMatch('confirmCatchUp');
    expect(await refusal(handle, 'confirmCatchUp', { policy: 'some' })).toMatch('all, latest or none');
    expect(await refusal(handle, 'confirmCatchUp')).toMatch('all, latest or none');
    expect(await posted('now-backlog')).toEqual([]);
    await update(handle, 'confirmCatchUp', { policy: 'none' });
    expect(await handle.result()).toMatchObject({ posted: 0, skipped: 400 });
  });
});

describe('while an occurrence is being posted', () => {
  test('recurring-transaction 10: postNow takes the next one, skip and reschedule hold for those to come', async () => {
    const handle = await start('slow-busy', { ...four(), startDate: day(-5) });
    await slow.reached;
    expect(await refusal(handle, 'reschedule', { nominalDate: day(-5), toDate: day(9) })).toMatch('is being posted');
    expect(await refusal(handle, 'confirmCatchUp', { policy: 'all' })).toMatch('no catch-up to confirm');
    await update(handle, 'skip', { nominalDate: day(15) });
    // What has to be worked out waits for the posting, and is carried out in its order.
    const moved = update(handle, 'reschedule', { nominalDate: day(25), toDate: day(2) });
    await untilAccepted(handle, 2);
    const now = update(handle, 'postNow');
    await untilAccepted(handle, 3);
    slow.letGo();
    await moved;
    expect((await now).lastPosted).toBe(day(25));
    expect(await handle.result()).toMatchObject({ posted: 3, skipped: 1, failed: 0 });
    expect(await booked('slow-busy')).toEqual([[-5, -5], [5, 5], [25, 0]].map((pair) => pair.map(day))); // prettier-ignore
  });
});

describe('updateSchedule', () => {
  test('recurring-transaction 8, 10: what is after the last settled nominal follows the new rule, which the template gets too', async () => {
    const handle = await start('change', { ...four(), startDate: day(-5) });
    await until(handle, ({ counts }) => counts.posted === 1);
    await update(handle, 'postNow');
    await rig.database.query(`update recurring_templates set amount_minor = -2500 where template_id = 'change'`);
    const schedule = { kind: 'interval', everyDays: 4 } as const;
    const { upcoming } = await update(handle, 'updateSchedule', { schedule, postAt: '06:00' });
    // Every fourth day from day -5; day 5 is posted already, before it would be days -1 and 3.
    expect(upcoming.map(({ nominalDate, fireAt }) => [nominalDate, fireAt])).toEqual(
      [7, 11].map((n) => [day(n), `${day(n)}T06:00:00Z`]),
    );
    expect(await template('change')).toMatchObject({ version: 2, rule: { schedule, postAt: '06:00', zone: 'UTC' } });
    expect(await handle.result()).toMatchObject({ posted: 4, reason: 'count', lastNominal: day(11) });
    expect(await posted('change')).toMatchObject([
      { nominal: day(-5), minor: '-1000', version: 1 },
      { nominal: day(5), booked: day(0), minor: '-1000', version: 1 },
      { nominal: day(7), booked: day(7), minor: '-2500', version: 2 },
      { nominal: day(11), booked: day(11), minor: '-2500', version: 2 },
    ]);
  });

  test('recurring-transaction 10: a key that is posted is not posted again, whatever the rule says now', async () => {
    const handle = await start('never-again', { ...four(), end: { until: day(36) } });
    // Days 35 and 25 are booked before day 5.
    await update(handle, 'reschedule', { nominalDate: day(35), toDate: day(1) });
    await update(handle, 'reschedule', { nominalDate: day(25), toDate: day(2) });
    await sleepUntil(`${day(3)}T12:00:00Z`);
    await until(handle, ({ counts }) => counts.posted === 2);
    await update(handle, 'updateSchedule', { schedule: { kind: 'interval', everyDays: 5 } });
    // To the same rule twice: nothing changes, so the version stays.
    await update(handle, 'updateSchedule', { schedule: { kind: 'interval', everyDays: 5 } });
    expect((await template('never-again')).version).toBe(2);
    expect(await handle.result()).toMatchObject({ posted: 7, failed: 0, reason: 'until' });
    expect(await booked('never-again')).toEqual(
      [[5, 5], [10, 10], [15, 15], [20, 20], [25, 2], [30, 30], [35, 1]].map((pair) => pair.map(day)), // prettier-ignore
    );
  });

  test('recurring-transaction 10, 13: an end can be taken away, and one that is over ends it', async () => {
    const handle = await start('no-end', { ...four(), startDate: day(-5) });
    await until(handle, ({ counts }) => counts.posted === 1);
    expect((await state(handle)).upcoming).toHaveLength(3);
    expect((await update(handle, 'updateSchedule', { end: null })).upcoming).toHaveLength(24);
    expect((await template('no-end')).rule).not.toHaveProperty('end');
    expect((await update(handle, 'updateSchedule', { end: { until: day(25) } })).upcoming).toHaveLength(3);
    await update(handle, 'updateSchedule', { end: { until: day(4) } });
    expect(await handle.result()).toEqual({ posted: 1, skipped: 0, failed: 0, reason: 'until', lastNominal: day(-5) });

    // The clock has run on, by nobody knows how much; from its new day the fourth one is far ahead.
    today = await noon();
    const schedule = { kind: 'interval', everyDays: 300 } as const;
    const counted = await start('short-count', { ...four(), schedule, startDate: day(-700) });
    await until(counted, ({ counts }) => counts.posted === 3);
    await update(counted, 'updateSchedule', { end: { count: 3 } });
    expect(await counted.result()).toMatchObject({ posted: 3, reason: 'count' });
  });

  test.each([
    [{ zone: 'Europe/Atlantis' }, 'zone'],
    [{ postAt: '25:00' }, 'postAt'],
    [{ schedule: { kind: 'interval', everyDays: 0 } }, 'schedule.everyDays'],
    [{ schedule: { kind: 'rrule', text: 'FREQ=NEVER' } }, 'schedule.text'],
    [{ end: { count: 0 } }, 'end.count'],
    [{ end: { until: '2026-02-30' } }, 'end.until'],
    [{ weekend: 'before' }, 'weekend'],
    [{ monthEnd: null }, 'monthEnd'],
    [{ startDate: '31.12.2026' }, 'startDate'],
    [{ amountMinor: '-5' }, 'amountMinor'],
    [{}, 'empty'],
    [undefined, 'object'],
    [['zone'], 'object'],
  ])(
    'recurring-transaction 10: %j is refused with the name of the field, and nothing is changed',
    async (change, name) => {
      const templateId = `invalid ${JSON.stringify(change)}`;
      const handle = await start(templateId, four());
      const [before, row] = [await until(handle, ({ upcoming }) => upcoming.length > 0), await template(templateId)];
      expect(await refusal(handle, 'updateSchedule', change)).toMatch(name);
      expect([await state(handle), await template(templateId)]).toEqual([before, row]);
      await stop(handle);
    },
  );

  test('recurring-transaction 10: two changes at the same time are both in force', async () => {
    const handle = await start('together', four());
    await Promise.all([
      update(handle, 'updateSchedule', { postAt: '09:30' }),
      update(handle, 'updateSchedule', { end: { count: 2 } }),
      update(handle, 'updateSchedule', { weekend: 'next' }),
    ]);
    expect((await template('together')).rule).toMatchObject({ postAt: '09:30', end: { count: 2 }, weekend: 'next' });
    const { upcoming } = await state(handle);
    expect(upcoming.map(({ fireAt }) => fireAt.slice(11, 16))).toEqual(['09:30', '09:30']);
    await stop(handle);
  });

  test('recurring-transaction 10, 13: a change during a posting counts what is settled, not what the new rule had before it', async () => {
    const schedule = { kind: 'interval', everyDays: 2 } as const;
    const handle = await start('slow-change', { startDate: day(-1), schedule, end: { count: 6 } });
    await slow.reached;
    slow.letGo();
    await until(handle, ({ counts }) => counts.posted === 1);
    slow = hold();
    // The server's clock stands still during a posting.
    const slept = sleepUntil(`${day(1)}T12:00:00Z`);
    await slow.reached;
    // Day 1 is being posted, while the new rule has day 0 too.
    const changed = update(handle, 'updateSchedule', { schedule: DAILY });
    await untilAccepted(handle, 1);
    slow.letGo();
    await Promise.all([slept, changed]);
    expect(await handle.result()).toMatchObject({ posted: 6, reason: 'count', lastNominal: day(5) });
    expect((await posted('slow-change')).map(({ nominal }) => nominal)).toEqual([-1, 1, 2, 3, 4, 5].map(day));
  });
});

test('recurring-transaction 12: the state lists as many to come as asked for, and still 24 after ten are posted', async () => {
  const handle = await start('listed', { startDate: day(-9), schedule: DAILY });
  const { upcoming, next } = await until(handle, ({ counts }) => counts.posted === 10);
  expect(upcoming.map(({ nominalDate }) => nominalDate)).toEqual(Array.from({ length: 24 }, (_, at) => day(at + 1)));
  expect(next).toEqual({ index: 11, nominalDate: day(1), postingDate: day(1), fireAt: `${day(1)}T00:05:00Z` });
  expect((await state(handle, 0)).upcoming).toEqual([]);
  expect((await state(handle, 2)).upcoming).toEqual(upcoming.slice(0, 2));
  expect((await state(handle, 25)).upcoming).toEqual(upcoming);
  await stop(handle);
});
