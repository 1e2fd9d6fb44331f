import type { FileProblem } from './problem';
import type { Delimiter, ImportFormat } from './types';

/** The formats that can be read today. Another one is added here and in {@link resolveFormat}. */
export const SUPPORTED_FORMATS = ['csv', 'tsv'] as const satisfies readonly ImportFormat[];

/** A format with a reader. */
export type SupportedFormat = (typeof SUPPORTED_FORMATS)[number];

/** What a reader of delimited text has to know of the format. */
export interface ResolvedFormat {
  readonly format: SupportedFormat;
  /** Fixed by the format; undefined = found from the file. */
  readonly delimiter?: Delimiter;
}

/** A refusal that names what would be accepted. */
export interface UnsupportedFormat extends FileProblem {
  readonly code: 'UnsupportedFormat';
  /** What the file is, as far as can be told. */
  readonly format: string;
  readonly supported: readonly SupportedFormat[];
}

/**
 * The format to read a file in. A named format is taken at its word unless the bytes are plainly something else;
 * `auto` goes by the bytes, then by the file name. Whatever has no reader is refused with `UnsupportedFormat`.
 */
export function resolveFormat(options: {
  readonly format: string;
  readonly filename: string;
  readonly head: Buffer;
}): ResolvedFormat | { readonly problem: UnsupportedFormat } {
  const { format, filename, head } = options;
  const seen = formatOfBytes(head);
  if (seen) return { problem: unsupported(seen) };
  const named = format === 'auto' ? formatOfName(filename) : format;
  if (named === 'tsv') return { format: 'tsv', delimiter: '\t' };
  if (named === 'csv') return { format: 'csv' };
  return { problem: unsupported(named) };
}

function unsupported(format: string): UnsupportedFormat {
  return {
    code: 'UnsupportedFormat',
    format,
    supported: SUPPORTED_FORMATS,
    message: `Files of the format "${format}" cannot be imported; supported are ${SUPPORTED_FORMATS.join(', ')}. Export the data as CSV.`,
  };
}

const OTHER_FORMATS: ReadonlySet<string> = new Set([
  'ofx',
  'qfx',
  'qif',
  'xml',
  'sta',
  'mt940',
  'xlsx',
  'xls',
  'ods',
  'ndjson',
  'jsonl',
  'json',
  'pdf',
]);

function formatOfName(filename: string): string {
  const extension = /\.([a-z0-9]+)$/i.exec(filename)?.[1]?.toLowerCase() ?? '';
  if (extension === 'tsv' || extension === 'tab') return 'tsv';
  // Banks call delimited text .csv, .txt, .asc or nothing at all.
  return OTHER_FORMATS.has(extension) ? extension : 'csv';
}

/** The format the first bytes give away; undefined for text that may be delimited. */
function formatOfBytes(head: Buffer): string | undefined {
  const start = head.toString('latin1', 0, 4096);
  if (start.startsWith('PK\u0003\u0004')) return 'xlsx';
  if (start.startsWith('\u00d0\u00cf\u0011\u00e0')) return 'xls';
  if (start.startsWith('%PDF-')) return 'pdf';
  if (start.startsWith('\u001f\u008b')) return 'gzip';
  const text = start.replace(/^\u00ef\u00bb\u00bf/, '').trimStart();
  if (/^OFXHEADER:/i.test(text) || /^<\?OFX\b/i.test(text) || /<OFX>/i.test(text.slice(0, 2048))) return 'ofx';
  if (/^<\?xml\b/i.test(text) || /^<Document\b/.test(text)) return /camt\.05[0-9]/.test(text) ? 'camt053' : 'xml';
  if (/^!(?:Type|Account|Option):/i.test(text)) return 'qif';
  if (/^(?:\{1:F|:20:)/.test(text)) return 'mt940';
  if (/^\{\s*"/.test(text)) return 'ndjson';
  if (/^\[\s*\{/.test(text)) return 'json';
  return undefined;
}
