/** Whether PostgreSQL can store a text, as text or as JSON: not with U+0000, nor with half of a surrogate pair. */
export function isStorableText(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- NUL is what is looked for
  return !/[\u0000\ud800-\udfff]/u.test(text);
}
