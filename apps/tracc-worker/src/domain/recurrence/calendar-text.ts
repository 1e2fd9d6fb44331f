import { daysFromCivil, daysInMonth, isoWeekday } from '@backend/shared/kernel';
import { monthIndex } from './month-grid';
import { MONTH_NAMES, weekdayDateText } from './schedule-text';

/**
 * What an occurrence is on a calendar. `late`: posted more than a day after its time; `already`: another path had
 * posted it; `next` and `toCome`: planned; `moved`: planned, on a date chosen by hand; `notBooked`: the weekend rule
 * drops it.
 */
export type CalendarState =
  | 'posted'
  | 'late'
  | 'already'
  | 'skipped'
  | 'failed'
  | 'next'
  | 'toCome'
  | 'moved'
  | 'notBooked';

/** One occurrence of a calendar. Dates are civil. */
export interface CalendarEntry {
  readonly nominalDate: string;
  /** Null when nothing is booked. */
  readonly postingDate: string | null;
  readonly state: CalendarState;
  /** Why it is not plainly on its day, in words; see notesOf and reasonNote in schedule-text.ts. */
  readonly note?: string;
  /** When it posts, in words for people: `00:05 Europe/Berlin`. */
  readonly at?: string;
}

/** A calendar: `today` is a civil date, `width` the columns of the terminal (20 is the least that is kept to). */
export interface CalendarInput {
  readonly entries: readonly CalendarEntry[];
  readonly today: string;
  readonly width: number;
  /** True to add ANSI colours; the text is the same without them. */
  readonly colour: boolean;
}

type Mark = CalendarState | 'bookedLater' | 'bookedEarlier' | 'today';
type Paint = (text: string, codes: string) => string;

// In the order of the legend. Codes are ANSI SGR parameters.
const MARKS: Readonly<Record<Mark, { sign: string; codes: string; label: string }>> = {
  posted: { sign: '✓', codes: '32', label: 'posted' },
  late: { sign: '+', codes: '33', label: 'posted late' },
  already: { sign: '=', codes: '32', label: 'was booked already' },
  skipped: { sign: 'x', codes: '33', label: 'skipped' },
  notBooked: { sign: '-', codes: '90', label: 'not booked' },
  failed: { sign: '!', codes: '1;31', label: 'failed' },
  next: { sign: '*', codes: '1;36', label: 'next' },
  toCome: { sign: '•', codes: '36', label: 'to come' },
  moved: { sign: '~', codes: '35', label: 'moved to this day' },
  bookedEarlier: { sign: '<', codes: '90', label: 'booked earlier' },
  bookedLater: { sign: '>', codes: '90', label: 'booked later' },
  today: { sign: '◂', codes: '1', label: 'today' },
};
const LEGEND_ORDER = Object.keys(MARKS) as Mark[];
/** Where marks meet on one day, the first of these is shown; the list has the others. */
const BY_WEIGHT =
  'failed next late moved posted already toCome skipped notBooked bookedLater bookedEarlier today'.split(' ');
/** Lines are kept in this order when there are too many. */
const RANKS: Readonly<Record<CalendarState, number>> = {
  failed: 0,
  next: 1,
  late: 2,
  moved: 2,
  already: 3,
  skipped: 3,
  posted: 4,
  toCome: 4,
  notBooked: 5,
};
const BOLD = '1';
const DIM = '2';
const UNDERLINE = '4';

/** Seven days of two digits and a sign. */
const GRID_WIDTH = 21;
const GUTTER_WIDTH = 4;
/** Twelve months divide by each of these. */
const COLUMN_CHOICES = [6, 4, 3, 2, 1] as const;
const MAX_LINES = 12;
const WRITTEN_DATE = /\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d{1,2} [A-Z][a-z]{2}( \d{4})?/g;

/**
 * The occurrences as month grids side by side, a legend of the signs in use, and a list of what a grid cannot say. No
 * line is wider than `width`, no line ends in a blank, and there is no final line break. Entries in any order.
 */
