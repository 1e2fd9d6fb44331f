import { displayWidth, fitText, padText, printable } from './text';

const GAP = '  ';
const NARROWEST = 8;
/** A number, with or without thousands, or an amount; such columns stand right and are never cut. */
const NUMBER = /^[-+]?(?:\d+|\d{1,3}(?:[,. ]\d{3})+)(?:[.,]\d+)?(?: [A-Z]{3}| %)?$/;

/**
 * Rows under their titles, in lines of at most `width`: the widest columns of text are cut until the table fits, but not those
 * that are to stay `whole`. Columns whose every cell is empty are left out, those of numbers stand right. Cells are made
 * {@link printable}.
 */
export function fitTable({
  head,
  rows,
  width,
  whole = [],
}: {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly width: number;
  /** Titles of columns that make no sense when they are cut, such as ids. */
  readonly whole?: readonly string[];
}): string[] {
  const columns = head
    .map((title, at) => ({ title: printable(title), cells: rows.map((row) => printable(row[at] ?? '')) }))
    .filter(({ cells }) => cells.some((cell) => cell !== ''))
    .map(({ title, cells }) => ({
      title,
      cells,
      isNumeric: cells.every((cell) => cell === '' || NUMBER.test(cell)),
      width: Math.max(...[title, ...cells].map(displayWidth)),
    }));
  if (columns.length === 0) return [];
  const canBeCut = ({ title, isNumeric, width: now }: (typeof columns)[number]) =>
    !isNumeric && !whole.includes(title) && now > NARROWEST;
  const total = () => columns.reduce((sum, column) => sum + column.width, GAP.length * (columns.length - 1));
  while (total() > width) {
    const widest = columns.filter(canBeCut).sort((a, b) => b.width - a.width)[0];
    if (!widest) break;
    widest.width -= 1;
  }
  const line = (cellOf: (column: (typeof columns)[number]) => string) =>
    columns
      .map((column) =>
        padText(fitText(cellOf(column), column.width), column.width, column.isNumeric ? 'left' : 'right'),
      )
      .join(GAP)
      .trimEnd();
  return [line(({ title }) => title), ...rows.map((_row, at) => line(({ cells }) => cells[at]!))];
}
