import type { ImportDoubt, ImportProof, UnderstoodValues } from '@backend/importer/contract';
import { type DateEvidence, type ShownRecord, isPlainName, understandDates } from '@backend/importer/inference';
import type { FileLayout, ImportProfile } from '@backend/importer/reading';
import { columnTitle } from '@backend/importer/records';
import { normaliseDate } from '../domain/dates/normalise-date';

/** How a file of events is read, and what it leaves room for doubt about. */
export function understandEvents({
  layout,
  evidence,
  firstDate,
  profile,
}: {
  readonly layout: FileLayout;
  /** Of the dates whose day and month could change places. */
  readonly evidence: DateEvidence;
  /** The first text in the column of dates. */
  readonly firstDate: ImportProof | undefined;
  readonly profile: ImportProfile;
}): UnderstoodValues {
  const { roles } = layout;
  const column = columnTitle(layout, roles['date']!).slice(0, 60);
  const ordered = understandDates(evidence, column, profile);
  const isPlain = ordered.from === 'none' && ordered.order !== 'open';
  // Years, EDTF and calendar texts say themselves what they are.
  const dates = isPlain && firstDate ? { ...ordered, from: 'values' as const, proof: firstDate } : ordered;
  return { dates, unsure: [...openDates(evidence, profile, column), ...uncited(roles)] };
}

function openDates({ open, firstOpen, dayFirst, monthFirst }: DateEvidence, profile: ImportProfile, column: string) {
  if (profile.dateFormat !== undefined || !firstOpen) return [];
  const doubt = (code: string, message: string): ImportDoubt[] => [{ code, message, profile: { dateFormat: 'DMY' } }];
  if (dayFirst && monthFirst) {
    return doubt(
      'MixedDates',
      `The column "${column}" has dates with the day first (${dayFirst.value}, line ${dayFirst.line}) and with the month first (${monthFirst.value}, line ${monthFirst.line}); those that could be either are kept with both readings and wait for review.`,
    );
  }
  if (dayFirst || monthFirst) return [];
  return doubt(
    'OpenDates',
    `Dates such as ${firstOpen.value} (line ${firstOpen.line}; ${open} in all) can be read with the day or the month first; they are kept with both readings and wait for review.`,
  );
}

function uncited(roles: FileLayout['roles']): ImportDoubt[] {
  const hasSource = roles['sourceTitle'] !== undefined || roles['sourceUrl'] !== undefined;
  if (roles['quote'] !== undefined && hasSource) return [];
  const message =
    'No columns hold what a source says (quote, and sourceTitle or sourceUrl): every event is stored without a citation and waits for review.';
  return [{ code: 'Uncited', message }];
}

/** This part of a column's cells must be dates. */
const FITTING = 0.8;
const TITLE_CHARACTERS = 200;

/** Columns that look like an event's date and title, by the values of the first records, where no header names them. */
export function suggestEventColumns(
  records: readonly ShownRecord[],
  titles?: readonly string[],
): ImportProfile | undefined {
  const today = '9999-12-31';
  const isDate = (cell: string) => cell.trim() !== '' && !('code' in normaliseDate({ text: cell.trim(), today }));
  const width = records[0]?.cells.length ?? 0;
  const table = records.filter(({ cells }) => cells.length === width).slice(0, 20);
  const first = table.findIndex(({ cells }) => cells.some(isDate));
  if (width < 2 || first < 0) return undefined;
  const rows = table.slice(first);
  const cellsOf = (column: number) => rows.map(({ cells }) => cells[column] ?? '');
  const columns = Array.from({ length: width }, (_, column) => column);
  const date = columns.find((column) => cellsOf(column).filter(isDate).length >= rows.length * FITTING);
  const title = columns.find(
    (column) =>
      column !== date && cellsOf(column).every((cell) => /\p{L}/u.test(cell) && cell.length <= TITLE_CHARACTERS),
  );
  if (date === undefined || title === undefined) return undefined;
  const header = table[first - 1];
  const nameOf = (column: number): string | number => {
    const name = header?.cells[column]?.trim() ?? titles?.[column] ?? '';
    return isPlainName(name) ? name : column;
  };
  return { headerLine: header?.line ?? 0, columns: { date: nameOf(date), title: nameOf(title) } };
}