export function renderCalendar({ entries, today, width, colour }: CalendarInput): string {
  if (entries.length === 0) return 'no dates';
  const sorted = [...entries].sort((a, b) => daysFromCivil(a.nominalDate) - daysFromCivil(b.nominalDate));
  const page: Page = {
    sorted,
    today,
    columns: Math.max(20, Math.floor(width)),
    commonAt: commonTime(sorted),
    paint: (text, codes) => (colour ? `\u001b[${codes}m${text}\u001b[0m` : text),
  };
  const grids = gridLines(page);
  return [grids.lines, legendLines(page, grids.shown), noteLines(page)]
    .filter((block) => block.length > 0)
    .map((block) => block.join('\n'))
    .join('\n\n');
}

/** What every part of the calendar is made from. */
interface Page {
  /** By nominal date. */
  readonly sorted: readonly CalendarEntry[];
  readonly today: string;
  readonly columns: number;
  /** The posting time that is said once for all. */
  readonly commonAt: string | undefined;
  readonly paint: Paint;
}

/** A page as its grids need it; `shown` collects the marks that are drawn. */
interface Grids {
  readonly page: Page;
  readonly marks: ReadonlyMap<string, Mark>;
  readonly shown: Set<Mark>;
}

// ---------------------------------------------------------------- grids

/** The days of one occurrence: where it is booked, and its own date when that is another one. */
function daysOf({ nominalDate, postingDate, state }: CalendarEntry): [date: string, mark: Mark][] {
  if (!isElsewhere({ nominalDate, postingDate, state })) return [[nominalDate, state]];
  return [
    [postingDate!, state],
    [nominalDate, postingDate! > nominalDate ? 'bookedLater' : 'bookedEarlier'],
  ];
}

function isElsewhere({ nominalDate, postingDate, state }: CalendarEntry): boolean {
  return postingDate !== null && postingDate !== nominalDate && state !== 'skipped' && state !== 'notBooked';
}

function marksOf(entries: readonly CalendarEntry[], today: string): Map<string, Mark> {
  const marks = new Map<string, Mark>();
  for (const [date, mark] of [...entries.flatMap(daysOf), [today, 'today'] as const]) {
    const other = marks.get(date);
    if (other === undefined || BY_WEIGHT.indexOf(mark) < BY_WEIGHT.indexOf(other)) marks.set(date, mark);
  }
  return marks;
}

/** The rows of grids that are worth their lines, with what is left out said in words; `shown` are the marks drawn. */
function gridLines(page: Page): { lines: string[]; shown: Set<Mark> } {
  const { sorted, today, columns, paint } = page;
  const perRow = COLUMN_CHOICES.find((count) => count * (GRID_WIDTH + GUTTER_WIDTH) - GUTTER_WIDTH <= columns);
  const grids: Grids = { page, marks: marksOf(sorted, today), shown: new Set() };
  if (perRow === undefined) return { lines: [], shown: grids.shown };
  const months = [...new Set(sorted.flatMap(daysOf).map(([date]) => monthIndex(date)))].sort((a, b) => a - b);
  const usualGap = usualGapOf(months);
  const allRows = rowsOf(months, { perRow, usualGap });

  // What comes is of more use than what is past, and a month with one mark in half a year of little.
  const maxRows = usualGap >= 5 ? 2 : 4;
  const now = sorted.find(({ state }) => state === 'next') ?? sorted.find(({ nominalDate }) => nominalDate >= today);
  const nowMonth = now === undefined ? months.at(-1)! : monthIndex(now.nominalDate);
  const nowRow = allRows.findIndex((row) => row.at(-1)! >= nowMonth);
  const from = Math.max(0, Math.min(nowRow - (maxRows > 2 ? 1 : 0), allRows.length - maxRows));
  const rows = allRows.slice(from, from + maxRows);
  const before = allRows.slice(0, from).flat();
  const after = allRows.slice(from + maxRows).flat();

  const said = (text: string): string[] =>
    wrap({ text, first: columns, rest: columns }).map((line) => paint(line, DIM));
  const blocks: string[][] = [];
  if (before.length > 0)
    blocks.push(said(`… ${monthsText(before, 'earlier')} with dates, from ${monthTitle(before[0]!)}`));
  for (const [position, row] of rows.entries()) {
    const gap = position === 0 ? 0 : row[0]! - rows[position - 1]!.at(-1)! - 1;
    if (gap > 0) blocks.push(said(`… ${gap} ${gap === 1 ? 'month' : 'months'} without dates …`));
    blocks.push(rowLines(row, grids));
  }
  if (after.length > 0) blocks.push(said(`… ${monthsText(after, 'more')} with dates, to ${monthTitle(after.at(-1)!)}`));
  return { lines: blocks.flatMap((block, position) => (position === 0 ? block : ['', ...block])), shown: grids.shown };
}

