import { encodingOfLabel } from '../reading';
import { fileProblem } from './bank-parts';

/** One start or end tag of an OFX file, with the text behind it. */
export interface OfxTag {
  /** Local name in capitals; an end tag begins with `/`. */
  readonly name: string;
  /** Offset of its `<`. */
  readonly at: number;
  /** From behind its `>` to before the next tag. */
  readonly textStart: number;
  readonly textEnd: number;
}

// No name or list of attributes of OFX comes near these lengths. The bounds keep the scan linear: a `<` without its `>`
// is text, and at most so many characters are looked at twice.
const MAX_NAME = 130;
const MAX_ATTRIBUTES = 2000;

interface TagHead {
  readonly name: string;
  /** Offset behind its `>`. */
  readonly end: number;
  readonly selfClosed: boolean;
}

/** The tag that begins at `at`, or undefined when that `<` is text. By hand: files have millions of them. */
function tagAt(text: string, at: number): TagHead | undefined {
  const slash = text.charCodeAt(at + 1) === 0x2f;
  const start = slash ? at + 2 : at + 1;
  if (!isLetter(text.charCodeAt(start))) return undefined;
  let local = start;
  let here = start + 1;
  for (let code = text.charCodeAt(here); isNamePart(code) && here - start <= MAX_NAME;) {
    if (code === 0x3a) local = here + 1;
    here += 1;
    code = text.charCodeAt(here);
  }
  const name = (slash ? '/' : '') + text.slice(local, here).toUpperCase();
  const behind = text[here] ?? '';
  if (behind === '>') return { name, end: here + 1, selfClosed: false };
  if (behind === '/' && text[here + 1] === '>') return { name, end: here + 2, selfClosed: true };
  if (!/\s/.test(behind)) return undefined;
  for (let end = here; end < here + MAX_ATTRIBUTES && end < text.length; end += 1) {
    const code = text.charCodeAt(end);
    if (code === 0x3c) return undefined;
    if (code === 0x3e) return { name, end: end + 1, selfClosed: text[end - 1] === '/' };
  }
  return undefined;
}

function isLetter(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}

/** Letters, digits, `.`, `-`, `_` and `:`. */
function isNamePart(code: number): boolean {
  return isLetter(code) || (code >= 0x30 && code <= 0x3a) || code === 0x2e || code === 0x2d || code === 0x5f;
}

/**
 * The tags of OFX 1.x (SGML, leaf elements without end tags) and 2.x (XML) in file order. It keeps no tree, so nesting
 * and missing end tags do not matter. Comments and processing instructions are passed over; CDATA is text.
 * Throws `UnsafeXml` for a DOCTYPE, and `MalformedFile` for a comment, CDATA section or instruction without an end.
 */
export function* ofxTags(text: string): Generator<OfxTag> {
  let open: { name: string; at: number; textStart: number; textEnd: number } | undefined;
  let at = text.indexOf('<');
  while (at >= 0) {
    const second = text.charCodeAt(at + 1);
    let next = at + 1;
    // Text goes on behind a CDATA section; ofxText takes it out of its brackets.
    if (second === 0x21 || second === 0x3f) next = skipMarkup(text, at);
    else {
      const tag = tagAt(text, at);
      if (tag) {
        if (open) {
          open.textEnd = at;
          yield open;
        }
        next = tag.end;
        open = tag.selfClosed ? undefined : { name: tag.name, at, textStart: next, textEnd: text.length };
      }
    }
    at = text.indexOf('<', next);
  }
  if (open) yield open;
}

const MARKUP = [
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
  ['<?', '>'],
] as const;

