import type { ByteSource } from './byte-source';
import { type Encoding, bytesDecoder, decodeProblem, needsTranscoding } from './encoding';
import { FileProblemError } from './problem';
import { createRecordScanner } from './record-scanner';
import { DEFAULT_RECORD_LIMITS, type Delimiter, type Position, type RecordLimits, type SourceRecord } from './types';

/** Records of one read, with the blank lines among them. */
export interface RecordChunk {
  readonly records: readonly SourceRecord[];
  /** Blank lines met in this chunk (they belong to no record; data-import 5). */
  readonly blankLines: number;
  /** Bytes of the file taken in so far, for progress. */
  readonly position: Position;
}

/** What to read and where to begin. */
export interface ReadRecordsOptions {
  readonly source: ByteSource;
  readonly encoding: Encoding;
  readonly bomBytes: number;
  readonly delimiter: Delimiter;
  readonly expectedColumns?: number | undefined;
  /** Begin here (a layout's `dataStart`, or `{byteEnd, nextLine}` of a record); the top of the file when absent. */
  readonly start?: Position | undefined;
  /** Records to leave out at the end of the file (`profile.skipBottom`). */
  readonly skipBottom?: number | undefined;
  readonly limits?: RecordLimits | undefined;
}

// Small pieces are joined first, so that a record spread over many of them is not scanned again and again.
const MIN_PIECE_BYTES = 8 * 1024;

/**
 * The records of a delimited file from `start` on, in chunks of one read each (16 KiB of a file). Memory is flat:
 * one read and one record. UTF-8 and single-byte encodings are opened at the byte offset; UTF-16 is transcoded from the
 * top and read over up to the offset. Throws `FileProblemError` `DecodeError` for bytes that are not UTF-16.
 */
export async function* readRecordChunks(options: ReadRecordsOptions): AsyncGenerator<RecordChunk, void, undefined> {
  const { source, encoding, bomBytes, skipBottom = 0 } = options;
  const start = options.start ?? { byteOffset: 0, line: 1 };
  const transcoded = needsTranscoding(encoding);
  const from = transcoded ? start.byteOffset : Math.max(start.byteOffset, bomBytes);
  const scanner = createRecordScanner({
    delimiter: options.delimiter,
    decode: bytesDecoder(encoding),
    start: { byteOffset: from, line: start.line },
    limits: options.limits ?? DEFAULT_RECORD_LIMITS,
    expectedColumns: options.expectedColumns,
  });

  const pieces = transcoded ? skipBytes(transcode(source, encoding), from) : source.open(from);
  let blanksTold = 0;
  let held: SourceRecord[] = [];
  const chunk = (scanned: SourceRecord[]): RecordChunk => {
    let records = scanned;
    if (skipBottom > 0) {
      const all = held.concat(scanned);
      const keep = Math.max(0, all.length - skipBottom);
      records = all.slice(0, keep);
      held = all.slice(keep);
    }
    const blankLines = scanner.blankLines() - blanksTold;
    blanksTold += blankLines;
    return { records, blankLines, position: scanner.position() };
  };

  for await (const piece of joinSmallPieces(pieces)) yield chunk(scanner.push(piece));
  yield chunk(scanner.end());
}

async function* joinSmallPieces(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  let waiting: Buffer[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    waiting.push(piece);
    bytes += piece.length;
    if (bytes < MIN_PIECE_BYTES) continue;
    yield waiting.length === 1 ? piece : Buffer.concat(waiting);
    waiting = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(waiting);
}

async function* transcode(source: ByteSource, encoding: Encoding): AsyncGenerator<Buffer, void, undefined> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  const decode = (piece?: Buffer): Buffer => {
    try {
      return Buffer.from(piece ? decoder.decode(piece, { stream: true }) : decoder.decode(), 'utf8');
    } catch {
      throw new FileProblemError(decodeProblem(encoding));
    }
  };
  for await (const piece of source.open(0)) yield decode(piece);
  yield decode();
}

async function* skipBytes(pieces: AsyncIterable<Buffer>, count: number): AsyncGenerator<Buffer, void, undefined> {
  let left = count;
  for await (const piece of pieces) {
    if (left >= piece.length) left -= piece.length;
    else {
      yield left === 0 ? piece : piece.subarray(left);
      left = 0;
    }
  }
}
