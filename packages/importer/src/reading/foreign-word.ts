import { cutText } from './cut-text';
import { type DetectedEncoding, bytesDecoder, needsTranscoding } from './encoding';

/** More of the beginning is not looked through. */
const SEARCHED_BYTES = 64 * 1024;
const SHOWN_CHARACTERS = 60;

/**
 * The first word with a letter that is not ASCII, and its line: by it people see whether an encoding is right. Undefined when
 * the first 64 KiB have none.
 */
export function firstForeignWord(
  head: Buffer,
  { encoding, bomBytes }: Pick<DetectedEncoding, 'encoding' | 'bomBytes'>,
): { line: number; value: string } | undefined {
  const bytes = head.subarray(0, SEARCHED_BYTES);
  const text = needsTranscoding(encoding)
    ? new TextDecoder(encoding).decode(bytes, { stream: true })
    : bytesDecoder(encoding)(bytes, Math.min(bomBytes, bytes.length), bytes.length);
  // oxlint-disable-next-line no-control-regex -- ASCII is the range from NUL
  const at = text.search(/(?![\u00a0\u202f\ufeff\ufffd])[^\u0000-\u007f]/);
  if (at < 0) return undefined;
  // From the letter outwards: a search for the whole word would begin anew at every letter of a long line.
  const before = /[^\s,;|"]*$/.exec(text.slice(Math.max(0, at - SHOWN_CHARACTERS / 2), at))![0];
  const behind = /^[^\s,;|"\ufffd]*/.exec(text.slice(at, at + SHOWN_CHARACTERS + 1))![0];
  const line = text.slice(0, at).split(/\r\n|\r|\n/).length;
  return { line, value: cutText(before + behind, SHOWN_CHARACTERS) };
}
