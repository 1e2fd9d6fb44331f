/** A text cut to its longest, never in the middle of a character: half of one can neither be stored nor sent. */
export function cutText(text: string, length: number): string {
  // A high surrogate at the end would be half a character.
  return text.length <= length ? text : text.slice(0, length).replace(/[\ud800-\udbff]$/, '');
}
