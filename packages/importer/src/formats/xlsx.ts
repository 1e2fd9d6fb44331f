import { cutText } from '../reading';
import { readAll } from './json-bytes';
import { OVER_LIMIT_BYTES, cleanText, rawCells, recordBytes } from './json-cells';
import { type SheetNotes, type SheetRow, columnName, readSheet } from './xlsx-sheet';
import { type Workbook, type Worksheet, readWorkbook } from './xlsx-workbook';
import { type ZipArchive, openZip } from './xlsx-zip';
import { type ConvertLimits, type ConvertedRecord, type Converter, FileProblemError } from './types';

/**
 * XLSX and XLSM (Office Open XML, transitional and strict; macros are not looked at). The first visible sheet with a
 * table is taken (two rows of two cells or more, else the first with any text); of several sheets the warning
 * `SheetChosen` says which. `columns` are the letters of the sheet: every row with text is a record, the header and what
 * stands above it too, for the layout to find. Rows without text and columns behind the last text are left out, hidden
 * ones are kept; `line` is the row of the sheet. A row over the limit has its text in the first cell.
 *
 * Formulas count by their saved results; one without is empty, and the warning `FormulaWithoutValue` names it. Errors
 * such as `#N/A` stay as they are; booleans are TRUE and FALSE; numbers and dates: see `numberText`.
 *
 * Rejects with {@link FileProblemError}: `FileTooLarge` (also for what unpacks to too much), `UnsupportedFormat` (with a
 * password, .xls, .xlsb, OpenDocument), `MalformedFile`, `UnsafeXml`, `EmptyFile`.
 */
export const convertXlsx: Converter = async ({ source, limits }) => {
  const bytes = await readAll(source, limits.maxBytes);
  refuseOldFormats(bytes);
  const zip = openZip(bytes, limits);
  const workbook = await readWorkbook(zip, limits.maxRecordBytes + OVER_LIMIT_BYTES);
  const { sheet, width, notes } = await chooseSheet(zip, workbook, limits);
  const warnings: { code: string; message: string }[] = [];
  if (workbook.sheets.length > 1) {
    const name = cutText(cleanText(sheet.name), 60);
    const message = `The workbook has ${workbook.sheets.length} sheets; the rows were taken from "${name}", the first visible one with a table.`;
    warnings.push({ code: 'SheetChosen', message });
  }
  if (notes.formulaWithoutValue !== undefined) {
    const message = `The formula in cell ${notes.formulaWithoutValue} was saved without its result and counts as empty, as others may; open the file in a spreadsheet program and save it again.`;
    warnings.push({ code: 'FormulaWithoutValue', message });
  }
  return {
    columns: Array.from({ length: width }, (_, column) => columnName(column)),
    records: readRecords({ zip, workbook, sheet, limits, notes: {} }, width),
    // Dates and amounts may be texts, whose order and signs are for the evidence to tell.
    profile: {},
    balances: () => [],
    pendingSkipped: () => 0,
    warnings: () => warnings,
  };
};

function refuseOldFormats(bytes: Buffer): void {
  if (bytes.length === 0) throw new FileProblemError({ code: 'EmptyFile', message: 'The file is empty.' });
  if (bytes.length < 8 || bytes.readUInt32BE(0) !== 0xd0cf11e0) return;
  const isEncrypted = bytes.includes(Buffer.from('EncryptedPackage', 'utf16le'));
  const message = isEncrypted
    ? 'The file is protected by a password; save it without one and import it again.'
    : 'The file is an old Excel workbook (.xls), which cannot be imported; save it as .xlsx or export it as CSV.';
  throw new FileProblemError({ code: 'UnsupportedFormat', message });
}

interface Chosen {
  readonly sheet: Worksheet;
  /** Columns up to the last one with text. */
  readonly width: number;
  readonly notes: SheetNotes;
}

/** Reads the visible sheets until one has a table: the width has to be known before the first record. */
async function chooseSheet(zip: ZipArchive, workbook: Workbook, limits: ConvertLimits): Promise<Chosen> {
  let first: Chosen | undefined;
  for (const sheet of workbook.sheets) {
    if (!sheet.isVisible) continue;
    const notes: SheetNotes = {};
    let width = 0;
    let tableRows = 0;
    for await (const rows of readSheet({ zip, workbook, sheet, limits, notes })) {
      for (const { cells } of rows) {
        width = Math.max(width, cells.length);
        if (cells.filter((cell) => cell !== '').length >= 2) tableRows += 1;
      }
    }
    if (tableRows >= 2) return { sheet, width, notes };
    if (width > 0) first ??= { sheet, width, notes };
  }
  if (first) return first;
  const message = 'The spreadsheet has no visible sheet with any text in it.';
  throw new FileProblemError({ code: 'EmptyFile', message });
}

async function* readRecords(
  options: Parameters<typeof readSheet>[0],
  width: number,
): AsyncGenerator<ConvertedRecord, void, undefined> {
  const { maxRecordBytes } = options.limits;
  for await (const rows of readSheet(options)) {
    for (const row of rows) yield recordOf(row, width, maxRecordBytes);
  }
}

function recordOf({ line, cells }: SheetRow, width: number, maxRecordBytes: number): ConvertedRecord {
  if (recordBytes(cells) > maxRecordBytes) {
    return { line, cells: rawCells({ text: beginning(cells, maxRecordBytes), columns: width, maxRecordBytes }) };
  }
  if (cells.length === width) return { line, cells };
  return { line, cells: [...cells, ...Array.from<string>({ length: width - cells.length }).fill('')] };
}

/** The cells behind each other, a little more than `maxCharacters` of them. */
function beginning(cells: readonly string[], maxCharacters: number): string {
  let text = '';
  for (const cell of cells) {
    if (text.length > maxCharacters + OVER_LIMIT_BYTES) break;
    text += `${text === '' ? '' : ' '}${cell.slice(0, maxCharacters + OVER_LIMIT_BYTES)}`;
  }
  return text;
}
