import { cleanText } from './json-cells';

/** Gathers the text of a string item: `<t>` directly or in runs of rich text. Phonetic runs are left out. */
export interface XlsxText {
  readonly start: () => void;
  readonly open: (name: string) => void;
  readonly close: (name: string) => void;
  readonly add: (text: string) => void;
  /** The text so far, with `_xHHHH_` resolved. */
  readonly take: () => string;
}

/** White space is kept whether or not `xml:space` asks for it. Of a text over `maxCharacters` one more than that is kept. */
export function xlsxText(maxCharacters: number): XlsxText {
  let gathered = '';
  let inText = false;
  let phonetic = 0;
  return {
    start: () => {
      gathered = '';
      inText = false;
      phonetic = 0;
    },
    open: (name) => {
      if (name === 'rPh') phonetic += 1;
      if (name === 't') inText = phonetic === 0;
    },
    close: (name) => {
      if (name === 'rPh') phonetic -= 1;
      if (name === 't') inText = false;
    },
    add: (text) => {
      if (inText && gathered.length <= maxCharacters) gathered += text.slice(0, maxCharacters + 1 - gathered.length);
    },
    take: () => unescapeXlsx(gathered),
  };
}

/** `_x000D_` is the character U+000D; an underscore before such a sequence is itself written `_x005F_`. */
export function unescapeXlsx(text: string): string {
  if (!text.includes('_x')) return cleanText(text);
  return cleanText(
    text.replace(/_x([\dA-Fa-f]{4})_/g, (_all, code: string) => String.fromCharCode(Number.parseInt(code, 16))),
  );
}
