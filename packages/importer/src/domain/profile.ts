import { isCurrency } from '@backend/shared/kernel';
import type { ImportProfile } from '../contract';
import { dateOrderOfFormat } from '../inference/date-order';
import { encodingOfLabel } from '../reading/encoding-names';
import { isStorableText } from './storable-text';

// The workflow sandbox loads this: nothing here may reach for Node.

/** A rule of one field: what is wrong with a value, as the end of a sentence; undefined when nothing is. */
type Rule = (value: unknown) => string | undefined;

const MAX_TEXT = 1000;
/** As many as an operator may allow. */
const MAX_COLUMNS = 4096;

const RULES: Readonly<Record<string, Rule>> = {
  encoding: (value) =>
    isText(value) && encodingOfLabel(value) !== undefined
      ? undefined
      : 'an encoding such as utf-8, utf-16le, windows-1252 or iso-8859-2',
  delimiter: oneOf([',', ';', '\t', '|'], 'one of , ; | and the tabulator'),
  headerLine: wholeNumber,
  skipTop: wholeNumber,
  skipBottom: wholeNumber,
  columns: (value) => {
    const expected =
      'an object of roles and columns, each a name or an index from 0, such as {"date":"Booked","amount":3}';
    if (!isObject(value)) return expected;
    const columns = Object.entries(value);
    const good = columns.every(
      ([role, column]) => isText(role) && (isText(column) || (isCount(column) && column < MAX_COLUMNS)),
    );
    return good && columns.length <= MAX_COLUMNS ? undefined : expected;
  },
  dateFormat: (value) =>
    isText(value) && dateOrderOfFormat(value) !== undefined
      ? undefined
      : 'a text with D, M and Y in their order, such as DD.MM.YYYY',
  decimal: oneOf(['.', ','], 'a point or a comma'),
  currency: (value) => (isText(value) && isCurrency(value) ? undefined : 'an ISO 4217 code in capitals, such as EUR'),
  invertSign: (value) => (typeof value === 'boolean' ? undefined : 'true or false'),
};

/**
 * What is wrong with an import profile, as a sentence that names the field and what would be right; undefined when
 * nothing is. Takes anything: a profile comes from people. `name` is what the profile is called in the sentence.
 */
export function profileProblem(profile: unknown, name = 'profile'): string | undefined {
  if (!isObject(profile)) return `${name} should be an object such as {"dateFormat":"DD.MM.YYYY"}.`;
  for (const [field, value] of Object.entries(profile)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(RULES, field)) {
      return `${name}.${field.slice(0, 60)} is not known; a profile has ${Object.keys(RULES).join(', ')}.`;
    }
    const expected = RULES[field]?.(value);
    if (expected !== undefined) return `${name}.${field} should be ${expected}, not ${show(value)}.`;
  }
  return undefined;
}

/** What the second one says goes before; columns are taken role by role. */
export function mergeProfiles(base: ImportProfile | undefined, more: ImportProfile): ImportProfile {
  const columns = { ...base?.columns, ...more.columns };
  return { ...base, ...more, ...(Object.keys(columns).length > 0 ? { columns } : {}) };
}

function oneOf(choices: readonly string[], expected: string): Rule {
  return (value) => (choices.some((choice) => choice === value) ? undefined : expected);
}

function wholeNumber(value: unknown): string | undefined {
  return isCount(value) ? undefined : 'a whole number from 0';
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_TEXT && isStorableText(value);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  return (JSON.stringify(value) ?? typeof value).slice(0, 60);
}
