import { isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { type ByteSource, readHead } from '../reading/byte-source';
import { type Encoding, bytesDecoder, decodeProblem, detectEncoding, needsTranscoding } from '../reading/encoding';
import { OVER_LIMIT_BYTES } from './json-cells';
import { type ConvertInput, FileProblemError } from './types';

const HEAD_BYTES = 64 * 1024;
const LF = 10;

/** How the bytes of a JSON file are to be read. */
export interface JsonBytes {
  readonly encoding: Encoding;
  readonly bomBytes: number;
}

/** One line of a file. */
export interface JsonLine {
  /** 1-based. */
  readonly line: number;
  /** Without its line end; of a line over the limit the beginning. */
  readonly text: string;
  readonly tooLong: boolean;
}

/**
 * BOM, else the user's encoding, else UTF-8 (data-import 4): JSON is never anything else by itself, so there is no
 * fallback. Throws {@link FileProblemError} `UnsupportedEncoding` for a name nobody knows.
 */
export async function detectJsonBytes(input: Pick<ConvertInput, 'source' | 'encoding'>): Promise<JsonBytes> {
  const { head } = await readHead(input.source, HEAD_BYTES);
  const detected = detectEncoding(head, { profile: input.encoding });
  if ('problem' in detected) throw new FileProblemError(detected.problem);
  if (detected.source === 'fallback') return { encoding: 'utf-8', bomBytes: 0 };
  return detected;
}

/** The whole text of a file without its BOM. Throws `FileTooLarge` over `maxBytes` and `DecodeError`. */
export async function readJsonText(source: ByteSource, bytes: JsonBytes, maxBytes: number): Promise<string> {
  const all = (await readAll(source, maxBytes)).subarray(bytes.bomBytes);
  const { encoding } = bytes;
  if (encoding !== 'utf-8' && !needsTranscoding(encoding)) return bytesDecoder(encoding)(all, 0, all.length);
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(all);
  } catch {
    throw new FileProblemError(decodeProblem(encoding));
  }
}

/** All bytes of a file that is not streamed. Throws {@link FileProblemError} `FileTooLarge` as soon as they are more. */
export async function readAll(source: ByteSource, maxBytes: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of source.open(0)) {
    bytes += piece.length;
    if (bytes > maxBytes) {
      const message = `The file has more than ${maxBytes} bytes, the largest size of its format; split it into smaller files.`;
      throw new FileProblemError({ code: 'FileTooLarge', message });
    }
    // Copied, because a stream may reuse the memory of its pieces.
    pieces.push(Buffer.from(piece));
  }
  return Buffer.concat(pieces);
}

/**
 * The lines of a file, those of each piece together. Memory is flat: of a line over `maxLineBytes` only the beginning
 * is kept, a little more than that. Throws `DecodeError` with the line.
 */
export async function* readJsonLines(
  source: ByteSource,
  { encoding, bomBytes }: JsonBytes,
  maxLineBytes: number,
): AsyncGenerator<JsonLine[], void, undefined> {
  const decode = bytesDecoder(encoding);
  const isUnicode = encoding === 'utf-8' || needsTranscoding(encoding);
  let line = 0;
  // The line that is not complete yet: a little more than the limit of it at most.
  let kept: Buffer[] = [];
  let keptBytes = 0;
  let open = false;

  const keep = (bytes: Buffer): void => {
    open = true;
    const room = maxLineBytes + OVER_LIMIT_BYTES - keptBytes;
    if (room <= 0) return;
    kept.push(Buffer.from(bytes.subarray(0, room)));
    keptBytes += Math.min(room, bytes.length);
  };
  const close = (last: Buffer): JsonLine => {
    line += 1;
    let bytes = last;
    if (open) {
      keep(last);
      bytes = kept.length === 1 ? kept[0]! : Buffer.concat(kept);
      kept = [];
      keptBytes = 0;
      open = false;
    }
    const tooLong = bytes.length > maxLineBytes;
    if (tooLong)
      return { line, tooLong, text: decode(bytes, 0, maxLineBytes + OVER_LIMIT_BYTES).replace(/\ufffd$/, '') };
    if (isUnicode && !isUtf8(bytes)) {
      const problem = decodeProblem('utf-8');
      throw new FileProblemError({ ...problem, message: `Line ${line}: ${problem.message}` });
    }
    return { line, tooLong, text: decode(bytes, 0, bytes.length) };
  };

  const pieces = needsTranscoding(encoding) ? transcode(source, bomBytes, encoding) : source.open(bomBytes);
  for await (const piece of pieces) {
    const lines: JsonLine[] = [];
    let from = 0;
    for (let end = piece.indexOf(LF); end >= 0; end = piece.indexOf(LF, from)) {
      lines.push(close(piece.subarray(from, end)));
      from = end + 1;
    }
    if (from < piece.length) keep(piece.subarray(from));
    if (lines.length > 0) yield lines;
  }
  if (open) yield [close(Buffer.alloc(0))];
}

async function* transcode(
  source: ByteSource,
  bomBytes: number,
  encoding: Encoding,
): AsyncGenerator<Buffer, void, undefined> {
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  const decode = (piece?: Buffer): Buffer => {
    try {
      return Buffer.from(piece ? decoder.decode(piece, { stream: true }) : decoder.decode(), 'utf8');
    } catch {
      throw new FileProblemError(decodeProblem(encoding));
    }
  };
  for await (const piece of source.open(bomBytes)) yield decode(piece);
  yield decode();
}
