import { addDays } from '@backend/shared/kernel';
import { RECURRING_HANDLERS } from '../src/contract';
import { DAILY, FOUR, USER, createRecurring } from './recurring-fixtures';
import { type TraccRig, addUser, startTraccRig } from './support';

let rig: TraccRig;
const { stopAll, noon, close, start, state, until, update, refusal, posted, recorded, stop, sleepUntil } =
  createRecurring(() => rig);
/** The date on which a test begins, at noon UTC. */
let today: string;
const day = (n: number): string => addDays(today, n);

beforeAll(async () => {
  rig = await startTraccRig();
  await addUser(rig.database, USER);
});
beforeEach(async () => {
  today = await noon();
});
afterEach(async () => {
  await stopAll();
  await rig.verify();
});
afterAll(async () => rig.stop());

/** Occurrences on days 5, 15, 25 and 35. */
const four = () => ({ ...FOUR, startDate: day(5) });

describe('failures', () => {
  test('recurring-transaction 10, 14: three in a row pause it; what failed is posted by retry when its cause is mended', async () => {
    await close('savings', true);
    const handle = await start('mend', { ...four(), startDate: day(-28) }, { account: 'savings' });
    const paused = await until(handle, ({ status }) => status === 'paused');
    expect(paused).toMatchObject({
      reason: 'AccountClosed',
      counts: { posted: 0, skipped: 0, failed: 3 },
      recent: [-8, -18, -28].map((n) => ({ nominalDate: day(n), outcome: 'failed', reason: 'AccountClosed' })),
    });
    expect(await refusal(handle, 'retry', { nominalDate: day(-18) })).toMatch('AccountClosed');
    expect((await state(handle)).counts).toEqual({ posted: 0, skipped: 0, failed: 3 });
    expect(await refusal(handle, 'retry', { nominalDate: day(2) })).toMatch('none of the last failed');
    expect(await refusal(handle, 'retry', { nominalDate: 'first' })).toMatch('nominalDate should be a date');

    await close('savings', false);
    expect(await update(handle, 'retry', { nominalDate: day(-18) })).toMatchObject({
      status: 'paused',
      counts: { posted: 1, skipped: 0, failed: 2 },
      lastPosted: day(-18),
    });
    expect(await refusal(handle, 'retry', { nominalDate: day(-18) })).toMatch('none of the last failed');
    expect(await posted('mend')).toMatchObject([{ nominal: day(-18), booked: day(-18), late: true }]);
    expect((await recorded('mend')).map(({ outcome }) => outcome)).toEqual(['failed', 'posted', 'failed']);

    await handle.signal(RECURRING_HANDLERS.resume);
    expect(await handle.result()).toEqual({ posted: 2, skipped: 0, failed: 2, reason: 'count', lastNominal: day(2) });
  });

  test('recurring-transaction 14: one that is posted between failures begins the row anew', async () => {
    const handle = await start('two-and-two', { ...four(), startDate: day(1), schedule: DAILY, end: { count: 5 } }, { account: 'savings' }); // prettier-ignore
    for (const [n, closed] of [
      [2, true],
      [3, false],
      [5, true],
    ] as const) {
      // prettier-ignore
      await close('savings', closed);
      await sleepUntil(`${day(n)}T12:00:00Z`);
      await until(handle, ({ counts }) => counts.posted + counts.failed === n);
    }
    await close('savings', false);
    expect(await handle.result()).toMatchObject({ posted: 1, failed: 4 });
    expect((await recorded('two-and-two')).map(({ outcome }) => outcome)).toEqual(
      ['failed', 'failed', 'posted', 'failed', 'failed'], // prettier-ignore
    );
  });
});

describe('pause', () => {
  test.each([
    ['skip', 'skipped', { posted: 2, skipped: 2 }],
    ['catchUp', 'posted', { posted: 4, skipped: 0 }],
  ] as const)(
    'recurring-transaction 11: what is missed in a pause with onResume %s is %s',
    async (onResume, outcome, counts) => {
      const templateId = `pause-${onResume}`;
      const handle = await start(templateId, four());
      await sleepUntil(`${day(6)}T12:00:00Z`);
      await until(handle, ({ counts: { posted: n } }) => n === 1);
      await handle.signal(RECURRING_HANDLERS.pause, { onResume });
      await sleepUntil(`${day(26)}T12:00:00Z`);
      expect(await state(handle)).toMatchObject({ status: 'paused', counts: { posted: 1, skipped: 0, failed: 0 } });
      expect(await recorded(templateId)).toHaveLength(1);
      await handle.signal(RECURRING_HANDLERS.resume);
      expect(await handle.result()).toMatchObject({ ...counts, failed: 0, reason: 'count' });
      const reason = onResume === 'skip' ? 'paused' : null;
      expect((await recorded(templateId)).slice(1, 3)).toEqual([15, 25].map((n) => ({ nominal: day(n), outcome, reason }))); // prettier-ignore
      if (onResume === 'catchUp') expect((await posted(templateId)).map(({ late }) => late)).toEqual([false, true, true, false]); // prettier-ignore
    },
  );

  test('recurring-transaction 11: a resume without a pause, and a signal that is unknown to it, change nothing', async () => {
    const handle = await start('no-pause', four());
    const before = await until(handle, ({ upcoming }) => upcoming.length > 0);
    await handle.signal(RECURRING_HANDLERS.resume);
    await handle.signal('unheard-of');
    expect(await state(handle)).toEqual(before);
    await stop(handle);
  });
});
