import Table from 'cli-table3';

/** One JSON document on standard output. */
export function printJson(value: unknown): void {
  process.stdout.write(
    `${JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? item.toString() : item), 2)}\n`,
  );
}

/** Rows for people on standard output; columns whose every cell is a number or an amount are aligned right. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const numeric = head.map(
    (_title, column) => rows.length > 0 && rows.every((row) => /^(-?[\d,.]+( [A-Z]{3}| %)?|)$/.test(row[column] ?? '')),
  );
  const table = new Table({
    head: [...head],
    colAligns: numeric.map((isNumber) => (isNumber ? 'right' : 'left')),
    style: { head: [], border: [], compact: true },
    chars: {
      top: '',
      'top-mid': '',
      'top-left': '',
      'top-right': '',
      bottom: '',
      'bottom-mid': '',
      'bottom-left': '',
      'bottom-right': '',
      left: '',
      'left-mid': '',
      mid: '',
      'mid-mid': '',
      right: '',
      'right-mid': '',
      middle: '  ',
    },
  });
  for (const row of rows) table.push([...row]);
  process.stdout.write(`${table.toString().replace(/[ \t]+$/gm, '')}\n`);
}

/** How wide the reader's terminal is, and whether it takes colours: not when output goes to a file, nor with NO_COLOR. */
export function terminal(): { width: number; colour: boolean } {
  const { isTTY, columns } = process.stdout;
  return { width: columns || 80, colour: isTTY && process.stdout.hasColors() };
}
