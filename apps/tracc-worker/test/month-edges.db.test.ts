import type { TestDatabase } from '@backend/shared/testing';
import fc from 'fast-check';
import { openTestDatabase } from '../../../test/support/servers';
import { readSpentByMonth } from '../src/repositories';
import { prepared, replaceRows } from './bulk-rows';
import { addUser } from './support';

// Both hemispheres, quarter and half hours, the date line, and every hour at which clocks are known to change.
const ZONES = [
  'Africa/Cairo', // changes at midnight
  'Africa/Casablanca', // back for Ramadan
  'America/Asuncion', // changes at midnight, south
  'America/Caracas', // -04:30 until 2016
  'America/Havana', // 01:00 back to 00:00
  'America/New_York',
  'America/Santiago', // changes at midnight, south
  'America/Sao_Paulo', // changed at midnight until 2019
  'America/St_Johns', // -03:30; until 2011 00:01 back to 23:01 of the day before
  'Antarctica/Troll', // two hours at once
  'Asia/Amman', // changed at midnight and at 01:00
  'Asia/Beirut', // changes at midnight
  'Asia/Kabul',
  'Asia/Kathmandu', // +05:45
  'Asia/Kolkata',
  'Asia/Pyongyang', // half an hour back in 2015, forward at 23:30 in 2018
  'Asia/Tehran', // +03:30, changed at midnight until 2022
  'Asia/Tokyo',
  'Atlantic/Azores', // 00:00 to 01:00 and 01:00 to 00:00
  'Australia/Adelaide',
  'Australia/Eucla', // +08:45
  'Australia/Lord_Howe', // half an hour of summer time
  'Europe/Berlin',
  'Europe/Dublin',
  'Pacific/Apia', // no 30 December 2011
  'Pacific/Auckland',
  'Pacific/Chatham', // +12:45
  'Pacific/Kiritimati', // +14
  'Pacific/Marquesas', // -09:30
  'Pacific/Pago_Pago', // -11
] as const;
type Zone = (typeof ZONES)[number];
// Years long past, whose rules no release of the time zone database still changes.
const YEARS = { min: 2005, max: 2022 };
const SECOND = 1000;
const HOUR = 3600 * SECOND;
const DAY = 24 * HOUR;
// An amount that is a power of four says in any sum whether it is part of it, and whether twice; 31 of them fit a bigint.
const MAX_ROWS = 31;
const START_DAYS = Array.from({ length: 28 }, (_, n) => n + 1);

const formats = new Map<Zone, Intl.DateTimeFormat>(
  ZONES.map((timeZone) => [
    timeZone,
    new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    }),
  ]),
);

/** Clocks of the zone at an instant, as the platform's own calendar says. */
function clocks(zone: Zone, instant: number) {
  const [, month, day, year, hour, minute] = /^(\d+)\/(\d+)\/(\d+), (\d+):(\d+)/.exec(
    formats.get(zone)!.format(instant),
  )!;
  return { date: `${year}-${month}-${day}`, hour: Number(hour), minute: Number(minute) };
}

const pad = (value: number): string => String(value).padStart(2, '0');
const monthName = (index: number): string => `${Math.floor(index / 12)}-${pad((index % 12) + 1)}`;
/** The month of a date, counted from the year 0, when months begin on that day. */
const monthIndex = (date: string, startDay: number): number => {
  const [year, month, day] = date.split('-').map(Number) as [number, number, number];
  return year * 12 + month - 1 - (day < startDay ? 1 : 0);
};

/** The instants at which the clocks of the zone change, within those years. */
function clockChanges(zone: Zone): number[] {
  const offsetMinutes = (instant: number): number => {
    const { date, hour, minute } = clocks(zone, instant);
    return (Date.parse(`${date}T${pad(hour)}:${pad(minute)}:00Z`) - Math.floor(instant / 60_000) * 60_000) / 60_000;
  };
  const changes: number[] = [];
  const end = Date.UTC(YEARS.max + 1, 0, 1);
  for (let from = Date.UTC(YEARS.min, 0, 1); from < end; from += 5 * DAY) {
    let [low, high] = [from, from + 5 * DAY];
    const before = offsetMinutes(low);
    if (before === offsetMinutes(high)) continue;
    while (high - low > SECOND) {
      const middle = Math.floor((low + high) / 2 / SECOND) * SECOND;
      if (offsetMinutes(middle) === before) low = middle;
      else high = middle;
    }
    changes.push(high);
  }
  return changes;
}

/** The first instant, to the second, at which the date is reached; a skipped date is reached with the next one. */
function beginOf(zone: Zone, date: string): number {
  let [low, high] = [Date.parse(`${date}T00:00:00Z`) - DAY, Date.parse(`${date}T00:00:00Z`) + DAY];
  while (high - low > SECOND) {
    const middle = Math.floor((low + high) / 2 / SECOND) * SECOND;
    if (clocks(zone, middle).date < date) low = middle;
    else high = middle;
  }
  return high;
}

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase('tracc');
  for (const zone of ZONES) await addUser(database, zone, zone);
  await database.query(
    `insert into budgets (budget_id, user_id, name, currency, zone, month_start_day, rollover_since)
     select user_id || ' ' || day, user_id, 'b', 'EUR', zone, day, '2000-01' from users, generate_series(1, 28) as day`,
  );
  await database.query(
    `insert into budget_categories (user_id, budget_id, category_id) select user_id, budget_id, 'food' from budgets`,
  );
});
afterAll(async () => database.drop());

