import { fitTable } from '@backend/shared/cli';
import type { ImportProfile, ImportProof, ImportQuestion, ImportUnderstood } from '../contract';
import { facts, prose, quoted, section, textWidth } from './layout-text';
import { profileOptions } from './profile';
import { shellWord } from './retype';
import { at, roleText, understoodText } from './understood-text';

/** What an import asks, with what it has understood and seen, and what to type for each answer. */
export function questionText({
  question,
  width,
  roles,
  nextCommand,
}: {
  readonly question: ImportQuestion;
  readonly width: number;
  /** Roles that a column may have. */
  readonly roles: readonly string[];
  /** The command line that gives an answer. */
  readonly nextCommand: (answer: ImportProfile) => string;
}): string[] {
  const { understood } = question;
  const answers = answersOf(question);
  return [
    ...(understood ? section('How the file is read so far', understoodText(understood, width)) : []),
    ...section('First rows of the file', headTable(question, width)),
    ...section('The question', questionLines(question, { width, roles })),
    ...section(answers.length > 1 ? 'To answer, type one of' : 'To answer, type', answers.map(nextCommand)),
  ];
}

function questionLines(
  question: ImportQuestion,
  { width, roles }: { width: number; roles: readonly string[] },
): string[] {
  const { code, choices = [], readings = [], understood } = question;
  const meanings = facts(
    choices.flatMap((choice, nth) => (readings[nth] === undefined ? [] : [[choice, readings[nth]] as const])),
    width,
  ).map((line) => `  ${line}`);
  const open = openValue(question);
  if (code === 'AmbiguousDateFormat' && open) {
    const text = `Which part of a date is the day? ${shownAt(open, understood)} can be read both ways, and no other date tells. What it is when the order is`;
    return [...prose(text, width), ...meanings];
  }
  if (code === 'AmbiguousNumberFormat' && open) {
    const sign = open.value.includes(',') ? 'comma' : 'point';
    const text = `Does the ${sign} group thousands, or do the decimals begin there? ${shownAt(open, understood)} can be read both ways, and no other amount of its column tells. What it is when the decimal sign is`;
    const likely = question.suggestion?.decimal;
    const why = 'the other amounts of the file and the decimals of its currency';
    return [
      ...prose(text, width),
      ...meanings,
      ...(likely === undefined ? [] : prose(`Judging by ${why}, it is probably "${likely}".`, width)),
    ];
  }
  if (code === 'MissingColumn') return missingLines(question, { width, roles });
  return prose(question.message, width);
}

function missingLines(
  { missing = [], suggestion }: ImportQuestion,
  { width, roles }: { width: number; roles: readonly string[] },
): string[] {
  const what = missing.map((role) => `the ${roleText(role)}`).join(', and which ');
  const guesses = Object.entries(suggestion?.columns ?? {});
  const guess = guesses.map(([role, column]) => `${columnText(column)} looks like the ${roleText(role)}`).join(', ');
  const counted = guesses.some(([, column]) => typeof column === 'number') ? ' (counted from 0)' : '';
  return [
    ...prose(`Which column is ${what}? None has a name that is known for it.`, width),
    ...(guess === '' ? [] : prose(`By the values ${guess}${counted}: is that right?`, width)),
    ...prose(`A column can be ${roles.join(', ')}.`, width),
  ];
}

function shownAt(proof: ImportProof, understood: ImportUnderstood | undefined): string {
  return at(proof, understood?.format ?? 'csv');
}

function columnText(column: string | number): string {
  return typeof column === 'number' ? `column ${column}` : quoted(column);
}

/** The value that can be read both ways. */
function openValue({ understood }: ImportQuestion): ImportProof | undefined {
  const { dates, amounts = [] } = understood ?? {};
  return dates?.order === 'open' ? dates.proof : amounts.find(({ decimal }) => decimal === 'open')?.proof;
}

/** Each answer; an example where only the user knows it. */
function answersOf({ code, choices = [], suggestion, missing = [] }: ImportQuestion): ImportProfile[] {
  if (code === 'AmbiguousDateFormat') return choices.map((dateFormat) => ({ dateFormat }));
  if (code === 'AmbiguousNumberFormat') {
    const likely = suggestion?.decimal;
    // What is likely goes first.
    return choices
      .toSorted((a, b) => Number(b === likely) - Number(a === likely))
      .map((decimal) => ({ decimal: decimal as '.' | ',' }));
  }
  return [suggestion ?? { columns: Object.fromEntries(missing.map((role) => [role, 'NAME'])) }];
}

/** The first records as they are in the file, under the names of their columns, or their positions. */
function headTable({ understood, header = [] }: ImportQuestion, width: number): string[] {
  const { head = [] } = understood ?? {};
  const cells = Math.max(0, ...head.map((row) => row.cells.length));
  const names = Array.from({ length: cells }, (_, at) => header[at] || String(at));
  return fitTable({
    head: ['line', ...names],
    rows: head.map(({ line, cells: row }) => [String(line), ...row]),
    width: textWidth(width),
  });
}

/** The command that answers an import which waits. */
export function answerCommand({ call }: { call: string }, importId: string, answer: ImportProfile): string {
  return [call, 'answer', shellWord(importId), ...profileOptions(answer)].join(' ');
}
