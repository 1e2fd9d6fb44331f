import stringWidth from 'string-width';

/** Columns of a terminal that a text takes: two for East Asian and emoji, none for marks that stand over or under a letter. */
export function displayWidth(text: string): number {
  // Of nonspacing marks the library knows the Latin ones; U+FE0F is part of its emoji.
  return stringWidth(text.replace(/(?!\ufe0f)\p{Mn}/gu, ''));
}

/**
 * A text from a file as one line that a terminal can take: control characters, line ends and marks that change the direction of
 * writing are spaces or gone, so that no file can move the cursor or reorder what stands beside it.
 */
export function printable(text: string): string {
  return (
    text
      .replace(/\s+/g, ' ')
      // oxlint-disable-next-line no-control-regex -- these are what is looked for
      .replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, '')
      .replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '')
      .trim()
  );
}

/** A text cut to a width, with `…` where something is missing; never in the middle of what is seen as one letter. */
export function fitText(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let fitting = '';
  let used = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    used += displayWidth(segment);
    if (used > width - 1) break;
    fitting += segment;
  }
  return `${fitting.trimEnd()}…`;
}

/** Fills a text up with spaces to a width. */
export function padText(text: string, width: number, side: 'left' | 'right' = 'right'): string {
  const fill = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return side === 'right' ? text + fill : fill + text;
}

/** A text in lines of at most `width`, broken between words; a longer word has a line of its own. */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && displayWidth(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}
