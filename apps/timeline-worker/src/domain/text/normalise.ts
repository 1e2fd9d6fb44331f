/**
 * The stored form of any text: NFC, stream-safe (UAX #15: no more than 30 combining marks in a row), `\r\n` and `\r` as `\n`, no
 * NUL (PostgreSQL text cannot hold it).
 */
export function normaliseText(text: string): string {
  // Once before, since NFC of a run of marks takes the square of its length; once after, since a few marks become two or three.
  const normalised = streamSafe(streamSafe(text.replaceAll('\u0000', '')).normalize('NFC'));
  return normalised.replace(/\r\n?/g, '\n');
}

/** Parts longer runs of marks by the sign that Unicode has for that, COMBINING GRAPHEME JOINER. */
function streamSafe(text: string): string {
  return text.replace(/(?:(?!\u034f)\p{M}){30}(?=(?!\u034f)\p{M})/gu, '$&\u034f');
}

/** True for text that PostgreSQL can hold: no NUL, no half of a surrogate pair. */
export function isStorable(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- NUL is what is looked for
  return !/\u0000|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text);
}

/** Decimal digits of every script as ASCII digits; UTF-16 length changes only for digits outside the BMP. */
export function asciiDigits(text: string): string {
  return text.replace(/\p{Nd}/gu, digitValue);
}

/** Unicode guarantees that decimal digits stand in runs of ten, zero first. */
function digitValue(digit: string): string {
  const code = digit.codePointAt(0) ?? 0;
  if (code < 0x80) return digit;
  let runStart = code;
  while (/\p{Nd}/u.test(String.fromCodePoint(runStart - 1))) runStart -= 1;
  return String((code - runStart) % 10);
}

/** True when cutting at `index` would part a surrogate pair. */
export function splitsSurrogatePair(text: string, index: number): boolean {
  if (index <= 0 || index >= text.length) return false;
  return isHigh(text.charCodeAt(index - 1)) && isLow(text.charCodeAt(index));
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
