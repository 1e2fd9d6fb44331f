import { OVER_LIMIT_BYTES, cleanText } from './json-cells';
import { numberText } from './xlsx-numbers';
import { unescapeXlsx, xlsxText } from './xlsx-text';
import type { Workbook, Worksheet } from './xlsx-workbook';
import { parseXml } from './xlsx-xml';
import type { ZipArchive } from './xlsx-zip';
import { type ConvertLimits, FileProblemError } from './types';

/** A row with anything in it. */
export interface SheetRow {
  /** Number of the row in the sheet, from 1. */
  readonly line: number;
  /** Cells up to the last one with text; '' where there is none. */
  readonly cells: readonly string[];
}

/** What is told of a sheet beside its rows. */
export interface SheetNotes {
  /** The first cell with a formula whose result was not saved, such as `C7`. */
  formulaWithoutValue?: string;
}

/**
 * The rows of a sheet that have a cell with text, hidden ones too, those of each piece of the file together. Throws
 * {@link FileProblemError}: `FileTooLarge` over the limits of rows and columns, `MalformedFile` with the cell.
 */
export async function* readSheet(options: {
  readonly zip: ZipArchive;
  readonly workbook: Workbook;
  readonly sheet: Worksheet;
  readonly limits: ConvertLimits;
  readonly notes: SheetNotes;
}): AsyncGenerator<SheetRow[], void, undefined> {
  const { zip, workbook, sheet, limits, notes } = options;
  const { sharedStrings, styleKinds, date1904 } = workbook;
  const maxCharacters = limits.maxRecordBytes + OVER_LIMIT_BYTES;
  const inline = xlsxText(maxCharacters);
  let rows: SheetRow[] = [];
  let rowCount = 0;
  let line = 0;
  let cells: string[] = [];
  let column = -1;
  let type = 'n';
  let style = 0;
  let value = '';
  let hasFormula = false;
  let inSheetData = false;
  let inValue = false;
  let hasValue = false;

  const where = (): string => `${columnName(column)}${line}`;

  function openRow(number: string | undefined): void {
    const next = number === undefined ? line + 1 : Number(number);
    if (!Number.isInteger(next) || next <= line || next > 10_000_000) {
      throw malformed(`the row "${String(number).slice(0, 20)}" follows row ${line}`);
    }
    line = next;
    cells = [];
    column = -1;
  }

  function closeRow(): void {
    if (cells.length === 0) return;
    rowCount += 1;
    if (rowCount > limits.maxRows) {
      const message = `The sheet has more than ${limits.maxRows} rows; split it into smaller files or export it as CSV.`;
      throw new FileProblemError({ code: 'FileTooLarge', message });
    }
    rows.push({ line, cells });
    cells = [];
  }

  function openCell(reference: string | undefined): void {
    column = reference === undefined ? column + 1 : columnOf(reference, line);
    value = '';
    hasValue = false;
    hasFormula = false;
    inline.start();
  }

  function closeCell(): void {
    const text = cellText();
    if (hasFormula && !hasValue) notes.formulaWithoutValue ??= where();
    if (text === '') return;
    if (column >= limits.maxColumns) {
      const message = `The sheet has text in cell ${where()}; the limit is ${limits.maxColumns} columns. Delete what is not to be imported.`;
      throw new FileProblemError({ code: 'FileTooLarge', message });
    }
    while (cells.length < column) cells.push('');
    if (cells[column] !== undefined && cells[column] !== '') throw malformed(`the cell ${where()} is there twice`);
    cells[column] = text;
  }

  function cellText(): string {
    if (type === 'inlineStr') return inline.take();
    if (type === 'str') return unescapeXlsx(value);
    if (value.trim() === '') return '';
    if (type === 's') {
      const index = value.trim();
      const text = /^\d{1,9}$/.test(index) ? sharedStrings[Number(index)] : undefined;
      if (text === undefined) throw malformed(`the cell ${where()} refers to a text that is not there`);
      return text;
    }
    if (type === 'b') return value.trim() === '1' || value.trim() === 'true' ? 'TRUE' : 'FALSE';
    if (type === 'd') return cleanText(value.trim().replace(/T00:00(?::00(?:\.0+)?)?Z?$/, ''));
    if (type === 'e') return cleanText(value.trim());
    return cleanText(numberText({ stored: value, kind: styleKinds[style] ?? 'number', date1904 }));
  }

  const parsing = parseXml(sheet.part, zip.read(sheet.part), {
    open: (name, attributes) => {
      if (name === 'sheetData') inSheetData = true;
      if (!inSheetData) return;
      if (name === 'row') openRow(attributes['r']);
      else if (name === 'c') {
        type = attributes['t'] ?? 'n';
        style = Number(attributes['s'] ?? 0);
        openCell(attributes['r']);
      } else if (name === 'v') inValue = true;
      else if (name === 'f') hasFormula = true;
      else inline.open(name);
    },
    close: (name) => {
      if (!inSheetData) return;
      if (name === 'v') {
        inValue = false;
        hasValue = true;
      } else if (name === 'c') closeCell();
      else if (name === 'row') closeRow();
      else if (name === 'sheetData') inSheetData = false;
      else inline.close(name);
    },
    text: (text) => {
      if (inValue && value.length <= maxCharacters) value += text.slice(0, maxCharacters + 1);
      else inline.add(text);
    },
  });
  for await (const _piece of parsing) {
    if (rows.length === 0) continue;
    yield rows;
    rows = [];
  }
}

/** 0-based column of a reference such as `AB12`, which has to be in row `line`. */
function columnOf(reference: string, line: number): number {
  const [, letters = '', row = ''] = /^([A-Za-z]{1,6})(\d{1,8})$/.exec(reference) ?? [];
  if (letters === '' || Number(row) !== line) {
    throw malformed(`"${reference.slice(0, 20)}" is no cell of row ${line}`);
  }
  let column = 0;
  for (const letter of letters.toUpperCase()) column = column * 26 + letter.charCodeAt(0) - 64;
  return column - 1;
}

/** The name of a 0-based column: A, B, … Z, AA. */
export function columnName(column: number): string {
  let name = '';
  for (let rest = column + 1; rest > 0; rest = Math.floor((rest - 1) / 26)) {
    name = String.fromCharCode(65 + ((rest - 1) % 26)) + name;
  }
  return name;
}

function malformed(what: string): FileProblemError {
  const message = `The spreadsheet cannot be read: ${what}. Open it in a spreadsheet program and save it again as .xlsx.`;
  return new FileProblemError({ code: 'MalformedFile', message });
}
