import { Parser } from 'htmlparser2';

/** An element that is open: what it holds so far, and whether words stand in it beside its elements. */
interface Open {
  readonly parts: string[];
  mixed: boolean;
}

/**
 * The words of an XML document whose vocabulary nobody knows. An element that stands among words is part of their line; any
 * other one is a paragraph. No entity is looked up but XML's own five.
 */
export function xmlText(xml: string): string {
  const open: Open[] = [{ parts: [], mixed: false }];
  const parser = new Parser(
    {
      onopentag: () => void open.push({ parts: [], mixed: false }),
      onclosetag: () => {
        const closed = open.pop();
        if (closed) open.at(-1)?.parts.push(textOf(closed));
      },
      ontext: (text) => {
        // Outside of the root element stand no words, but what the parser leaves of a document type with entities.
        if (open.length === 1) return;
        const element = open.at(-1)!;
        element.parts.push(text);
        element.mixed ||= text.trim() !== '';
      },
    },
    { xmlMode: true, decodeEntities: true },
  );
  parser.end(xml);
  return textOf(open[0]!);
}

function textOf({ parts, mixed }: Open): string {
  if (mixed) {
    const lines = parts.join('').split('\n');
    return lines.map((line, at) => trimmed(line, { start: at > 0, end: at < lines.length - 1 })).join('\n');
  }
  return parts
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .join('\n\n');
}

/** Without the blanks at those ends. */
function trimmed(line: string, { start, end }: { start: boolean; end: boolean }): string {
  const started = start ? line.trimStart() : line;
  return end ? started.trimEnd() : started;
}
