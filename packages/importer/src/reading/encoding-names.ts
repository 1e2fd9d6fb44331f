// Encodings of one byte per character whose first 128 are ASCII: the scanner can look for delimiters in their bytes.
const SINGLE_BYTE = [
  'windows-1250',
  'windows-1251',
  'windows-1252',
  'windows-1253',
  'windows-1254',
  'windows-1255',
  'windows-1256',
  'windows-1257',
  'windows-1258',
  'iso-8859-2',
  'iso-8859-3',
  'iso-8859-4',
  'iso-8859-5',
  'iso-8859-7',
  'iso-8859-10',
  'iso-8859-13',
  'iso-8859-14',
  'iso-8859-15',
  'koi8-r',
  'koi8-u',
  'macintosh',
] as const;

/** The encodings a file may have, by their WHATWG names (`iso-8859-1` and `ascii` are `windows-1252` there). */
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | (typeof SINGLE_BYTE)[number];

const KNOWN: ReadonlySet<string> = new Set<string>(['utf-8', 'utf-16le', 'utf-16be', ...SINGLE_BYTE]);

/** The encoding a label means (any WHATWG label: `latin1`, `cp1250`, `UTF8`), or undefined when it is none of ours. */
export function encodingOfLabel(label: string): Encoding | undefined {
  try {
    const name = new TextDecoder(label.trim()).encoding.toLowerCase();
    return KNOWN.has(name) ? (name as Encoding) : undefined;
  } catch {
    return undefined;
  }
}
