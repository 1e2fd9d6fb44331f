import { rawCells, recordBytes } from './json-cells';
import { type JsonBytes, type JsonLine, detectJsonBytes, readJsonLines } from './json-bytes';
import { type JsonColumns, createJsonColumns } from './json-columns';
import { type JsonObject, JsonSyntaxError, scanJson, skipSpace } from './json-scan';
import { type ConvertInput, type ConvertedRecord, type Converter, FileProblemError } from './types';

/** The columns are taken from this many objects. */
const COLUMN_OBJECTS = 1000;

/**
 * NDJSON (JSON Lines): one object per line, streamed with flat memory whatever the size. Columns are the keys of the
 * first 1,000 objects in order of appearance; a later key is ignored with the warning `IgnoredKey`. Nested objects are
 * flattened with dots (`amount.value`), numbers stay as they are written, of a repeated key the last value is taken
 * (warning `RepeatedKey`). A line that is no object, or over the limit, becomes a record with its text in the first cell.
 *
 * Rejects with {@link FileProblemError}: `DecodeError` (also while the records are read), `EmptyFile`, `MalformedFile`
 * when no line is an object, `FileTooLarge` for too many columns.
 */
export const convertNdjson: Converter = async (input) => {
  const bytes = await detectJsonBytes(input);
  const columns = createJsonColumns(input.limits);
  await findColumns(input, bytes, columns);
  return {
    columns: columns.titles(),
    records: readRecords(input, bytes, columns),
    // Numbers have points, but amounts may be texts, whose signs are for the evidence to tell.
    profile: {},
    balances: () => [],
    pendingSkipped: () => 0,
    warnings: columns.warnings,
  };
};

async function findColumns({ source, limits }: ConvertInput, bytes: JsonBytes, columns: JsonColumns): Promise<void> {
  let objects = 0;
  let other: JsonLine | undefined;
  for await (const lines of readJsonLines(source, bytes, limits.maxRecordBytes)) {
    for (const line of lines) {
      const object = objectOf(line);
      if (object === 'blank') continue;
      if (object === 'other') {
        other ??= line;
        continue;
      }
      columns.add(object.value);
      objects += 1;
      if (objects === COLUMN_OBJECTS) return;
    }
  }
  if (objects > 0) return;
  if (!other)
    throw new FileProblemError({ code: 'EmptyFile', message: 'The file has no lines with anything in them.' });
  const message = `No line of the file is a JSON object; the first one with text is line ${other.line}.`;
  throw new FileProblemError({ code: 'MalformedFile', message });
}

async function* readRecords(
  { source, limits: { maxRecordBytes } }: ConvertInput,
  bytes: JsonBytes,
  columns: JsonColumns,
): AsyncGenerator<ConvertedRecord, void, undefined> {
  const width = columns.titles().length;
  for await (const lines of readJsonLines(source, bytes, maxRecordBytes)) {
    for (const { line, ...read } of lines) {
      const object = objectOf({ line, ...read });
      if (object === 'blank') continue;
      if (object !== 'other') {
        const cells = columns.cells(object.value, `line ${line}`, object.repeatedKey);
        if (recordBytes(cells) <= maxRecordBytes) {
          yield { line, cells };
          continue;
        }
      }
      yield { line, cells: rawCells({ text: read.text, columns: width, maxRecordBytes }) };
    }
  }
}

/** The object of a line; `other` when the line is anything else. */
function objectOf({
  text,
  tooLong,
}: JsonLine): { readonly value: JsonObject; readonly repeatedKey?: string } | 'blank' | 'other' {
  const start = skipSpace(text, 0);
  if (start >= text.length && !tooLong) return 'blank';
  if (tooLong || text[start] !== '{') return 'other';
  try {
    const { value, end, repeatedKey } = scanJson(text, start);
    if (!(value instanceof Map) || skipSpace(text, end) < text.length) return 'other';
    return repeatedKey === undefined ? { value } : { value, repeatedKey };
  } catch (error) {
    if (error instanceof JsonSyntaxError) return 'other';
    throw error;
  }
}
