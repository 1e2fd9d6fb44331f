import { cutText } from './cut-text';
import type { DecodeBytes } from './encoding';
import { createPlainReader } from './plain-records';
import { splitQuotedRecord } from './split-record';
import type { Delimiter, Position, RecordLimits, RecordProblem, SourceRecord } from './types';

const LF = 10;
const CR = 13;
const QUOTE = 34;
const SPACE = 32;

/** Characters of a broken record that are kept to show it. */
const SHOWN_CHARACTERS = 200;

/** Settings of {@link createRecordScanner}. */
export interface RecordScannerOptions {
  readonly delimiter: Delimiter;
  readonly decode: DecodeBytes;
  readonly start: Position;
  readonly limits: RecordLimits;
  /** Cells a record must have; undefined = any number. */
  readonly expectedColumns?: number | undefined;
}

/** An incremental scanner over bytes. Between records it has no state but its position. */
export interface RecordScanner {
  /** Takes the next bytes; returns the records that are complete now. */
  readonly push: (bytes: Buffer) => SourceRecord[];
  /** Says that no more bytes come; returns the last record, if there is one. */
  readonly end: () => SourceRecord[];
  /** Blank lines met since the start position. */
  readonly blankLines: () => number;
  /** Where a new scanner would go on after the records returned so far. */
  readonly position: () => Position;
}

/**
 * Splits bytes into records: RFC 4180 quoting (a quotation mark opens a quoted cell only as its first byte), records
 * end at LF, CRLF or CR outside quotes, blank lines (spaces and tabs only) are counted and left out.
 *
 * A broken record never stops the file and never swallows more than its own first line:
 * `UnclosedQuote` (no closing mark within the limit or the file) and `MalformedQuotes` (text after the closing mark) end
 * at the first line end; `RecordTooLong` ends at the next line end. Scanning goes on behind it.
 *
 * The scanner works on bytes because resuming needs byte offsets; in UTF-8 and in the single-byte encodings no other
 * character contains the bytes it looks for.
 */
