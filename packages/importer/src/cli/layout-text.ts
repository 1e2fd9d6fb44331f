import { padText, printable, wrapText } from '@backend/shared/cli';

// How the texts of the import commands are laid out: sections with a heading, facts under each other, lists.

/** Wider than this, lines of prose are hard to read. */
const MAX_WIDTH = 110;

/** A heading and indented lines under it, with an empty line before; nothing when there are no lines. */
export function section(heading: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', heading, ...lines.map((line) => `  ${line}`.trimEnd())];
}

/** What is known, by name: the names in a column of their own, long texts in several lines. A repeated name is left out. */
export function facts(entries: readonly (readonly [name: string, text: string])[], width: number): string[] {
  const nameWidth = Math.max(0, ...entries.map(([name]) => name.length)) + 2;
  const room = textWidth(width) - nameWidth;
  return entries.flatMap(([name, text], at) => {
    const shown = entries[at - 1]?.[0] === name ? '' : name;
    return wrapText(text, room).map((line, nth) => padText(nth === 0 ? shown : '', nameWidth) + line);
  });
}

/** Sentences with a mark before each. */
export function bullets(texts: readonly string[], width: number): string[] {
  return texts.flatMap((text) =>
    wrapText(text, textWidth(width) - 2).map((line, nth) => (nth === 0 ? `- ${line}` : `  ${line}`)),
  );
}

/** A sentence in as many lines as it needs. */
export function prose(text: string, width: number): string[] {
  return wrapText(text, textWidth(width));
}

/** The width of what stands in a section. */
export function textWidth(width: number): number {
  return Math.min(width, MAX_WIDTH) - 2;
}

/** A value of the file in quotation marks. */
export function quoted(text: string): string {
  return `"${printable(text)}"`;
}

/** `1 row`, `5,203 rows` */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en-US')} ${number === 1 ? one : many}`;
}

/** Lines on standard output. */
export function printLines(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
