/** Counts records and their start lines in a written file with a reader of its own, as a check on the writers. */
export function readRecords(text, delimiter) {
  const records = [];
  let record = { line: 1, cells: [''] };
  let quoted = false;
  let line = 1;
  for (let i = 0; i < text.length; i += 1) {
    const char = text[i];
    if (char === '\n') line += 1;
    if (quoted) {
      if (char !== '"') record.cells[record.cells.length - 1] += char;
      else if (text[i + 1] === '"') {
        record.cells[record.cells.length - 1] += '"';
        i += 1;
      } else quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === delimiter) record.cells.push('');
    else if (char === '\n') {
      records.push(record);
      record = { line, cells: [''] };
    } else if (char !== '\r') record.cells[record.cells.length - 1] += char;
  }
  return records;
}

/** Good rows' sums and the list of bad ones, from `{ line, minor } | { line, code }` per data record. */
export function summarise(records, currency, dates) {
  const bad = records.filter((record) => record.code);
  const sum = (keep) => records.reduce((total, { minor = 0n }) => (keep(minor) ? total + minor : total), 0n).toString();
  const errorsByCode = {};
  for (const { code } of bad) errorsByCode[code] = (errorsByCode[code] ?? 0) + 1;
  return {
    rows: records.length,
    errors: bad.length,
    errorsByCode,
    lines: bad.map(({ line, code }) => ({ line, code })),
    currency,
    sumInMinor: sum((minor) => minor > 0n),
    sumOutMinor: sum((minor) => minor < 0n),
    dateFrom: dates[0],
    dateTo: dates.at(-1),
  };
}

export function assertSame(what, actual, wanted) {
  if (JSON.stringify(actual) !== JSON.stringify(wanted))
    throw new Error(`${what}: counted ${JSON.stringify(actual)}, wrote ${JSON.stringify(wanted)}`);
}
