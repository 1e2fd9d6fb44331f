import { type CompiledCatalogue, type RoleColumns, matchRoles, missingRequirements } from './roles';
import type { ImportProfile, SourceRecord } from './types';

/** A file that was transcribed into delimited text, with a first line of its own (the titles) and columns of ours at the end. */
export interface Transcription {
  /** Column that holds the line of the file; it and what is behind it are ours. */
  readonly lineColumn: number;
  /**
   * What the titles are. `roles`: the names of roles themselves. `names`: the file's own names for its columns.
   * `letters`: those of a sheet's columns, where the header is one of the rows below.
   */
  readonly titles: 'roles' | 'names' | 'letters';
}

/** The line of the file on which a record starts; 0 for the titles of a transcription, which are on none. */
export function fileLine({ line, fields }: SourceRecord, transcription: Transcription | undefined): number {
  return transcription ? Number(fields[transcription.lineColumn]) || 0 : line;
}

/** The header is looked for in this many lines. */
export const HEADER_LINES = 30;

/** A header, or what comes nearest to one. */
export interface FoundHeader {
  /** Absent when no line comes near; the roles are then those that the profile gives indexes for. */
  readonly record?: SourceRecord;
  readonly roles: RoleColumns;
  /** Requirements that no column has. */
  readonly missing: readonly string[];
}

/** The header among the first records, and what its columns are; the profile's headerLine and columns win. */
export function findHeader(
  records: readonly SourceRecord[],
  compiled: CompiledCatalogue,
  profile: ImportProfile,
  transcription?: Transcription,
): FoundHeader {
  const titles = transcription && records[0];
  const letters = transcription?.titles === 'letters' ? ownTitles(titles, transcription) : [];
  const rolesOf = (cells: readonly string[], letterNames: readonly string[] = []): FoundHeader => {
    const roles = withProfileColumns({ cells, compiled, profile, letters: letterNames });
    return { roles, missing: missingIn(roles, compiled, profile) };
  };
  if (titles && letters.length === 0) return { record: titles, ...rolesOf(ownTitles(titles, transcription)) };
  const none: FoundHeader = { ...(titles ? { record: titles } : {}), ...rolesOf([], letters) };
  if (profile.headerLine === 0) return none;
  if (profile.headerLine !== undefined) {
    const record = records.find((each) => fileLine(each, transcription) === profile.headerLine);
    return record ? { record, ...rolesOf(ownTitles(record, transcription), letters) } : none;
  }
  // A line is a header by its names: columns given by index alone would make any line one.
  const byNames: ImportProfile = { columns: namedOnly(profile.columns) };
  let nearest: FoundHeader | undefined;
  for (const record of records) {
    if (fileLine(record, transcription) > HEADER_LINES + (profile.skipTop ?? 0)) break;
    if (record.problem || record === titles) continue;
    const cells = ownTitles(record, transcription);
    const roles = withProfileColumns({ cells, compiled, profile: byNames });
    const missing = missingIn(roles, compiled, byNames);
    if (missing.length === 0) return { record, ...rolesOf(cells) };
    if (Object.keys(roles).length > 0 && (!nearest || missing.length < nearest.missing.length)) {
      nearest = { record, ...rolesOf(cells) };
    }
  }
  return nearest ?? none;
}

/** A cell of the header as it is stored and shown: trimmed, without what cannot be stored and what was lost already. */
export function titleText(cell: string): string {
  return cell.replaceAll('\0', '').replaceAll('\ufffd', '').trim();
}

/** The cells that are the file's own. */
function ownTitles(record: SourceRecord | undefined, transcription: Transcription | undefined): readonly string[] {
  const cells = (record?.fields ?? []).map(titleText);
  return transcription ? cells.slice(0, transcription.lineColumn) : cells;
}

/** Requirements without a column, and roles for which the profile names a column that the line does not have. */
function missingIn(roles: RoleColumns, compiled: CompiledCatalogue, profile: ImportProfile): string[] {
  const named = Object.keys(profile.columns ?? {}).filter((role) => roles[role] === undefined);
  return [...new Set([...missingRequirements(roles, compiled.catalogue), ...named])];
}

function namedOnly(columns: ImportProfile['columns'] = {}): Record<string, string | number> {
  return Object.fromEntries(Object.entries(columns).filter(([, column]) => typeof column === 'string'));
}

/** Roles by the profile's columns first, then by alias for the roles and columns that are left. */
function withProfileColumns({
  cells,
  compiled,
  profile,
  letters = [],
}: {
  cells: readonly string[];
  compiled: CompiledCatalogue;
  profile: ImportProfile;
  /** Names that columns have besides those of the header. */
  letters?: readonly string[];
}): RoleColumns {
  const wanted = Object.entries(profile.columns ?? {});
  const chosen: Record<string, number> = {};
  for (const [role, column] of wanted) {
    const index = typeof column === 'number' ? column : indexOfName(column, cells, letters);
    if (Number.isInteger(index) && index >= 0) chosen[role] = index;
  }
  const taken = new Set(Object.values(chosen));
  const names = new Set(wanted.map(([role]) => role));
  for (const [role, index] of Object.entries(matchRoles(cells, compiled))) {
    if (!names.has(role) && !taken.has(index)) chosen[role] = index;
  }
  return chosen;
}

function indexOfName(name: string, cells: readonly string[], letters: readonly string[]): number {
  const index = cells.indexOf(name.trim());
  return index >= 0 ? index : letters.indexOf(name.trim().toUpperCase());
}
