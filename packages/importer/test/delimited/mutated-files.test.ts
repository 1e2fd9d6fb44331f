import fc from 'fast-check';
import { type ByteSource, type SourceRecord, bufferSource, readRecordChunks } from '../../src/reading';
import { needsTranscoding } from '../../src/reading/encoding';
import type { BankRecord, RowError } from '../../src/records';
import { withinCpuMs } from '../cpu-bound';
import { BASE_FILES } from './base-files';
import { mutatedFile } from './mutations';
import { type PlannedFile, type Told, judgeRows, planDelimited } from './pipeline';

const MUTATED_FILES = 10_000;

const REFUSALS = ['EmptyFile', 'UnsupportedEncoding', 'DecodeError', 'FileTooLarge', 'MixedDateFormats', 'MixedNumberFormats']; // prettier-ignore
const QUESTIONS = ['MissingColumn', 'AmbiguousDateFormat', 'AmbiguousNumberFormat'];
const WHOLE_RECORD_ERRORS = ['RecordTooLong', 'TooManyColumns', 'UnclosedQuote', 'MalformedQuotes', 'ColumnCount'];
const CELL_ERRORS = [
  'InvalidCharacter', 'MissingDate', 'InvalidDate', 'MissingAmount', 'InvalidAmount', 'BothSides', 'TooManyDecimals',
  'AmountOutOfRange', 'CurrencyMismatch', 'UnknownCurrency',
]; // prettier-ignore

/** Bytes that arrive in pieces of these sizes, in turn. */
function inPieces(bytes: Buffer, sizes: readonly number[]): ByteSource {
  return {
    open: async function* (startByte) {
      for (let at = startByte, turn = 0; at < bytes.length; turn += 1) {
        const size = sizes[turn % sizes.length]!;
        yield bytes.subarray(at, at + size);
        at += size;
      }
    },
  };
}

/** What PostgreSQL cannot store: U+0000 and halves of characters. */
const UNSTORABLE = /[\0\p{Cs}]/u;
/** Text that can be stored and that no character was lost of. */
const isKept = (text: string) => !UNSTORABLE.test(text) && !text.includes('\ufffd');

/** The bytes that the records' offsets count. */
function readBytes({ plan }: PlannedFile, bytes: Buffer): Buffer {
  if (!needsTranscoding(plan.encoding)) return bytes;
  return Buffer.from(new TextDecoder(plan.encoding).decode(bytes), 'utf8');
}

/** The first thing that is wrong about what was read between the records: nothing but blank lines may lie there. */
function lostBetween({ plan, records, blankLines }: PlannedFile, bytes: Buffer): string | undefined {
  const text = bytes.toString('latin1');
  let at = plan.layout.dataStart.byteOffset;
  let line = 1 + lineEnds(text.slice(0, at));
  let blank = 0;
  const passOver = (to: number): boolean => {
    const gap = text.slice(at, to);
    const ends = lineEnds(gap);
    line += ends;
    // The last line of a file may have no end.
    blank += /[^\r\n]$/.test(gap) ? ends + 1 : ends;
    return /^[ \t\r\n]*$/.test(gap);
  };
  for (const record of records) {
    if (!passOver(record.byteStart)) return `bytes before the record of line ${record.line}`;
    if (record.line !== line) return `line ${record.line}, which is ${line}`;
    if (record.byteEnd <= record.byteStart) return `an empty record in line ${line}`;
    line += lineEnds(text.slice(record.byteStart, record.byteEnd));
    if (record.byteEnd < text.length && record.nextLine !== line)
      return `next line ${record.nextLine}, which is ${line}`;
    at = record.byteEnd;
  }
  if (plan.skipBottom > 0) return undefined;
  if (!passOver(text.length)) return 'bytes behind the last record';
  return blank === blankLines ? undefined : `${blankLines} blank lines, of which there are ${blank}`;
}

/** Line ends as an editor counts them. */
function lineEnds(text: string): number {
  return text.match(/\r\n|\r|\n/g)?.length ?? 0;
}

/** The records behind one of them, read from there. */
async function recordsFrom({ plan, records }: PlannedFile, source: ByteSource, index: number): Promise<SourceRecord[]> {
  const { layout, encoding, bomBytes, skipBottom } = plan;
  const before = records[index - 1];
  const read: SourceRecord[] = [];
  for await (const chunk of readRecordChunks({
    source,
    encoding,
    bomBytes,
    skipBottom,
    delimiter: layout.delimiter,
    expectedColumns: layout.columnCount,
    start: before ? { byteOffset: before.byteEnd, line: before.nextLine } : layout.dataStart,
  }))
    read.push(...chunk.records);
  return read;
}

