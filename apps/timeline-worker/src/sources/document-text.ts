import { convert } from 'html-to-text';
import { LIMITS } from '../contract';
import { normaliseText } from '../domain/text/normalise';
import { xmlText } from './xml-text';

/** A document as it came, and what its server or file name says it is. */
export interface SourceDocument {
  readonly bytes: Uint8Array;
  /** As in a content-type header; undefined when nobody says. */
  readonly mediaType: string | undefined;
}

/** Said of a document that ran into a limit of its reading, wherever that shows. */
export const EXHAUSTING = 'The source takes more time or memory to read than one source may have.';
/** Said of a document that its parser gives up. */
export const DAMAGED = 'The source is damaged and cannot be read.';

/** The document cannot become text; the message is a sentence for people. */
export class UnsupportedDocument extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnsupportedDocument';
  }
}

/** The document holds more text than one run may have; the message is a sentence for people. */
export class TextTooLarge extends Error {
  constructor(message = `The source holds more than ${LIMITS.textChars} characters of text.`) {
    super(message);
    this.name = 'TextTooLarge';
  }
}

export type Form = 'html' | 'json' | 'pdf' | 'plain' | 'xml';

/**
 * The text of a document in its stored form (NFC). HTML loses its markup, scripts and styles, XML its tags; JSON becomes its
 * values, one on a line; anything else must be text. PDF has a reader of its own. Throws {@link UnsupportedDocument} for other
 * binary forms, for a charset that nobody knows, and when no text is left; {@link TextTooLarge} beyond `LIMITS.textChars`.
 */
export function documentText(document: SourceDocument): string {
  const form = formOf(document);
  const decoded = decode(document.bytes, charsetOf(document, form));
  switch (form) {
    case 'html':
      return storedText(htmlText(decoded));
    case 'json':
      return storedText(jsonText(decoded));
    case 'xml':
      return storedText(xmlText(decoded));
    case 'plain':
      return storedText(decoded);
    case 'pdf':
      throw new TypeError('A PDF has no decoded form.');
  }
}

/** A text as it is stored; throws as {@link documentText} does. */
export function storedText(raw: string): string {
  const text = normaliseText(raw).trim();
  if (text === '') throw new UnsupportedDocument('The source holds no text.');
  if (text.length > LIMITS.textChars) throw new TextTooLarge();
  return text;
}

const PLAIN_TYPES = /^(text\/|application\/(yaml|x-yaml|markdown)$)/;
/** Said by servers that know nothing of the file. */
const NO_TYPES = new Set(['application/octet-stream', 'binary/octet-stream', 'application/unknown']);

/** What a document is, by its first bytes and by what is said of it. Throws {@link UnsupportedDocument} for what is never read. */
export function formOf({ bytes, mediaType }: SourceDocument): Form {
  const type = mediaType?.split(';')[0]?.trim().toLowerCase();
  const head = headOf(bytes);
  if (head.startsWith('%PDF-') || type === 'application/pdf') return 'pdf';
  if (type === 'text/html' || type === 'application/xhtml+xml') return 'html';
  if (type !== undefined && /^application\/([\w.+-]+\+)?json$/.test(type)) return 'json';
  if (type !== undefined && /^(text|application)\/([\w.+-]+\+)?xml$/.test(type)) return 'xml';
  if (type !== undefined && PLAIN_TYPES.test(type)) return 'plain';
  if (type !== undefined && !NO_TYPES.has(type))
    throw new UnsupportedDocument(
      `The source is ${type.slice(0, 80)}, which is not read; give it as text, HTML or PDF.`,
    );
  if (/^\s*(<!doctype html|<html[\s>])/i.test(head)) return 'html';
  if (/^\s*<\?xml\s/.test(head)) return /<html[\s>]/i.test(head) ? 'html' : 'xml';
  // UTF-16 has NULs too; its byte order mark tells it from a binary form.
  if (head.includes('\0') && !/^(\u00ff\u00fe|\u00fe\u00ff)/.test(head))
    throw new UnsupportedDocument('The source is not a text.');
  return 'plain';
}

/** Where a document says what it is: one character for each byte, without the mark of UTF-8. */
function headOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, 1024))
    .toString('latin1')
    .replace(/^\u00ef\u00bb\u00bf/, '');
}

function charsetOf({ bytes, mediaType }: SourceDocument, form: Form): string | undefined {
  const [first, second, third] = bytes;
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8';
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  const declared = /charset\s*=\s*"?([^\s;"]+)/i.exec(mediaType ?? '')?.[1];
  if (declared !== undefined) return declared;
  const head = headOf(bytes);
  if (form === 'html') return /<meta[^>]+charset\s*=\s*["']?([^\s"'>;]+)/i.exec(head)?.[1];
  if (form === 'xml') return /^\s*<\?xml\s[^>]*encoding\s*=\s*["']([^"']+)/.exec(head)?.[1];
  return undefined;
}

/** As declared; else UTF-8 where the bytes are that, and windows-1252 where not, which any bytes are. */
function decode(bytes: Uint8Array, charset: string | undefined): string {
  if (charset !== undefined) {
    let decoder: InstanceType<typeof TextDecoder>;
    try {
      decoder = new TextDecoder(charset);
    } catch {
      throw new UnsupportedDocument(`The source says that it is in the unknown encoding ${charset.slice(0, 40)}.`);
    }
    return decoder.decode(bytes);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

/** Markup that is nested deeper than any page that is written for people is cut, not followed. */
const HTML_LIMITS = { maxDepth: 500, maxInputLength: 16 * 1024 * 1024 };

function htmlText(html: string): string {
  const heading = { format: 'heading', options: { uppercase: false } } as const;
  return convert(html, {
    wordwrap: false,
    limits: HTML_LIMITS,
    formatters: {
      cell: (element, walk, builder) => {
        walk(element.children, builder);
        builder.addInline(' ');
      },
    },
    selectors: [
      ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, ...heading })),
      { selector: 'a', options: { ignoreHref: true } },
      ...[
        'img',
        'nav',
        'script',
        'style',
        'noscript',
        'template',
        'svg',
        'title',
        'button',
        'select',
        'textarea',
        'datalist',
      ].map((selector) => ({
        selector,
        format: 'skip',
      })),
      // Row by row, cells side by side. Laying a table out in columns would let a page choose how much memory that takes.
      { selector: 'table', format: 'block', options: { leadingLineBreaks: 2, trailingLineBreaks: 2 } },
      { selector: 'tr', format: 'block', options: { leadingLineBreaks: 1, trailingLineBreaks: 1 } },
      ...['td', 'th'].map((selector) => ({ selector, format: 'cell' })),
      {
        selector: 'blockquote',
        options: { trimEmptyLines: true, leadingLineBreaks: 2, trailingLineBreaks: 2 },
        format: 'block',
      },
    ],
  });
}

function jsonText(json: string): string {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new UnsupportedDocument('The source says that it is JSON, but it is not.');
  }
  return [...linesOf(value)].join('\n');
}

/** Depth first, without recursion: depth is the document's choice. */
function* linesOf(root: unknown): Generator<string> {
  const stack: { name: string; value: unknown }[] = [{ name: '', value: root }];
  for (let item = stack.pop(); item; item = stack.pop()) {
    const { name, value } = item;
    if (Array.isArray(value)) {
      // One by one: a call with an argument for each of a million items overflows the stack.
      for (const child of value.toReversed() as unknown[]) stack.push({ name, value: child });
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, child] of Object.entries(value).toReversed()) stack.push({ name: key, value: child as unknown });
    } else if (value !== null) {
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      yield name ? `${name}: ${text}` : text;
    }
  }
}
