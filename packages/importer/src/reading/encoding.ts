import { isUtf8 } from 'node:buffer';
import { type Encoding, encodingOfLabel } from './encoding-names';
import type { FileProblem } from './problem';

export { type Encoding, encodingOfLabel } from './encoding-names';

/** How the encoding was found, strongest first. */
export type EncodingSource = 'bom' | 'profile' | 'declared' | 'strict-utf-8' | 'fallback';

/** The encoding of a file and how sure we are. */
export interface DetectedEncoding {
  readonly encoding: Encoding;
  readonly source: EncodingSource;
  /** Bytes of the byte order mark to leave out. */
  readonly bomBytes: number;
  readonly warnings: readonly EncodingWarning[];
}

/** A warning of the import result. */
export interface EncodingWarning {
  readonly code: 'EncodingFallback';
  readonly message: string;
}

const FALLBACK_WARNING: EncodingWarning = {
  code: 'EncodingFallback',
  message:
    'The file is not valid UTF-8 and does not name its encoding; it was read as windows-1252. ' +
    'If letters look wrong, set profile.encoding.',
};

/**
 * The encoding of a file by its first bytes: BOM > profile > declared > strict UTF-8 > windows-1252 with the warning
 * `EncodingFallback` (data-import 4). `head` may cut a character in two. Only the head is judged: run `scanFile` with
 * the result over the whole file and then {@link settleEncoding}.
 */
export function detectEncoding(
  head: Buffer,
  options: { readonly declared?: string | undefined; readonly profile?: string | undefined } = {},
): DetectedEncoding | { readonly problem: FileProblem } {
  const bom = bomOf(head);
  if (bom) return { ...bom, source: 'bom', warnings: [] };
  for (const source of ['profile', 'declared'] as const) {
    const label = options[source];
    if (label === undefined || label.trim() === '') continue;
    const encoding = encodingOfLabel(label);
    if (encoding) return { encoding, source, bomBytes: 0, warnings: [] };
    return {
      problem: {
        code: 'UnsupportedEncoding',
        message: `The encoding "${label}" is not known; use for example utf-8, utf-16le, windows-1252 or iso-8859-2.`,
      },
    };
  }
  if (isUtf8(withoutCutCharacter(head))) {
    return { encoding: 'utf-8', source: 'strict-utf-8', bomBytes: 0, warnings: [] };
  }
  return { encoding: 'windows-1252', source: 'fallback', bomBytes: 0, warnings: [FALLBACK_WARNING] };
}

/**
 * The last word on the encoding, once the whole file was scanned: UTF-8 that was only guessed becomes windows-1252 with
 * a warning; a BOM, a profile or a declaration that does not hold is `DecodeError`.
 */
export function settleEncoding(
  detected: DetectedEncoding,
  scan: { readonly firstBadByte?: number },
): DetectedEncoding | { readonly problem: FileProblem } {
  if (scan.firstBadByte === undefined) return detected;
  if (detected.source === 'strict-utf-8') {
    return { encoding: 'windows-1252', source: 'fallback', bomBytes: 0, warnings: [FALLBACK_WARNING] };
  }
  return { problem: decodeProblem(detected.encoding, scan.firstBadByte) };
}

/** The sentence for bytes that are not text of the encoding. */
export function decodeProblem(encoding: Encoding, firstBadByte?: number): FileProblem {
  const where = firstBadByte === undefined ? '' : ` at byte ${firstBadByte}`;
  return {
    code: 'DecodeError',
    message: `The file is not valid ${encoding}${where}; save it again in that encoding or set profile.encoding.`,
  };
}

/** True when the scanner must be given a UTF-8 transcription instead of the file's own bytes. */
export function needsTranscoding(encoding: Encoding): boolean {
  return encoding === 'utf-16le' || encoding === 'utf-16be';
}

/** Decodes a run of whole characters. Undecodable bytes become U+FFFD, which the record validators refuse. */
export type DecodeBytes = (bytes: Buffer, start: number, end: number) => string;

/** The decoder for the bytes the scanner sees: UTF-8 (also for transcoded files) or a single-byte encoding. */
export function bytesDecoder(encoding: Encoding): DecodeBytes {
  if (encoding === 'utf-8' || needsTranscoding(encoding))
    return (bytes, start, end) => bytes.toString('utf8', start, end);
  if (encoding === 'windows-1252') return decodeWindows1252;
  const decoder = new TextDecoder(encoding);
  return (bytes, start, end) => decoder.decode(bytes.subarray(start, end));
}

// Node 20's TextDecoder('windows-1252') decodes as iso-8859-1 (0x80 becomes U+0080 instead of the euro sign), so the
// 27 characters in which the two differ are put in by hand. Index = byte - 0x80.
const WINDOWS_1252_HIGH =
  '\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d\u017d\u008f' +
  '\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u009d\u017e\u0178';

function decodeWindows1252(bytes: Buffer, start: number, end: number): string {
  return bytes
    .toString('latin1', start, end)
    .replace(/[\u0080-\u009f]/g, (character) => WINDOWS_1252_HIGH[character.charCodeAt(0) - 0x80] ?? character);
}

function bomOf(head: Buffer): { encoding: Encoding; bomBytes: number } | undefined {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return { encoding: 'utf-8', bomBytes: 3 };
  if (head[0] === 0xff && head[1] === 0xfe) return { encoding: 'utf-16le', bomBytes: 2 };
  if (head[0] === 0xfe && head[1] === 0xff) return { encoding: 'utf-16be', bomBytes: 2 };
  return undefined;
}

/** The buffer without an incomplete UTF-8 sequence at its end (at most 3 bytes). */
export function withoutCutCharacter(bytes: Buffer): Buffer {
  for (let back = 1; back <= 3 && back <= bytes.length; back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return bytes;
    if (byte >= 0xc0) {
      const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return needed > back ? bytes.subarray(0, bytes.length - back) : bytes;
    }
  }
  return bytes;
}
