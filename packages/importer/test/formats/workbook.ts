import { type Zippable, strToU8, zipSync } from 'fflate';

const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
/** The names of relations begin so. */
export const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';

/** What a workbook is made of. */
export interface Book {
  /** Name, state and XML of the rows of each sheet. */
  readonly sheets?: readonly { readonly name: string; readonly state?: string; readonly rows: string }[];
  /** One visible sheet. */
  readonly rows?: string;
  readonly strings?: string;
  readonly styles?: string;
  readonly workbookPr?: string;
  readonly parts?: Readonly<Record<string, string | Uint8Array | undefined>>;
  readonly store?: boolean;
}

/** The parts of a workbook, zipped. */
export function book({
  rows = '',
  sheets = [{ name: 'Sheet1', rows }],
  strings,
  styles,
  workbookPr = '',
  ...rest
}: Book): Buffer {
  const relation = (id: string, type: string, target: string) =>
    `<Relationship Id="${id}" Type="${OFFICE}/${type}" Target="${target}"/>`;
  const parts: Record<string, string | Uint8Array | undefined> = {
    '[Content_Types].xml': `${XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`,
    '_rels/.rels': `${XML}<Relationships>${relation('rId1', 'officeDocument', 'xl/workbook.xml')}</Relationships>`,
    'xl/workbook.xml': `${XML}<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}">${workbookPr}<sheets>${sheets
      .map(
        ({ name, state }, i) =>
          `<sheet name="${name}" sheetId="${i + 1}" ${state ? `state="${state}" ` : ''}r:id="rId${i + 1}"/>`,
      )
      .join('')}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `${XML}<Relationships>${sheets
      .map((_, i) => relation(`rId${i + 1}`, 'worksheet', `worksheets/sheet${i + 1}.xml`))
      .join(
        '',
      )}${relation('rId98', 'styles', 'styles.xml')}${relation('rId99', 'sharedStrings', '/xl/sharedStrings.xml')}</Relationships>`,
    ...Object.fromEntries(
      sheets.map((sheet, i) => [
        `xl/worksheets/sheet${i + 1}.xml`,
        `${XML}<worksheet xmlns="${MAIN}"><sheetData>${sheet.rows}</sheetData></worksheet>`,
      ]),
    ),
    'xl/sharedStrings.xml': strings === undefined ? undefined : `${XML}<sst xmlns="${MAIN}">${strings}</sst>`,
    'xl/styles.xml': styles === undefined ? undefined : `${XML}<styleSheet xmlns="${MAIN}">${styles}</styleSheet>`,
    ...rest.parts,
  };
  const files: Zippable = {};
  for (const [name, content] of Object.entries(parts)) {
    if (content !== undefined)
      files[name] = [typeof content === 'string' ? strToU8(content) : content, { level: rest.store ? 0 : 6 }];
  }
  return Buffer.from(zipSync(files));
}

/** A workbook of one sheet whose cells are all texts; an empty text is no cell. */
export function tableBook(table: readonly (readonly string[])[]): Buffer {
  const escaped = (text: string) => text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  const cell = (text: string) =>
    text === '' ? '<c/>' : `<c t="inlineStr"><is><t xml:space="preserve">${escaped(text)}</t></is></c>`;
  return book({ rows: table.map((cells) => `<row>${cells.map(cell).join('')}</row>`).join('') });
}
