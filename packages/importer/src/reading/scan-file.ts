import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { TextDecoder } from 'node:util';
import type { ByteSource } from './byte-source';
import { type Encoding, needsTranscoding, withoutCutCharacter } from './encoding';
import type { FileProblem } from './problem';

/** What one pass over all bytes finds out. */
export interface FileScan {
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
  /** Offset near (within 4 bytes of) the first byte that is not text of the encoding; absent when all is. */
  readonly firstBadByte?: number;
}

/**
 * One streaming pass over the whole file: its length, its sha256, and whether every byte can be decoded
 * (data-import 2 and 4). Memory is flat. Over `maxBytes` it stops at once with `FileTooLarge`.
 * `onProgress` is called after each piece with the bytes read so far (for heartbeats).
 */
export async function scanFile(options: {
  readonly source: ByteSource;
  readonly encoding: Encoding;
  readonly maxBytes: number;
  readonly onProgress?: (bytes: number) => void;
}): Promise<FileScan | { readonly problem: FileProblem }> {
  const { source, encoding, maxBytes, onProgress } = options;
  const hash = createHash('sha256');
  const checker = encoding === 'utf-8' ? utf8Checker() : decoderChecker(encoding);
  let bytes = 0;
  let firstBadByte: number | undefined;
  for await (const piece of source.open(0)) {
    hash.update(piece);
    if (firstBadByte === undefined) {
      const bad = checker.feed(piece);
      if (bad !== undefined) firstBadByte = bytes + bad;
    }
    bytes += piece.length;
    if (bytes > maxBytes) {
      return {
        problem: {
          code: 'FileTooLarge',
          message: `The file has more than ${maxBytes} bytes, the largest size allowed; split it into smaller files.`,
        },
      };
    }
    onProgress?.(bytes);
  }
  if (firstBadByte === undefined && !checker.endsWell()) firstBadByte = Math.max(0, bytes - 1);
  return { bytes, sha256: hash.digest('hex'), ...(firstBadByte === undefined ? {} : { firstBadByte }) };
}

interface Checker {
  /** Offset in the piece of the first bad byte, or undefined. */
  readonly feed: (piece: Buffer) => number | undefined;
  readonly endsWell: () => boolean;
}

function utf8Checker(): Checker {
  let cut: Buffer = Buffer.alloc(0);
  return {
    feed: (piece) => {
      const carried = cut.length;
      const bytes = carried === 0 ? piece : Buffer.concat([cut, piece]);
      const whole = withoutCutCharacter(bytes);
      // Copied, because a stream may reuse the memory of its pieces.
      cut = Buffer.from(bytes.subarray(whole.length));
      return isUtf8(whole) ? undefined : Math.max(0, validPrefixLength(whole) - carried);
    },
    endsWell: () => cut.length === 0,
  };
}

/** Length of the longest valid UTF-8 prefix, by halving: a prefix (cut at a character) of valid text is valid. */
function validPrefixLength(bytes: Buffer): number {
  let valid = 0;
  let invalid = bytes.length;
  while (invalid - valid > 1) {
    const middle = (valid + invalid) >> 1;
    if (isUtf8(withoutCutCharacter(bytes.subarray(0, middle)))) valid = middle;
    else invalid = middle;
  }
  return withoutCutCharacter(bytes.subarray(0, valid)).length;
}

function decoderChecker(encoding: Encoding): Checker {
  // windows-1252 gives every byte a meaning (WHATWG), so there is nothing to check.
  if (encoding === 'windows-1252') return { feed: () => undefined, endsWell: () => true };
  const decoder = new TextDecoder(encoding, { fatal: true });
  const stream = needsTranscoding(encoding);
  return {
    feed: (piece) => {
      try {
        decoder.decode(piece, { stream });
        return undefined;
      } catch {
        return stream ? 0 : firstUndecodable(decoder, piece);
      }
    },
    endsWell: () => {
      try {
        decoder.decode();
        return true;
      } catch {
        return false;
      }
    },
  };
}

function firstUndecodable(decoder: TextDecoder, piece: Buffer): number {
  let good = 0;
  let bad = piece.length;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    try {
      decoder.decode(piece.subarray(0, middle));
      good = middle;
    } catch {
      bad = middle;
    }
  }
  return good;
}
