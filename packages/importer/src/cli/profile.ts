import { readFile } from 'node:fs/promises';
import { UsageError, printable } from '@backend/shared/cli';
import type { ImportProfile } from '../contract';
import { mergeProfiles, profileProblem } from '../domain';
import { shellWord } from './retype';

/** The options of a command line that say how a file is to be read. */
export interface ProfileOptions {
  /** A JSON object, or `@` and the name of a file with one. */
  readonly profile?: string;
  readonly dateFormat?: string;
  readonly decimal?: string;
  readonly encoding?: string;
  readonly currency?: string;
  readonly invertSign?: boolean;
  /** `role=name` each. */
  readonly column?: readonly string[];
}

/**
 * The profile of a command line, undefined when it has none; single options go before `--profile`. Throws UsageError.
 * `roles` are those that a column may have.
 */
export async function readProfile(
  options: ProfileOptions,
  { example, roles }: { example: string; roles: readonly string[] },
): Promise<ImportProfile | undefined> {
  const { dateFormat, decimal, encoding, currency, invertSign, column } = options;
  const base: ImportProfile | undefined =
    options.profile === undefined ? undefined : await parseProfile(options.profile, example);
  const single = {
    ...(dateFormat === undefined ? {} : { dateFormat }),
    ...(decimal === undefined ? {} : { decimal }),
    ...(encoding === undefined ? {} : { encoding }),
    ...(currency === undefined ? {} : { currency }),
    ...(invertSign === undefined ? {} : { invertSign }),
    ...(column === undefined ? {} : { columns: Object.fromEntries(column.map(columnOf)) }),
  };
  if (base === undefined && Object.keys(single).length === 0) return undefined;
  const problem = profileProblem(single, '');
  if (problem !== undefined)
    throw new UsageError(problem.replace(/^\.(\w+)/, (_match, field: string) => OPTIONS[field] ?? field));
  const profile = mergeProfiles(base, single as ImportProfile);
  const unknown = Object.keys(profile.columns ?? {}).find((role) => !roles.includes(role));
  if (unknown !== undefined) throw new UsageError(`"${unknown}" is no role of a column; there are ${roles.join(', ')}`);
  return profile;
}

/** A sentence about a profile, in the words of the command line. */
export function inOptions(message: string): string {
  return printable(message).replace(/\bprofile\.(\w+)/g, (field, name: string) => OPTIONS[name] ?? field);
}

/** The option of a profile's field. */
const OPTIONS: Readonly<Record<string, string>> = {
  dateFormat: '--date-format',
  decimal: '--decimal',
  encoding: '--encoding',
  currency: '--currency',
  columns: '--column',
};

function columnOf(text: string): [role: string, column: string] {
  const [, role, column] = /^\s*(\w+)\s*=(.+)$/s.exec(text) ?? [];
  if (role === undefined || column === undefined)
    throw new UsageError(`--column should be a role and the name of a column, such as date=Buchungstag, not ${text}`);
  return [role, column.trim()];
}

async function parseProfile(text: string, example: string): Promise<ImportProfile> {
  const json = text.startsWith('@') ? await readText(text.slice(1)) : text;
  const profile = jsonOf(json);
  if (typeof profile !== 'object' || profile === null || Array.isArray(profile))
    throw new UsageError(`--profile should be a JSON object such as ${example}, or @FILE with one in it, not ${text}`);
  const problem = profileProblem(profile, '--profile');
  if (problem !== undefined) throw new UsageError(problem);
  return profile;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    throw new UsageError(`the file ${file} of --profile cannot be read`);
  }
}

/** Names of {@link ProfileOptions}. */
export const PROFILE_OPTIONS: readonly (keyof ProfileOptions)[] = [
  'profile',
  'dateFormat',
  'decimal',
  'encoding',
  'currency',
  'invertSign',
  'column',
];

/** A profile as options of the command line. */
export function profileOptions(profile: ImportProfile): string[] {
  const { dateFormat, decimal, encoding, currency, invertSign, columns, headerLine, ...rest } = profile;
  const named = Object.entries(columns ?? {});
  const areNames = named.every(([, column]) => typeof column === 'string');
  // With names for all columns the header is the line that has them.
  const hasOther = Object.keys(rest).length > 0 || !areNames || (headerLine !== undefined && named.length === 0);
  if (hasOther) return ['--profile', shellWord(JSON.stringify(profile))];
  return [
    ...(dateFormat === undefined ? [] : ['--date-format', shellWord(dateFormat)]),
    ...(decimal === undefined ? [] : ['--decimal', shellWord(decimal)]),
    ...(encoding === undefined ? [] : ['--encoding', shellWord(encoding)]),
    ...(currency === undefined ? [] : ['--currency', shellWord(currency)]),
    ...(invertSign === true ? ['--invert-sign'] : []),
    ...named.flatMap(([role, column]) => ['--column', shellWord(`${role}=${column}`)]),
  ];
}
