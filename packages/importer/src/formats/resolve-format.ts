import type { Delimiter, FileProblem } from '../reading';
import { type ConvertedFormat, sniffFormat } from './index';

/** Every format that has a reader, by the names of the contract. */
export type SupportedFormat = 'csv' | 'tsv' | ConvertedFormat;

/** How to read a file. */
export type ResolvedFormat =
  /** Delimited text; without a delimiter it is found from the file. */
  | { readonly format: 'csv' | 'tsv'; readonly delimiter?: Delimiter }
  /** Transcribed into delimited text first. */
  | { readonly format: ConvertedFormat; readonly converted: true };

/**
 * The format to read a file in: what its bytes plainly are, whatever it is called; else the one that was named; else, for `auto`, by
 * the file name. `accepted` are the formats of the tenant. Anything else is `UnsupportedFormat`.
 */
export function resolveFormat(options: {
  readonly format: string;
  readonly filename: string;
  readonly head: Buffer;
  readonly accepted: readonly SupportedFormat[];
}): ResolvedFormat | { readonly problem: FileProblem } {
  const { filename, head, accepted } = options;
  const named = options.format === 'qfx' ? 'ofx' : options.format;
  const byName = named === 'auto' ? (sniffFormat(head, filename) ?? delimitedName(filename)) : named;
  const format = sniffFormat(head, '') ?? foreignFormat(head) ?? byName;
  if (!accepted.some((each) => each === format)) {
    const message = `Files of the format "${format.slice(0, 20)}" cannot be imported here; supported are ${accepted.join(', ')}. Export the data as CSV.`;
    return { problem: { code: 'UnsupportedFormat', message } };
  }
  if (format === 'tsv') return { format, delimiter: '\t' };
  return format === 'csv' ? { format } : { format: format as ConvertedFormat, converted: true };
}

/** Formats that people have and nobody here reads. */
const FOREIGN_EXTENSIONS: ReadonlySet<string> = new Set(['xls', 'ods', 'pdf', 'zip', 'gz', 'numbers', 'docx']);

function delimitedName(filename: string): string {
  const extension = /\.([a-z0-9]+)$/i.exec(filename)?.[1]?.toLowerCase() ?? '';
  if (extension === 'tsv' || extension === 'tab') return 'tsv';
  // Banks call delimited text .csv, .txt, .asc or nothing at all.
  return FOREIGN_EXTENSIONS.has(extension) ? extension : 'csv';
}

/** What the first bytes give away of files that have no reader. */
function foreignFormat(head: Buffer): string | undefined {
  const start = head.toString('latin1', 0, 1024);
  if (start.startsWith('%PDF-')) return 'pdf';
  if (start.startsWith('\u001f\u008b')) return 'gzip';
  if (start.startsWith('PK\u0003\u0004')) return 'zip';
  return /^(?:\u00ef\u00bb\u00bf)?\s*<(?:\?xml|!DOCTYPE|html)\b/i.test(start) ? 'xml' : undefined;
}
