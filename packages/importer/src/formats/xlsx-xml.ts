import { TextDecoder } from 'node:util';
import { SaxesParser } from 'saxes';
import { FileProblemError } from './types';

/** An element's attributes by their names as written. */
export type XmlAttributes = Readonly<Record<string, string>>;

/** What a reader of a part is told. Names come without their prefix. */
export interface XmlHandlers {
  readonly open: (name: string, attributes: XmlAttributes) => void;
  readonly close?: (name: string) => void;
  readonly text?: (text: string) => void;
}

/**
 * Feeds the parser with a part piece by piece; between two pieces control is with the caller, who can take what the
 * handlers gathered. Throws {@link FileProblemError}: `UnsafeXml` for a DOCTYPE, `MalformedFile` for what is no XML.
 */
export async function* parseXml(
  part: string,
  pieces: AsyncIterable<Buffer>,
  handlers: XmlHandlers,
): AsyncGenerator<void, void, undefined> {
  const parser = new SaxesParser({ position: false, xmlns: false } as const);
  parser.on('doctype', () => {
    throw unsafe(part);
  });
  parser.on('opentag', (tag) => handlers.open(localName(tag.name), tag.attributes));
  parser.on('closetag', (tag) => handlers.close?.(localName(tag.name)));
  if (handlers.text) {
    parser.on('text', handlers.text);
    parser.on('cdata', handlers.text);
  }
  let decoder: TextDecoder | undefined;
  let start = '';
  const write = (piece?: Buffer): void => {
    decoder ??= new TextDecoder(encodingOf(piece), { fatal: true });
    try {
      const text = piece ? decoder.decode(piece, { stream: true }) : decoder.decode();
      if (start.length < 1024) start += text.slice(0, 1024);
      parser.write(text);
      if (!piece) parser.close();
    } catch (error) {
      if (error instanceof FileProblemError) throw error;
      // The declarations in a DOCTYPE can be wrong too.
      if (/<!DOCTYPE/i.test(start)) throw unsafe(part);
      const message = `The spreadsheet cannot be read: its part ${part} is no XML. Open it in a spreadsheet program and save it again as .xlsx.`;
      throw new FileProblemError({ code: 'MalformedFile', message });
    }
  };
  for await (const piece of pieces) {
    write(piece);
    yield;
  }
  write();
  yield;
}

/** Reads a whole small part. */
export async function readXml(part: string, pieces: AsyncIterable<Buffer>, handlers: XmlHandlers): Promise<void> {
  const parsing = parseXml(part, pieces, handlers);
  while (!(await parsing.next()).done);
}

/** The attribute of a name, whatever its prefix: `r:id` is `x:id` in other files. */
export function attribute(attributes: XmlAttributes, name: string): string | undefined {
  const plain = attributes[name];
  if (plain !== undefined) return plain;
  const key = Object.keys(attributes).find((candidate) => localName(candidate) === name);
  return key === undefined ? undefined : attributes[key];
}

function localName(name: string): string {
  const colon = name.indexOf(':');
  return colon < 0 ? name : name.slice(colon + 1);
}

/** Office Open XML is UTF-8 or UTF-16; the byte order mark tells which. */
function encodingOf(piece: Buffer | undefined): string {
  if (piece?.[0] === 0xff && piece[1] === 0xfe) return 'utf-16le';
  if (piece?.[0] === 0xfe && piece[1] === 0xff) return 'utf-16be';
  return 'utf-8';
}

function unsafe(part: string): FileProblemError {
  const message = `The part ${part} of the spreadsheet has a DOCTYPE, which spreadsheets never have; it was not read.`;
  return new FileProblemError({ code: 'UnsafeXml', message });
}
