import { type NumberKind, kindOfBuiltInFormat, kindOfFormatCode } from './xlsx-numbers';
import { xlsxText } from './xlsx-text';
import { attribute, parseXml, readXml } from './xlsx-xml';
import type { ZipArchive } from './xlsx-zip';
import { FileProblemError } from './types';

/** Sheets of a workbook at most. */
const MAX_SHEETS = 1000;

/** A sheet of cells: charts and macros are none. */
export interface Worksheet {
  readonly name: string;
  readonly isVisible: boolean;
  /** Name of its part. */
  readonly part: string;
}

/** Everything that sheets refer to. */
export interface Workbook {
  /** In the order of the tabs. */
  readonly sheets: readonly Worksheet[];
  readonly date1904: boolean;
  readonly sharedStrings: readonly string[];
  /** What numbers mean, by the index of the cell's style. */
  readonly styleKinds: readonly NumberKind[];
}

/** Reads the parts of a workbook except its sheets. `maxCharacters`: of a string no more is kept. */
export async function readWorkbook(zip: ZipArchive, maxCharacters: number): Promise<Workbook> {
  const workbookPart = await findWorkbook(zip);
  const relations = await readRelations(zip, workbookPart);
  const byType = (type: string): string | undefined =>
    [...relations.values()].find((relation) => relation.type === type)?.part;
  const sheets: Worksheet[] = [];
  let date1904 = false;
  await readXml(workbookPart, zip.read(workbookPart), {
    open: (name, attributes) => {
      if (name === 'workbookPr') date1904 = isTrue(attribute(attributes, 'date1904'));
      if (name !== 'sheet' || sheets.length >= MAX_SHEETS) return;
      const relation = relations.get(attribute(attributes, 'id') ?? '');
      if (relation?.type !== 'worksheet' || !zip.has(relation.part)) return;
      // A part that is there again would be read again, as often as a file likes.
      if (sheets.some(({ part }) => part === relation.part)) return;
      const isVisible = (attributes['state'] ?? 'visible') === 'visible';
      sheets.push({ name: attributes['name'] ?? '', isVisible, part: relation.part });
    },
  });
  return {
    sheets,
    date1904,
    sharedStrings: await readSharedStrings(zip, byType('sharedStrings'), maxCharacters),
    styleKinds: await readStyles(zip, byType('styles')),
  };
}

interface Relation {
  /** The last word of its type, which is the same in the transitional and the strict form of the standard. */
  readonly type: string;
  readonly part: string;
}

async function findWorkbook(zip: ZipArchive): Promise<string> {
  const relations = zip.has('_rels/.rels') ? await readRelations(zip, '') : new Map<string, Relation>();
  const named = [...relations.values()].find(({ type }) => type === 'officeDocument')?.part;
  const part = [named, 'xl/workbook.xml'].find((candidate) => candidate !== undefined && zip.has(candidate));
  if (part !== undefined && !/\.bin$/i.test(part) && !/^(?:word|ppt|visio)\//i.test(part)) return part;
  const what = otherArchive(zip, part);
  if (what !== undefined) {
    const message = `The file is ${what}, which cannot be imported; save it as .xlsx or export it as CSV.`;
    throw new FileProblemError({ code: 'UnsupportedFormat', message });
  }
  const message = 'The file is no spreadsheet: it has no workbook in it. Save it as .xlsx or export it as CSV.';
  throw new FileProblemError({ code: 'MalformedFile', message });
}

function otherArchive(zip: ZipArchive, part: string | undefined): string | undefined {
  if (zip.has('xl/workbook.bin') || (part !== undefined && /\.bin$/i.test(part))) return 'a binary workbook (.xlsb)';
  if (zip.has('word/document.xml')) return 'a text document (.docx)';
  if (zip.has('ppt/presentation.xml')) return 'a presentation (.pptx)';
  if (zip.has('mimetype') && zip.has('content.xml')) return 'an OpenDocument file';
  if (zip.has('Index/Document.iwa')) return 'a Numbers or Pages document';
  return undefined;
}

async function readRelations(zip: ZipArchive, part: string): Promise<Map<string, Relation>> {
  const relations = new Map<string, Relation>();
  const slash = part.lastIndexOf('/') + 1;
  const relationsPart = `${part.slice(0, slash)}_rels/${part.slice(slash)}.rels`;
  if (!zip.has(relationsPart)) return relations;
  await readXml(relationsPart, zip.read(relationsPart), {
    open: (name, attributes) => {
      const { Id: id, Target: target, Type: type, TargetMode: mode } = attributes;
      if (name !== 'Relationship' || id === undefined || target === undefined || mode === 'External') return;
      relations.set(id, { type: (type ?? '').replace(/^.*\//s, ''), part: resolvePart(part.slice(0, slash), target) });
    },
  });
  return relations;
}

/** The name of a part that is meant from a folder of the archive. */
function resolvePart(folder: string, target: string): string {
  const path = target.replaceAll('\\', '/');
  const names: string[] = [];
  for (const name of (path.startsWith('/') ? path : folder + path).split('/')) {
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  return names.join('/');
}

async function readSharedStrings(
  zip: ZipArchive,
  part: string | undefined,
  maxCharacters: number,
): Promise<readonly string[]> {
  const strings: string[] = [];
  if (part === undefined || !zip.has(part)) return strings;
  const text = xlsxText(maxCharacters);
  const parsing = parseXml(part, zip.read(part), {
    open: (name) => {
      if (name === 'si') text.start();
      text.open(name);
    },
    close: (name) => {
      text.close(name);
      if (name === 'si') strings.push(text.take());
    },
    text: text.add,
  });
  while (!(await parsing.next()).done);
  return strings;
}

async function readStyles(zip: ZipArchive, part: string | undefined): Promise<readonly NumberKind[]> {
  const kinds: NumberKind[] = [];
  if (part === undefined || !zip.has(part)) return kinds;
  const codes = new Map<number, string>();
  const formatIds: number[] = [];
  // Formats and styles also occur in other lists (conditional formats, named styles), which number them anew.
  let list = '';
  await readXml(part, zip.read(part), {
    open: (name, attributes) => {
      if (name === 'numFmts' || name === 'cellXfs') list = name;
      if (list === 'numFmts' && name === 'numFmt') {
        codes.set(Number(attributes['numFmtId']), attributes['formatCode'] ?? '');
      }
      if (list === 'cellXfs' && name === 'xf') formatIds.push(Number(attributes['numFmtId'] ?? 0));
    },
    close: (name) => {
      if (name === list) list = '';
    },
  });
  for (const id of formatIds) {
    const code = codes.get(id);
    kinds.push(code === undefined ? kindOfBuiltInFormat(id) : kindOfFormatCode(code));
  }
  return kinds;
}

function isTrue(text: string | undefined): boolean {
  return text === '1' || text === 'true' || text === 'on';
}
