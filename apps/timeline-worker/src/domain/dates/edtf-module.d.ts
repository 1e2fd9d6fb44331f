// The `edtf` package ships no types. Only what is used here is declared.
declare module 'edtf' {
  /** Parses EDTF text; throws when it is not EDTF of that level. */
  export function parse(text: string, options: { level: 0 | 1 | 2 }): { type: string; level: number };
}