function skipMarkup(text: string, at: number): number {
  if (/^<!(?:DOCTYPE|ENTITY)/i.test(text.slice(at, at + 9))) {
    throw fileProblem(
      'UnsafeXml',
      'The file has a DOCTYPE, which no bank writes; remove it if the file is to be trusted.',
    );
  }
  for (const [start, end] of MARKUP) {
    if (!text.startsWith(start, at)) continue;
    const ends = text.indexOf(end, at + start.length);
    if (ends < 0) throw fileProblem('MalformedFile', `The file is not OFX: a "${start}" has no "${end}".`);
    return ends + end.length;
  }
  return at + 2;
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

/** The text of an element: CDATA taken out of its brackets, comments dropped, entities decoded once. */
export function ofxText(raw: string): string {
  if (!raw.includes('<!') && !raw.includes('&')) return raw.trim();
  return raw
    .split(/(<!\[CDATA\[[\s\S]*?\]\]>|<!--[\s\S]*?-->)/)
    .map((part) => {
      if (part.startsWith('<![CDATA[')) return part.slice(9, -3);
      if (part.startsWith('<!--')) return '';
      return decodeEntities(part);
    })
    .join('')
    .trim();
}

/** `&amp;`, `&#233;` and `&#xE9;` as characters; an ampersand that begins none of them stays. */
export function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([A-Za-z]{2,8}));/g, (whole, decimal, hex, name) => {
    if (typeof name === 'string') return NAMED[name.toLowerCase()] ?? whole;
    const code = typeof decimal === 'string' ? Number(decimal) : Number.parseInt(String(hex), 16);
    // Half a surrogate pair is no character, and U+0000 is none that can be stored.
    if (code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return '\ufffd';
    return String.fromCodePoint(code);
  });
}

/**
 * The encoding an OFX file declares: ENCODING and CHARSET of the 1.x header, or the XML declaration of 2.x. Undefined
 * when it says nothing (NONE, USASCII alone) or something nobody can act on (UNICODE).
 */
export function declaredOfxEncoding(head: string): string | undefined {
  const xml = /<\?xml[^>]{0,200}?\bencoding\s*=\s*["']([^"'<>]{1,40})["']/i.exec(head)?.[1];
  if (xml !== undefined) return knownLabel(xml);
  const body = head.search(/<OFX>/i);
  const header = body < 0 ? head : head.slice(0, body);
  const encoding = /\bENCODING\s*:\s*([\w-]+)/i.exec(header)?.[1] ?? '';
  const charset = /\bCHARSET\s*:\s*([\w-]+)/i.exec(header)?.[1] ?? '';
  if (/^utf-?8$/i.test(encoding)) return 'utf-8';
  if (/^125\d$/.test(charset)) return `windows-${charset}`;
  if (/^8859-\d{1,2}$/.test(charset)) return knownLabel(`iso-${charset}`);
  return knownLabel(charset) ?? (/^us-?ascii$/i.test(encoding) ? undefined : knownLabel(encoding));
}

function knownLabel(label: string): string | undefined {
  return label !== '' && encodingOfLabel(label) ? label : undefined;
}

/** `20260131120000.000[-5:EST]` as `2026-01-31`, the date as it is written; any other text as it is. */
export function ofxDate(text: string): string {
  const match = /^(\d{4})(0[1-9]|1[0-2])([0-3]\d)(?:\d{4}(?:\d{2})?)?(?:\D|$)/.exec(text);
  return match ? `${match[1]}-${match[2]}-${match[3]}` : text;
}

/**
 * The decimal sign of a file's amounts. OFX allows the point and the comma and no grouping, so amounts with points only
 * have decimal points. Commas are believed when one of them cannot be grouping; whatever remains open stays open.
 */
export function ofxDecimal(amounts: Iterable<string>): '.' | ',' | undefined {
  let points = 0;
  let commas = 0;
  let surelyComma = false;
  for (const amount of amounts) {
    if (amount.includes('.')) points += 1;
    if (!amount.includes(',')) continue;
    commas += 1;
    surelyComma ||= /^[-+]?(?:\d*,(?:\d{1,2}|\d{4,})|(?:0|\d{4,}),\d{3})$/.test(amount);
  }
  if (commas === 0) return points > 0 ? '.' : undefined;
  return points === 0 && surelyComma ? ',' : undefined;
}
