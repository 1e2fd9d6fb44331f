import { JsonSyntaxError, scanJson, skipSpace } from './json-scan';
import { convertJson } from './json';
import { convertNdjson } from './ndjson';
import type { Converter } from './types';
import { convertXlsx } from './xlsx';

/** The tables that are not delimited text. */
export type TableFormat = 'xlsx' | 'ndjson' | 'json';

/** Their converters. */
export const TABLE_CONVERTERS: Readonly<Record<TableFormat, Converter>> = {
  xlsx: convertXlsx,
  ndjson: convertNdjson,
  json: convertJson,
};

/**
 * `head` (64 KiB are plenty) and the name of a file: its format by content first, then by extension. Undefined for
 * others, and when the name is '' for content that only a name can decide.
 */
export function sniffTable(head: Buffer, filename: string): TableFormat | undefined {
  const extension = /\.([a-z0-9]+)$/i.exec(filename)?.[1]?.toLowerCase() ?? '';
  if (head.length >= 4) {
    const magic = head.readUInt32BE(0);
    // An OLE container is an old workbook or one with a password: the converter says so.
    if (magic === 0xd0cf11e0) return 'xlsx';
    if (magic === 0x504b0304 && /\[Content_Types\]\.xml|xl[/\\]/.test(head.toString('latin1'))) return 'xlsx';
  }
  const text = textOf(head);
  const start = skipSpace(text, 0);
  if (/^\{\s*["}]/.test(text.slice(start, start + 64))) return objectFormat(text.slice(start), filename, extension);
  if (/^\[\s*[{\]]/.test(text.slice(start, start + 64))) return 'json';
  if (/^(?:xlsx|xlsm|xltx|xltm)$/.test(extension)) return 'xlsx';
  if (extension === 'ndjson' || extension === 'jsonl') return 'ndjson';
  return extension === 'json' ? 'json' : undefined;
}

/**
 * One object over all lines is JSON; objects line by line are NDJSON, also in a file called .json. What may be both (one
 * line only, a first line beyond the head or with a mistake in it) goes by the extension; without a name it is left open.
 */
function objectFormat(text: string, filename: string, extension: string): 'ndjson' | 'json' | undefined {
  const lineEnd = text.indexOf('\n');
  const first = (lineEnd < 0 ? text : text.slice(0, lineEnd)).trimEnd();
  const hasMore = lineEnd >= 0 && skipSpace(text, lineEnd) < text.length;
  if (hasMore && isWhole(first)) return 'ndjson';
  if (extension === 'ndjson' || extension === 'jsonl') return 'ndjson';
  if (hasMore && !first.endsWith('}')) return 'json';
  if (filename === '') return undefined;
  return !hasMore && extension !== 'json' && isFlat(text) ? 'ndjson' : 'json';
}

function isWhole(line: string): boolean {
  try {
    return skipSpace(line, scanJson(line, 0).end) >= line.length;
  } catch (error) {
    if (error instanceof JsonSyntaxError) return false;
    throw error;
  }
}

/** True for a whole object that holds no array of objects. */
function isFlat(text: string): boolean {
  return isWhole(text) && !/\[\s*\{/.test(text);
}

function textOf(head: Buffer): string {
  if (head[0] === 0xff && head[1] === 0xfe) return head.toString('utf16le', 2);
  if (head[0] === 0xfe && head[1] === 0xff) {
    const even = head.subarray(2, head.length - (head.length % 2));
    return Buffer.from(even).swap16().toString('utf16le');
  }
  return head.toString('utf8').replace(/^\ufeff/, '');
}
