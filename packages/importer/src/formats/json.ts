import { setImmediate } from 'node:timers/promises';
import { cutText } from '../reading';
import { OVER_LIMIT_BYTES, rawCells, recordBytes } from './json-cells';
import { detectJsonBytes, readJsonText } from './json-bytes';
import { type JsonColumns, createJsonColumns } from './json-columns';
import {
  JsonSyntaxError,
  type JsonValue,
  type WalkedArray,
  scanJson,
  skipJson,
  skipSpace,
  walkJson,
} from './json-scan';
import { type ConvertedRecord, type Converter, FileProblemError } from './types';

/** After this many characters the event loop gets its turn, so that heartbeats are not late. */
const CHARACTERS_AT_ONCE = 1024 * 1024;
/** White space and keys can make the text of an item so much longer than its cells. */
const PRETTY = 4;

/**
 * JSON: an array of objects, or an object with one in it, however deep in further objects; of several the one with most
 * objects is taken and the warning `TableChosen` says which. Cells as in NDJSON, but the columns are the keys of all
 * objects. An item that is no object, or over the limit, becomes a record with its text in the first cell.
 * `line` is the position of the item in its array, from 1.
 *
 * Rejects with {@link FileProblemError}: `FileTooLarge`, `DecodeError`, `EmptyFile`, `MalformedFile` (no JSON, more than
 * 64 levels, no array of objects).
 */
export const convertJson: Converter = async ({ source, encoding, limits }) => {
  const { maxRecordBytes, maxRows } = limits;
  const bytes = await detectJsonBytes(encoding === undefined ? { source } : { source, encoding });
  const text = await readJsonText(source, bytes, limits.maxBytes);
  if (skipSpace(text, 0) >= text.length) {
    throw new FileProblemError({ code: 'EmptyFile', message: 'The file has no text in it.' });
  }
  const { table, warnings } = findTable(text);
  if (table.items > maxRows) {
    const message = `The array has ${table.items} items; the limit is ${maxRows}. Split it into smaller files, or write it as NDJSON.`;
    throw new FileProblemError({ code: 'FileTooLarge', message });
  }
  const columns = createJsonColumns(limits);
  let turn = table.start + CHARACTERS_AT_ONCE;
  for (const { value, end } of items(text, table.start, maxRecordBytes)) {
    if (value instanceof Map) columns.add(value);
    if (end < turn) continue;
    turn = end + CHARACTERS_AT_ONCE;
    await setImmediate();
  }
  return {
    columns: columns.titles(),
    records: records({ text, start: table.start, columns, maxRecordBytes }),
    // Numbers have points, but amounts may be texts, whose signs are for the evidence to tell.
    profile: {},
    balances: () => [],
    pendingSkipped: () => 0,
    warnings: () => [...warnings, ...columns.warnings()],
  };
};

function* records(options: {
  readonly text: string;
  readonly start: number;
  readonly columns: JsonColumns;
  readonly maxRecordBytes: number;
}): Generator<ConvertedRecord, void, undefined> {
  const { text, start, columns, maxRecordBytes } = options;
  const width = columns.titles().length;
  let line = 0;
  for (const { from, end, value, repeatedKey } of items(text, start, maxRecordBytes)) {
    line += 1;
    if (value instanceof Map) {
      const cells = columns.cells(value, `item ${line}`, repeatedKey);
      if (recordBytes(cells) <= maxRecordBytes) {
        yield { line, cells };
        continue;
      }
    }
    const raw = text.slice(from, Math.min(end, from + maxRecordBytes + OVER_LIMIT_BYTES));
    yield { line, cells: rawCells({ text: raw, columns: width, maxRecordBytes }) };
  }
}

/** An item; without a value when it is far over the limit of a record, so that no tree of it was built. */
interface Item {
  readonly from: number;
  readonly end: number;
  readonly value?: JsonValue;
  readonly repeatedKey?: string;
}

/** The items of the array that begins at `start`; the text was walked before and is known to be JSON. */
function* items(text: string, start: number, maxRecordBytes: number): Generator<Item, void, undefined> {
  let from = skipSpace(text, start + 1);
  while (text[from] !== ']') {
    const item = itemAt(text, from, maxRecordBytes * PRETTY);
    yield item;
    from = skipSpace(text, item.end);
    if (text[from] === ',') from = skipSpace(text, from + 1);
  }
}

function itemAt(text: string, from: number, maxCharacters: number): Item {
  try {
    return { from, ...scanJson(text, from, maxCharacters) };
  } catch (error) {
    if (error instanceof JsonSyntaxError) return { from, end: skipJson(text, from) };
    throw error;
  }
}

function findTable(text: string): {
  readonly table: WalkedArray;
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
} {
  const arrays = walk(text);
  const root = arrays.find(({ path }) => path.length === 0);
  if (root?.items === 0) throw new FileProblemError({ code: 'EmptyFile', message: 'The array of the file is empty.' });
  const tables = arrays.filter(({ objects }) => objects > 0);
  const table = tables.reduce<WalkedArray | undefined>(
    (best, array) => (best && best.objects >= array.objects ? best : array),
    undefined,
  );
  if (!table) {
    const message =
      'The file holds no array of objects; write the records as [{"date": …}, {"date": …}], or one object on each line.';
    throw new FileProblemError({ code: 'MalformedFile', message });
  }
  if (table.path.length === 0) return { table, warnings: [] };
  const name = cutText(table.path.join('.'), 60);
  const rest = tables.length > 1 ? ` It has more objects than the others (${tables.length} arrays in all).` : '';
  return {
    table,
    warnings: [{ code: 'TableChosen', message: `The records were taken from the array "${name}" of the file.${rest}` }],
  };
}

function walk(text: string): WalkedArray[] {
  try {
    return walkJson(text);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    const before = text.slice(0, error.at);
    const line = before.split('\n').length;
    const column = error.at - before.lastIndexOf('\n');
    const message = `The file is no JSON: ${error.message} (line ${line}, column ${column}).`;
    throw new FileProblemError({ code: 'MalformedFile', message });
  }
}