/** Which rows are in which month of which start day, as text with a line for each: `15 2026-03: 0 2`. */
const lines = (months: ReadonlyMap<string, readonly string[]>): string =>
  [...months]
    .map(([month, rows]) => `${month}: ${rows.join(' ')}`.trim())
    .sort()
    .join('\n');

type Range = { readonly startDays: readonly number[]; readonly from: string; readonly to: string };

/** Writes a row for each instant and reads the ranges, one after the other. A row that a month counts twice is named twice. */
async function counted(zone: Zone, instants: readonly number[], ranges: readonly Range[]): Promise<string[]> {
  await replaceRows(
    database,
    zone,
    instants.map((instant, position) => ({
      id: position + 1 + MAX_ROWS * ZONES.indexOf(zone),
      at: new Date(instant).toISOString(),
      minor: `-${4n ** BigInt(position)}`,
      currency: 'EUR',
      category: 'food',
    })),
  );
  return database.scope(zone, async (tx) => {
    const answers: string[] = [];
    for (const { startDays, from, to } of ranges) {
      const budgetIds = startDays.map((day) => `${zone} ${day}`);
      const rows = await readSpentByMonth(prepared(tx), { budgetIds, from, to });
      const months = rows.map(({ budgetId, month, postedMinor }) => {
        const digits = Array.from(BigInt(postedMinor).toString(4)).reverse();
        const names = digits.flatMap((times, position) =>
          Array.from({ length: Number(times) }, () => String(position)),
        );
        return [`${budgetId.split(' ')[1]} ${month}`, names] as const;
      });
      expect(new Set(months.map(([month]) => month)).size).toBe(rows.length);
      answers.push(lines(new Map(months)));
    }
    return answers;
  });
}

/** What the clocks of the zone say for one start day. */
function wanted(dates: readonly string[], startDays: readonly number[]): string {
  const months = new Map<string, string[]>();
  for (const startDay of startDays)
    for (const [position, date] of dates.entries()) {
      const month = `${startDay} ${monthName(monthIndex(date, startDay))}`;
      months.set(month, [...(months.get(month) ?? []), String(position)]);
    }
  return lines(months);
}

/** The rows are read twice: months of every start day at once, and each month of one start day by itself. */
async function check(zone: Zone, instants: readonly number[], startDay: number): Promise<void> {
  const dates = instants.map((instant) => clocks(zone, instant).date);
  const indexes = dates.map((date) => monthIndex(date, startDay));
  const [first, last] = [Math.min(...indexes) - 1, Math.max(...indexes) + 1];
  const all = { startDays: START_DAYS, from: `${monthName(first - 1)}-01`, to: `${monthName(last + 2)}-28` };
  const single = Array.from({ length: last - first + 1 }, (_, n) => ({
    startDays: [startDay],
    from: `${monthName(first + n)}-${pad(startDay)}`,
    to: `${monthName(first + n + 1)}-${pad(startDay)}`,
  }));
  const [together, ...apart] = await counted(zone, instants, [all, ...single]);
  expect(together).toBe(wanted(dates, START_DAYS));
  expect(apart.filter((text) => text !== '').join('\n')).toBe(wanted(dates, [startDay]));
}

// Milliseconds, seconds, hours and days from an edge.
const shifts = fc.array(
  fc.oneof(
    fc.constantFrom(-SECOND, -1, 0, 1, SECOND - 1, SECOND),
    fc.integer({ min: -120 * SECOND, max: 120 * SECOND }),
    fc.integer({ min: -3 * HOUR, max: 3 * HOUR }),
    fc.integer({ min: -26, max: 26 }).map((hours) => hours * HOUR),
    fc.integer({ min: -3 * DAY, max: 3 * DAY }),
  ),
  { minLength: 1, maxLength: MAX_ROWS, size: 'max' },
);

test('monthly-budget 3: a row with only an instant is in the month that the clocks of its zone say, and in no other', async () => {
  const edges = fc.record({
    zone: fc.constantFrom(...ZONES),
    year: fc.integer(YEARS),
    month: fc.integer({ min: 1, max: 12 }),
    startDay: fc.integer({ min: 1, max: 28 }),
  });
  await fc.assert(
    fc.asyncProperty(edges, shifts, async ({ zone, year, month, startDay }, around) => {
      const edge = beginOf(zone, `${year}-${pad(month)}-${pad(startDay)}`);
      await check(
        zone,
        around.map((shift) => edge + shift),
        startDay,
      );
    }),
    { numRuns: 600 },
  );
});

test('monthly-budget 3: nor does a change of the clocks put a row in two months, or in none', async () => {
  const changes = ZONES.flatMap((zone) => clockChanges(zone).map((instant) => ({ zone, instant })));
  // The month begins on the day of the change, or on that before or after it.
  const edges = fc.record({ change: fc.constantFrom(...changes), days: fc.constantFrom(-1, 0, 0, 1) });
  await fc.assert(
    fc.asyncProperty(edges, shifts, async ({ change: { zone, instant }, days }, around) => {
      const startDay = Number(clocks(zone, instant + days * DAY).date.slice(8));
      await check(
        zone,
        around.map((shift) => instant + shift),
        Math.min(startDay, 28),
      );
    }),
    { numRuns: 400 },
  );
});
