import type { ImportProfile, ImportUnderstood, UnderstoodColumn, UnderstoodValues } from '../contract';
import type { ConvertedFormat } from '../formats';
import { commonWidth } from '../inference/suggest-columns';
import {
  type DelimiterSource,
  type DetectedEncoding,
  type FileLayout,
  type RoleCatalogue,
  type SourceRecord,
  type Transcription,
  cutText,
  fileLine,
  firstForeignWord,
} from '../reading';
import { columnTitle } from '../records';

const NAME_CHARACTERS = 60;
const UNUSED_SHOWN = 30;
const HEAD_ROWS = 5;
const HEAD_CELLS = 12;
const HEAD_CHARACTERS = 40;

/** How a file was opened, before its values say anything. */
export interface OpenedFile {
  readonly format: 'csv' | 'tsv' | ConvertedFormat;
  /** What the user states. */
  readonly stated: ImportProfile;
  readonly encoding: DetectedEncoding;
  /** The first bytes of the file's own text; empty for what was transcribed. */
  readonly head: Buffer;
  readonly transcription: Transcription | undefined;
}

/** The layout, or what is known of it when columns are missing. */
export type PartialLayout = Pick<FileLayout, 'header' | 'headerLine' | 'roles' | 'columnCount' | 'delimiter'>;

/** How the file is read, as people are told. */
export function understandFile({
  file,
  catalogue,
  layout,
  delimiterFrom,
  values,
  counts,
  records,
}: {
  readonly file: OpenedFile;
  readonly catalogue: RoleCatalogue;
  readonly layout: PartialLayout;
  readonly delimiterFrom: DelimiterSource;
  readonly values: UnderstoodValues;
  readonly counts: Pick<ImportUnderstood, 'rows' | 'skippedTop' | 'skippedBottom' | 'blankLines'>;
  /** The first records, for a question. */
  readonly records?: readonly SourceRecord[];
}): ImportUnderstood {
  const { format, stated, transcription } = file;
  const columns = readColumns({ layout, catalogue, stated, transcription });
  const unused = ownIndexes(layout, transcription)
    .filter((index) => !columns.some((column) => column.index === index))
    .map((index) => cutText(columnTitle(layout as FileLayout, index), NAME_CHARACTERS));
  return {
    format,
    encoding: understandEncoding(file),
    ...(transcription ? {} : { delimiter: { sign: layout.delimiter, from: delimiterFrom } }),
    headerLine: layout.headerLine,
    columns,
    unused: unused.slice(0, UNUSED_SHOWN),
    unusedCount: unused.length,
    ...counts,
    ...values,
    unsure: [...encodingDoubts(file), ...values.unsure],
    ...(records ? { head: shownHead(records, transcription) } : {}),
  };
}

/** The columns that are read: not those of an alternative, such as debit and credit beside an amount. */
function readColumns({
  layout: { roles, header },
  catalogue,
  stated,
  transcription,
}: {
  layout: PartialLayout;
  catalogue: RoleCatalogue;
  stated: ImportProfile;
  transcription: Transcription | undefined;
}): UnderstoodColumn[] {
  const unread = catalogue.required.flatMap(({ anyOf }) => {
    const taken = anyOf.find((alternative) => alternative.every((role) => roles[role] !== undefined));
    return taken ? anyOf.flat().filter((role) => !taken.includes(role)) : [];
  });
  return Object.entries(roles)
    .filter(([role]) => catalogue.roles[role] !== undefined && !unread.includes(role))
    .map(([role, index]) => ({
      role,
      name: cutText(header[index] ?? '', NAME_CHARACTERS),
      index,
      from:
        stated.columns?.[role] !== undefined
          ? ('stated' as const)
          : transcription?.titles === 'roles'
            ? ('format' as const)
            : ('name' as const),
    }))
    .sort((a, b) => a.index - b.index);
}

/** Columns of the file: without those that a transcription adds, and without one that is only the end of the lines. */
function ownIndexes({ header, columnCount }: PartialLayout, transcription: Transcription | undefined): number[] {
  const count = transcription?.lineColumn ?? columnCount;
  const indexes = Array.from({ length: count }, (_, index) => index);
  return header.length === 0 ? indexes : indexes.filter((index) => (header[index] ?? '') !== '');
}

function understandEncoding({ stated, encoding, head, transcription }: OpenedFile): ImportUnderstood['encoding'] {
  if (transcription) {
    return stated.encoding === undefined ? { name: '', from: 'format' } : { name: stated.encoding, from: 'stated' };
  }
  const from = { bom: 'bom', profile: 'stated', declared: 'declared', 'strict-utf-8': 'content', fallback: 'fallback' };
  const sample = firstForeignWord(head, encoding);
  return {
    name: encoding.encoding,
    from: from[encoding.source] as ImportUnderstood['encoding']['from'],
    ...(sample ? { sample } : {}),
  };
}

function encodingDoubts({ encoding, head }: OpenedFile): UnderstoodValues['unsure'] {
  if (encoding.source !== 'fallback') return [];
  const sample = firstForeignWord(head, encoding);
  const look = sample ? `Is "${sample.value}" on line ${sample.line} right?` : 'Do the letters look right?';
  return [
    {
      code: 'EncodingFallback',
      message: `The file does not say how its letters are written and is no UTF-8; it is read as windows-1252, the usual case in western Europe. ${look}`,
      profile: { encoding: 'iso-8859-2' },
    },
  ];
}

/** A record as it is shown: with its line in the file and its own cells. */
export function ownCells(
  { fields, line }: SourceRecord,
  transcription: Transcription | undefined,
): { line: number; cells: readonly string[] } {
  return transcription
    ? { line: Number(fields[transcription.lineColumn]) || 0, cells: fields.slice(0, transcription.lineColumn) }
    : { line, cells: fields };
}

function shownHead(
  records: readonly SourceRecord[],
  transcription: Transcription | undefined,
): NonNullable<ImportUnderstood['head']> {
  return records.slice(0, HEAD_ROWS).map((record) => {
    const { line, cells } = ownCells(record, transcription);
    const shown = cells.slice(0, HEAD_CELLS).map((cell) => cutText(storable(cell), HEAD_CHARACTERS));
    return { line, cells: shown };
  });
}

function storable(cell: string): string {
  return cell.replaceAll('\0', '').replaceAll('\ufffd', '');
}

/** What a format fixes is not what the user has stated. */
export function asOfFormat(
  values: UnderstoodValues,
  { stated, ofFormat }: { stated: ImportProfile; ofFormat: ImportProfile },
): UnderstoodValues {
  const dates =
    values.dates && ofFormat.dateFormat !== undefined && stated.dateFormat === undefined
      ? { ...values.dates, from: 'format' as const }
      : values.dates;
  const amounts =
    values.amounts && ofFormat.decimal !== undefined && stated.decimal === undefined
      ? values.amounts.map((amount) => ({ ...amount, from: 'format' as const }))
      : values.amounts;
  return { ...values, ...(dates ? { dates } : {}), ...(amounts ? { amounts } : {}) };
}

/** Records to show for a question: the file's own, from the first one that is as wide as most. */
export function representative(
  records: readonly SourceRecord[],
  transcription: Transcription | undefined,
): SourceRecord[] {
  const own = records.filter((record) => !record.problem && fileLine(record, transcription) > 0);
  const width = commonWidth(own.map(({ line, fields }) => ({ line, cells: fields })));
  return own.slice(
    Math.max(
      0,
      own.findIndex(({ fields }) => fields.length === width),
    ),
  );
}