/** How many months lie between two months with dates, as a rule. */
function usualGapOf(months: readonly number[]): number {
  const gaps = months.slice(1).map((month, position) => month - months[position]! - 1);
  return gaps.sort((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? 0;
}

/** Months in rows. A gap that is longer than the recurrence's usual one begins a new row, so that it can be told. */
function rowsOf(months: readonly number[], { perRow, usualGap }: { perRow: number; usualGap: number }): number[][] {
  const rows: number[][] = [];
  for (const month of months) {
    const row = rows.at(-1);
    const gap = row ? month - row.at(-1)! - 1 : 0;
    if (!row || row.length === perRow || (gap > usualGap && gap > 2)) rows.push([month]);
    else row.push(month);
  }
  return rows;
}

function rowLines(row: readonly number[], drawn: Grids): string[] {
  const { paint } = drawn.page;
  const grids = row.map((month) => weeksOf(month, drawn));
  const height = Math.max(...grids.map((weeks) => weeks.length));
  const gutter = ' '.repeat(GUTTER_WIDTH);
  const titles = row.map((month, position) => {
    const title = monthTitle(month);
    const left = Math.floor((GRID_WIDTH - 1 - title.length) / 2);
    const before = position === 0 ? '' : month - row[position - 1]! > 1 ? paint(' …  ', DIM) : gutter;
    return `${before}${' '.repeat(left)}${paint(title, BOLD)}${' '.repeat(GRID_WIDTH - left - title.length)}`;
  });
  const weekdays = row.map(() => `${paint('Mo Tu We Th Fr Sa Su', DIM)} `);
  const weeks = Array.from({ length: height }, (_, week) =>
    grids.map((grid) => grid[week] ?? ' '.repeat(GRID_WIDTH)).join(gutter),
  );
  return [titles.join(''), weekdays.join(gutter), ...weeks].map((line) => line.trimEnd());
}

/** The weeks of a month from Monday, each {@link GRID_WIDTH} wide. */
function weeksOf(month: number, { page: { today, paint }, marks, shown }: Grids): string[] {
  const prefix = `${String(Math.floor(month / 12)).padStart(4, '0')}-${String((month % 12) + 1).padStart(2, '0')}`;
  const blanks = isoWeekday(`${prefix}-01`) - 1;
  const cells = Array.from({ length: blanks }, () => '   ');
  for (let day = 1; day <= daysInMonth(Math.floor(month / 12), (month % 12) + 1); day++) {
    const date = `${prefix}-${String(day).padStart(2, '0')}`;
    const mark = marks.get(date);
    if (mark) shown.add(mark);
    const number = String(day);
    const pad = ' '.repeat(2 - number.length);
    if (mark === undefined) {
      cells.push(`${pad}${(blanks + day - 1) % 7 > 4 ? paint(number, DIM) : number} `);
      continue;
    }
    const { sign, codes } = MARKS[mark];
    cells.push(
      date === today
        ? `${pad}${paint(number, `${codes};${UNDERLINE}`)}${paint(sign, codes)}`
        : `${pad}${paint(`${number}${sign}`, codes)}`,
    );
  }
  while (cells.length % 7 > 0) cells.push('   ');
  return Array.from({ length: cells.length / 7 }, (_, week) => cells.slice(7 * week, 7 * week + 7).join(''));
}

function monthTitle(month: number): string {
  return `${MONTH_NAMES[month % 12]} ${Math.floor(month / 12)}`;
}

function monthsText(months: readonly number[], which: string): string {
  return `${months.length} ${which} ${months.length === 1 ? 'month' : 'months'}`;
}

function legendLines({ sorted, columns, commonAt, paint }: Page, shown: ReadonlySet<Mark>): string[] {
  const items = LEGEND_ORDER.filter((mark) => shown.has(mark)).map((mark) => {
    const { sign, codes, label } = MARKS[mark];
    return { width: sign.length + 1 + label.length, text: `${paint(sign, codes)} ${label}` };
  });
  const lines: string[] = [];
  let room = 0;
  for (const { width, text } of items) {
    if (lines.length > 0 && room >= width + 3) {
      lines.push(`${lines.pop()}   ${text}`);
      room -= width + 3;
    } else {
      lines.push(text);
      room = columns - width;
    }
  }
  if (commonAt === undefined) return lines;
  const others = sorted.some(({ at }) => at !== undefined && at !== commonAt);
  const text = `posts at ${commonAt}${others ? ' unless said otherwise' : ''}`;
  return [...lines, ...wrap({ text, first: columns, rest: columns })];
}

// ---------------------------------------------------------------- list

interface Note {
  readonly date: string;
  readonly state: CalendarState;
  readonly words: string;
  /** How many occurrences the line stands for. */
  readonly count: number;
  /** 0 is kept first when there are too many. */
  readonly rank: number;
}

/** The time that most of the planned occurrences share, which is then said once. */
function commonTime(entries: readonly CalendarEntry[]): string | undefined {
  const counts = new Map<string, number>();
  for (const { at } of entries) if (at !== undefined) counts.set(at, (counts.get(at) ?? 0) + 1);
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return [...counts].find(([, count]) => count > 1 && count > total / 2)?.[0];
}

function noteLines(page: Page): string[] {
  const { sorted, today, columns, paint } = page;
  const notes = joinRuns(sorted, (entry) => noteOf(entry, page));
  const distance = ({ date }: Note): number => Math.abs(daysFromCivil(date) - daysFromCivil(today));
  const kept = [...notes]
    .sort((a, b) => a.rank - b.rank || distance(a) - distance(b))
    .slice(0, MAX_LINES)
    .sort((a, b) => (a.date < b.date ? -1 : 1));
  const lines = kept.flatMap(({ date, state, words }) => {
    const { sign, codes } = MARKS[state];
    const day = weekdayDateText(date).replace(/^(\w+) (\d) /, '$1  $2 ');
    const indent = columns < 60 ? 4 : day.length + 4;
    const [first = '', ...rest] = wrap({ text: words, first: columns - day.length - 4, rest: columns - indent });
    return [`${paint(sign, codes)} ${day}  ${first}`.trimEnd(), ...rest.map((line) => `${' '.repeat(indent)}${line}`)];
  });
  const total = notes.reduce((sum, { count }) => sum + count, 0);
  const left = total - kept.reduce((sum, { count }) => sum + count, 0);
  return left > 0 ? [...lines, `  and ${left} more`] : lines;
}

/** Lines for the entries that have one; three or more in a row that say the same on their own days become one line. */
function joinRuns(entries: readonly CalendarEntry[], noteFor: (entry: CalendarEntry) => Note | undefined): Note[] {
  const notes: Note[] = [];
  for (let start = 0; start < entries.length;) {
    const entry = entries[start]!;
    const note = noteFor(entry);
    let end = start + 1;
    if (note && !isElsewhere(entry)) {
      while (end < entries.length && noteFor(entries[end]!)?.words === note.words && !isElsewhere(entries[end]!)) end++;
    }
    const count = end - start;
    if (note && count < 3) {
      notes.push(note);
      start += 1;
      continue;
    }
    const last = entries[end - 1]!.nominalDate;
    if (note) notes.push({ ...note, count, words: `${note.words}, ${count} times to ${weekdayDateText(last)}` });
    start = end;
  }
  return notes;
}

/** What the grid does not say about an occurrence; undefined when it says everything. */
function noteOf(entry: CalendarEntry, { today, commonAt }: Page): Note | undefined {
  const { nominalDate, state, note, at } = entry;
  const isToday = nominalDate === today;
  let words = stateWords(entry, today) || (isToday && note === undefined ? MARKS[state].label : '');
  // "skipped by you", "skipped while paused", but "failed (the account is closed)"
  if (note !== undefined && /^(by|while|because|after) /.test(note)) words = `${words} ${note}`.trimStart();
  else if (note !== undefined) words = words === '' ? note : `${words} (${note})`;
  if (words === '') return undefined;
  if (at !== undefined && at !== commonAt) words += `, ${at}`;
  const rank = daysOf(entry).some(([date]) => date === today) ? 1 : RANKS[state];
  return { date: nominalDate, state, words: isToday ? `today, ${words}` : words, count: 1, rank };
}

function stateWords(entry: CalendarEntry, today: string): string {
  const { nominalDate, postingDate, state } = entry;
  const elsewhere = isElsewhere(entry) ? otherDateText(postingDate!, { nominalDate, today }) : undefined;
  const booked = elsewhere && `booked ${elsewhere}`;
  switch (state) {
    case 'posted':
    case 'toCome':
      return booked ?? '';
    case 'next':
      return booked ? `next, ${booked}` : 'next';
    case 'late':
      return booked ? `posted late, ${booked}` : 'posted late';
    case 'already':
      return elsewhere ? `was booked already, ${elsewhere}` : 'was booked already';
    case 'failed':
      return elsewhere ? `failed, due ${elsewhere}` : 'failed';
    case 'moved':
      return elsewhere ? `moved to ${elsewhere}` : 'moved';
    case 'skipped':
      return 'skipped';
    case 'notBooked':
      return 'not booked';
  }
}

/** The year is said only when the shift crosses it. */
function otherDateText(date: string, { nominalDate, today }: { nominalDate: string; today: string }): string {
  const text = weekdayDateText(date);
  const short = date.slice(0, 4) === nominalDate.slice(0, 4) ? text.replace(/ \d+$/, '') : text;
  return date === today ? `${short}, today` : short;
}

/** Words in lines of at most `first` and then `rest` characters; a word that fits no line is cut. */
function wrap({ text, first, rest }: { text: string; first: number; rest: number }): string[] {
  const lines: string[] = [];
  let line = '';
  const room = (): number => Math.max(1, lines.length === 0 ? first : rest);
  // A date stays in one piece.
  const glued = text.replace(WRITTEN_DATE, (date) => date.replaceAll(' ', '\u00a0'));
  for (let word of glued.split(' ')) {
    if (line !== '' && line.length + 1 + word.length <= room()) {
      line += ` ${word}`;
      continue;
    }
    if (line !== '') lines.push(line);
    // The first line may be shorter than the others: a word that does not fit there starts the next one.
    if (line === '' && lines.length === 0 && word.length > first && word.length <= rest) lines.push('');
    while (word.length > room()) {
      const size = room();
      lines.push(word.slice(0, size));
      word = word.slice(size);
    }
    line = word;
  }
  if (line !== '') lines.push(line);
  return lines.map((written) => written.replaceAll('\u00a0', ' ').trimEnd());
}