/** What no row that is stored may be like. */
function wrongRow({ date, amountMinor, description, payee, notes, category, externalId }: BankRecord): boolean {
  const texts = [description, payee, notes ?? '', category ?? '', externalId ?? ''];
  return !texts.every(isKept) || !isDay(date) || amountMinor > MAX_MINOR || amountMinor < -MAX_MINOR;
}

const MAX_MINOR = 2n ** 63n - 1n;
const isDay = (date: string) =>
  /^\d{4}-\d{2}-\d{2}$/.test(date) && new Date(`${date}T00:00:00Z`).toISOString().startsWith(date);

/** What no row error may be like. */
function wrongError({ code, line, column, value, message }: RowError, { plan }: PlannedFile): boolean {
  const isWhole = WHOLE_RECORD_ERRORS.includes(code);
  if (!isWhole && !CELL_ERRORS.includes(code)) return true;
  if (isWhole !== (column === '') || line <= plan.layout.headerLine || value.length > 200) return true;
  return !/^["A-Z][^]{10,1999}\.$/.test(message) || ![value, message, column].every(isKept);
}

test.each(BASE_FILES)(
  'data-import 5: $name is read without an error',
  async ({ bytes, rows, profile, accountCurrency }) => {
    const source = bufferSource(bytes);
    const planned = await planDelimited({ source, profile, accountCurrency });
    expect(planned).toMatchObject({ rows });
    const { good, bad } = await judgeRows(planned as PlannedFile, { source });
    expect(bad).toEqual([]);
    expect(good).toHaveLength(rows);
  },
);

const pieceSizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 400 })), {
  minLength: 1,
  maxLength: 8,
});

test('data-import 2, 5, 15: of ten thousand damaged files each is refused with a code, asks, or has accepted + rejected = rows', async () => {
  const outcomes = new Map<string, number>();
  const count = (outcome: string) => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  await fc.assert(
    fc.asyncProperty(mutatedFile, pieceSizes, fc.nat(), async ({ base, bytes }, sizes, restart) => {
      const { profile, accountCurrency } = base;
      const source = inPieces(bytes, sizes);
      const { planned, judged } = await withinCpuMs(2000, async () => {
        const plan = await planDelimited({ source, profile, accountCurrency });
        return { planned: plan, judged: 'plan' in plan ? await judgeRows(plan, { source }) : undefined };
      });
      if (!('plan' in planned) || !judged) {
        const { code, message } = 'refused' in planned ? planned.refused : (planned as { asked: Told }).asked;
        count(code);
        expect('refused' in planned ? REFUSALS : QUESTIONS).toContain(code);
        return expect(message).toMatch(/^[A-Z][^]{10,1999}\.$/);
      }
      const { good, bad, badFields, checkpoints } = judged;
      count(bad.length === 0 ? 'all rows good' : 'rows refused');
      for (const { code } of bad) count(code);

      expect(good.length + bad.length).toBe(planned.rows);
      expect(good.filter(wrongRow)).toEqual([]);
      expect(bad.filter((error) => wrongError(error, planned))).toEqual([]);
      // They are stored too, whatever is in them.
      expect(badFields.flat().filter((text) => UNSTORABLE.test(text))).toEqual([]);
      expect(lostBetween(planned, readBytes(planned, bytes))).toBeUndefined();

      const { records } = planned;
      const index = restart % (records.length + 1);
      expect(await recordsFrom(planned, source, index)).toEqual(records.slice(index));
      const firstBatch = restart % checkpoints.length || 0;
      if (firstBatch === 0) return;
      const rest = await judgeRows(planned, { source, firstBatch, start: checkpoints[firstBatch - 1]! });
      expect(rest.checkpoints).toEqual(checkpoints.slice(firstBatch));
      expect(good.slice(good.length - rest.good.length)).toEqual(rest.good);
      expect(bad.slice(bad.length - rest.bad.length)).toEqual(rest.bad);
      expect(rest.good.length + rest.bad.length).toBe(planned.rows - firstBatch * 100);
    }),
    { numRuns: MUTATED_FILES },
  );
  // The damage was of many kinds; those that come up less than a hundred times are not counted on.
  for (const outcome of [
    'all rows good', 'rows refused', 'EmptyFile', 'DecodeError', 'MissingColumn', 'AmbiguousDateFormat', 'ColumnCount',
    'MalformedQuotes', 'UnclosedQuote', 'InvalidCharacter', 'MissingDate', 'InvalidDate', 'InvalidAmount',
  ])
    expect([...outcomes.keys()]).toContain(outcome); // prettier-ignore
}, 300_000);
