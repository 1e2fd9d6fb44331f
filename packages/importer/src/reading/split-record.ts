import type { Delimiter } from './types';

/**
 * The cells of one well-formed record with at least one quoted cell: doubled quotation marks become one, spaces after
 * a closing mark are dropped, line ends inside quotes are kept as written.
 */
export function splitQuotedRecord(text: string, delimiter: Delimiter): string[] {
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    if (text[at] === '"') {
      let value = '';
      let from = at + 1;
      for (;;) {
        const mark = text.indexOf('"', from);
        if (mark < 0) {
          value += text.slice(from);
          at = text.length;
          break;
        }
        value += text.slice(from, mark);
        if (text[mark + 1] !== '"') {
          at = mark + 1;
          break;
        }
        value += '"';
        from = mark + 2;
      }
      fields.push(value);
      const next = text.indexOf(delimiter, at);
      if (next < 0) return fields;
      at = next + 1;
    } else {
      const next = text.indexOf(delimiter, at);
      if (next < 0) {
        fields.push(text.slice(at));
        return fields;
      }
      fields.push(text.slice(at, next));
      at = next + 1;
    }
  }
}