export function createRecordScanner(options: RecordScannerOptions): RecordScanner {
  const { delimiter, decode, limits, expectedColumns } = options;
  const delimiterByte = delimiter.charCodeAt(0);
  const maxBytes = limits.maxRecordBytes;
  const maxColumns = limits.maxColumns;

  let pending: Buffer = Buffer.alloc(0);
  let base = options.start.byteOffset;
  let line = options.start.line;
  let blankLines = 0;
  // A record over the limit, whose line end is still to come.
  let tooLong: { readonly byteStart: number; readonly text: string } | undefined;

  function problemRecord(problem: RecordProblem, text: string, byteStart: number, byteEnd: number): SourceRecord {
    const record: SourceRecord = {
      fields: [cutText(text, SHOWN_CHARACTERS)],
      line,
      byteStart,
      byteEnd,
      nextLine: line + 1,
      columnCountOk: false,
      problem,
    };
    line += 1;
    return record;
  }

  /** The first characters of a record that is too long; a character that is cut in two is left out. */
  function beginning(bytes: Buffer, start: number): string {
    return decode(bytes, start, start + Math.min(SHOWN_CHARACTERS, maxBytes)).replace(/\ufffd$/, '');
  }

  /** Index behind the next line end at or after `from`; -1 when it is not there yet. */
  function behindLineEnd(bytes: Buffer, from: number, final: boolean): number {
    for (let at = from; at < bytes.length; at += 1) {
      const byte = bytes[at];
      if (byte === LF) return at + 1;
      if (byte === CR) {
        if (at + 1 < bytes.length) return bytes[at + 1] === LF ? at + 2 : at + 1;
        return final ? at + 1 : -1;
      }
    }
    return final ? bytes.length : -1;
  }

  function scan(bytes: Buffer, final: boolean): SourceRecord[] {
    const records: SourceRecord[] = [];
    const length = bytes.length;
    const plain = createPlainReader({ bytes, delimiter, decode, maxBytes, maxColumns });
    let at = 0;

    while (at < length || (final && tooLong)) {
      const cells = tooLong ? undefined : plain(at);
      if (cells) {
        const next = at + cells.bytes;
        records.push({
          fields: cells.fields,
          line,
          byteStart: base + at,
          byteEnd: base + next,
          nextLine: line + 1,
          columnCountOk: expectedColumns === undefined || cells.fields.length === expectedColumns,
          ...(cells.isBad ? { badCharacter: true as const } : {}),
        });
        line += 1;
        at = next;
        continue;
      }
      if (tooLong) {
        const next = behindLineEnd(bytes, at, final);
        if (next < 0) {
          // Drop what was passed over, but keep a CR whose LF may follow.
          at = bytes[length - 1] === CR ? length - 1 : length;
          break;
        }
        const { text, byteStart } = tooLong;
        tooLong = undefined;
        records.push(problemRecord('RecordTooLong', text, byteStart, base + next));
        at = next;
        continue;
      }

      const start = at;
      const limit = Math.min(length, start + maxBytes + 1);
      let i = start;
      let cellStart = start;
      let delimiters = 0;
      let highBits = 0;
      let quoted = false;
      let inQuotes = false;
      let malformed = false;
      let waiting = false;
      let innerLines = 0;
      let firstLineEnd = -1;
      let recordEnd = -1;
      let lineEndBytes = 0;

      while (i < limit) {
        const byte = bytes[i] as number;
        if (byte === delimiterByte) {
          delimiters += 1;
          i += 1;
          cellStart = i;
        } else if (byte === LF) {
          recordEnd = i;
          lineEndBytes = 1;
          break;
        } else if (byte === CR) {
          if (i + 1 >= length && !final) {
            waiting = true;
            break;
          }
          recordEnd = i;
          lineEndBytes = bytes[i + 1] === LF ? 2 : 1;
          break;
        } else if (byte === QUOTE && i === cellStart) {
          quoted = true;
          inQuotes = true;
          i += 1;
          while (i < limit) {
            const inner = bytes[i] as number;
            if (inner === QUOTE) {
              if (i + 1 >= length && !final) {
                waiting = true;
                break;
              }
              if (bytes[i + 1] === QUOTE) {
                i += 2;
                continue;
              }
              inQuotes = false;
              i += 1;
              break;
            }
            if (inner === CR && i + 1 >= length && !final) {
              waiting = true;
              break;
            }
            if (inner === LF || (inner === CR && bytes[i + 1] !== LF)) {
              innerLines += 1;
              if (firstLineEnd < 0) firstLineEnd = i + 1;
            }
            highBits |= inner;
            i += 1;
          }
          if (waiting || inQuotes) break;
          while (i < limit && bytes[i] === SPACE) i += 1;
          if (i < limit) {
            const after = bytes[i] as number;
            if (after !== delimiterByte && after !== LF && after !== CR) {
              malformed = true;
              break;
            }
          }
          // No quotation mark can open a cell here any more.
          cellStart = -1;
        } else {
          highBits |= byte;
          i += 1;
        }
      }

      if (recordEnd < 0 && !malformed) {
        const overLimit = !waiting && limit === start + maxBytes + 1 && i >= limit;
        if (overLimit) {
          if (inQuotes && firstLineEnd >= 0) {
            const text = decode(bytes, start, firstLineEnd).trimEnd();
            records.push(problemRecord('UnclosedQuote', text, base + start, base + firstLineEnd));
            at = firstLineEnd;
          } else {
            tooLong = { byteStart: base + start, text: beginning(bytes, start) };
            at = Math.min(i, limit);
          }
          continue;
        }
        if (!final) break;
        if (inQuotes) {
          const next = behindLineEnd(bytes, start, true);
          records.push(problemRecord('UnclosedQuote', decode(bytes, start, next).trimEnd(), base + start, base + next));
          at = next;
          continue;
        }
        recordEnd = length;
      }

      if (malformed) {
        const next = behindLineEnd(bytes, start, final);
        const overLimit = (next < 0 ? length : next) - start > maxBytes + 2;
        if (next < 0 && !overLimit) break;
        if (overLimit) {
          tooLong = { byteStart: base + start, text: beginning(bytes, start) };
          at = i;
          continue;
        }
        records.push(problemRecord('MalformedQuotes', decode(bytes, start, next).trimEnd(), base + start, base + next));
        at = next;
        continue;
      }

      const next = recordEnd + lineEndBytes;
      if (recordEnd === start) {
        blankLines += 1;
        line += 1;
        at = next;
        continue;
      }
      const ascii = highBits < 0x80;
      const text = ascii ? bytes.toString('latin1', start, recordEnd) : decode(bytes, start, recordEnd);
      if (!quoted && delimiters === 0 && isBlank(text)) {
        blankLines += 1;
        line += 1;
        at = next;
        continue;
      }
      if (delimiters >= maxColumns) {
        const nextLine = line + 1 + innerLines;
        const record = problemRecord('TooManyColumns', text, base + start, base + next);
        records.push(innerLines === 0 ? record : { ...record, nextLine });
        line = nextLine;
        at = next;
        continue;
      }
      const nextLine = line + 1 + innerLines;
      records.push({
        fields: quoted ? splitQuotedRecord(text, delimiter) : text.split(delimiter),
        line,
        byteStart: base + start,
        byteEnd: base + next,
        nextLine,
        columnCountOk: expectedColumns === undefined || delimiters + 1 === expectedColumns,
        ...(hasBadCharacter(text, ascii) ? { badCharacter: true as const } : {}),
      });
      line = nextLine;
      at = next;
    }

    base += at;
    // Copied, because a stream may reuse the memory of its pieces.
    pending = at < length ? Buffer.from(bytes.subarray(at)) : Buffer.alloc(0);
    return records;
  }

  return {
    push: (bytes) => scan(pending.length === 0 ? bytes : Buffer.concat([pending, bytes]), false),
    end: () => scan(pending, true),
    blankLines: () => blankLines,
    position: () => ({ byteOffset: base, line }),
  };
}

function hasBadCharacter(text: string, ascii: boolean): boolean {
  return text.includes('\u0000') || (!ascii && text.includes('\ufffd'));
}

function isBlank(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code !== 32 && code !== 9) return false;
  }
  return true;
}
