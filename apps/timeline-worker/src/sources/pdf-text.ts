import { LIMITS } from '../contract';
import { TextTooLarge, UnsupportedDocument, storedText } from './document-text';

/** More pages than that hold more text than one run may have, if they hold any. */
const MAX_PAGES = 5000;

/** A run of letters as PDF.js finds it; the transform holds the size of the letters and where the run begins. */
interface TextRun {
  readonly str: string;
  readonly hasEOL: boolean;
  readonly transform: readonly number[];
}

interface Line {
  text: string;
  /** Height of the letters and of the line's foot above the page's, in the page's units. */
  size: number;
  y: number;
}

/** Loads PDF.js, which is an ES module, so that what is missing is not taken for a fault of a document. */
export async function loadPdfReader(): Promise<(bytes: Uint8Array) => Promise<string>> {
  const pdfjs = await import('unpdf/pdfjs');
  return async (bytes) => pdfText(pdfjs, bytes);
}

/**
 * The text of a PDF in its stored form: pages and paragraphs are parted by an empty line, lines end as they do on the page.
 * Throws {@link UnsupportedDocument} and {@link TextTooLarge}.
 */
async function pdfText({ getDocument }: typeof import('unpdf/pdfjs'), bytes: Uint8Array): Promise<string> {
  const task = getDocument({
    data: bytes,
    // Nothing is drawn, run or fetched.
    isEvalSupported: false,
    disableFontFace: true,
    useSystemFonts: false,
    useWorkerFetch: false,
    verbosity: 0,
  });
  const document = await task.promise.catch((error: unknown) => {
    throw new UnsupportedDocument(
      error instanceof Error && error.name === 'PasswordException'
        ? 'The PDF is locked with a password; give a copy that is not.'
        : 'The PDF is damaged and cannot be read.',
    );
  });
  if (document.numPages > MAX_PAGES)
    throw new TextTooLarge(`The PDF has ${document.numPages} pages; ${MAX_PAGES} are the most.`);
  const pages: string[] = [];
  let chars = 0;
  for (let number = 1; number <= document.numPages; number += 1) {
    const page = await document.getPage(number).catch(() => {
      throw new UnsupportedDocument(`Page ${number} of the PDF is damaged and cannot be read.`);
    });
    const { items } = await page.getTextContent();
    const text = pageText(items.filter((item) => 'str' in item));
    page.cleanup();
    if (text === '') continue;
    pages.push(text);
    chars += text.length;
    if (chars > LIMITS.textChars) throw new TextTooLarge();
  }
  return storedText(legible(pages.join('\n\n')));
}

/** Refuses a text that is not there: pages that were scanned, and fonts that do not say which letters they draw. */
function legible(text: string): string {
  const letters = text.match(/\S/gu)?.length ?? 0;
  if (letters === 0)
    throw new UnsupportedDocument('The PDF holds pictures and no text; give it after text recognition.');
  // oxlint-disable-next-line no-control-regex -- PDF.js writes NUL for a letter that has no character
  const unknown = text.match(/[\0\ufffd\ue000-\uf8ff]/g)?.length ?? 0;
  if (unknown > letters / 2)
    throw new UnsupportedDocument('The fonts of the PDF do not say which letters they draw; give it as text or HTML.');
  return text;
}

function pageText(runs: readonly TextRun[]): string {
  const lines = linesOf(runs);
  const leading = leadingOf(lines);
  return lines
    .map((line, index) => {
      const above = lines[index - 1];
      if (!above) return line.text;
      return (startsParagraph(line, above, leading) ? '\n\n' : '\n') + line.text;
    })
    .join('');
}

function linesOf(runs: readonly TextRun[]): Line[] {
  const lines: Line[] = [];
  let line: Line | undefined;
  for (const { str, hasEOL, transform } of runs) {
    if (str.trim() !== '' && !line) {
      line = { text: '', size: Math.hypot(transform[2] ?? 0, transform[3] ?? 0), y: transform[5] ?? 0 };
      lines.push(line);
    }
    if (line) line.text += str;
    if (hasEOL) line = undefined;
  }
  return lines.map(({ text, ...place }) => ({ text: text.trim(), ...place }));
}

/**
 * The usual distance of two lines, as a multiple of the letters' height: no more than that of three quarters of them, since most
 * lines go on with a paragraph. What books use when a page has too few lines to tell.
 */
function leadingOf(lines: readonly Line[]): number {
  const distances = lines
    .flatMap((line, index) => (index > 0 ? [(lines[index - 1]!.y - line.y) / line.size] : []))
    .filter((distance) => distance > 0 && distance < 4)
    .toSorted((a, b) => a - b);
  return distances.length < 5 ? 1.4 : distances[Math.floor(distances.length / 4)]!;
}

/** A wider gap than usual, or letters of another size. A line further up than the one before is the next column's first. */
function startsParagraph(line: Line, above: Line, leading: number): boolean {
  const larger = Math.max(line.size, above.size);
  const smaller = Math.min(line.size, above.size);
  return larger > smaller * 1.15 || above.y - line.y > leading * 1.3 * larger;
}
