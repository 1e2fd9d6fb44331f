import { convertCamt053 } from './camt053';
import { convertMt940 } from './mt940';
import { convertOfx } from './ofx';
import { convertQif } from './qif';
import type { Converter } from './types';

/** The converters of bank formats by the names the contract has for them. */
export const BANK_CONVERTERS = {
  ofx: convertOfx,
  qif: convertQif,
  mt940: convertMt940,
  camt053: convertCamt053,
} as const satisfies Readonly<Record<string, Converter>>;

/** A bank format that is not delimited text. */
export type BankFormat = keyof typeof BANK_CONVERTERS;

const EXTENSIONS: Readonly<Record<string, BankFormat>> = {
  ofx: 'ofx',
  qfx: 'ofx',
  qif: 'qif',
  sta: 'mt940',
  940: 'mt940',
  mt940: 'mt940',
  xml: 'camt053',
};

/** ZIP and XLSX, PDF, the old XLS, gzip. */
const OTHER_STARTS = ['PK\u0003\u0004', '%PDF-', '\u00d0\u00cf\u0011\u00e0', '\u001f\u008b'];

/** Bytes of the beginning that {@link sniffBank} looks at. */
export const SNIFF_BYTES = 8192;

/**
 * The bank format of a file: by its first bytes (UTF-16 too), else by its name. Undefined when neither tells, and when
 * the bytes are plainly something else, whatever the name says.
 */
export function sniffBank(head: Buffer, filename: string): BankFormat | undefined {
  const text = headText(head.subarray(0, SNIFF_BYTES));
  if (/^\s*OFXHEADER\s*:/i.test(text) || /<\?OFX\b|<(?:\w{1,20}:)?OFX[\s>]/i.test(text)) return 'ofx';
  if (
    /^\s*<(?:\?xml\b|!--|[A-Za-z])/.test(text) &&
    /camt\.05[234]|BkToCstmr(?:Stmt|AcctRpt|DbtCdtNtfctn)\b/.test(text)
  ) {
    return 'camt053';
  }
  if (/^\s*!(?:Type|Account|Option|Clear)\s*:?/i.test(text)) return 'qif';
  // Some banks put lines of their own before the first field.
  if (/^\s*(?:\{1:|\{4:)?:20:|^\s*\{1:F/.test(text) || (/^:20:/m.test(text) && /^:(?:25P?|28C?):/m.test(text))) {
    return 'mt940';
  }
  if (OTHER_STARTS.some((start) => text.startsWith(start)) || /^\s*[{[]\s*["{\]]/.test(text)) return undefined;
  const extension = /\.([a-z0-9]+)$/i.exec(filename)?.[1]?.toLowerCase() ?? '';
  return EXTENSIONS[extension];
}

function headText(head: Buffer): string {
  if (head[0] === 0xff && head[1] === 0xfe) return head.toString('utf16le', 2);
  if (head[0] === 0xfe && head[1] === 0xff) {
    return Buffer.from(head.subarray(2, head.length - (head.length % 2)))
      .swap16()
      .toString('utf16le');
  }
  return head.toString('latin1').replace(/^\u00ef\u00bb\u00bf/, '');
}
