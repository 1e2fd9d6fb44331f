import path from 'node:path';
import { fitTable, fitText, printable } from '@backend/shared/cli';
import { formatMoney } from '@backend/shared/kernel';
import type { DataImportResult, ImportDoubt, ImportProfile, ImportRowError } from '../contract';
import { bullets, count, facts, prose, quoted, section, textWidth } from './layout-text';
import { inOptions, profileOptions } from './profile';
import { shellWord } from './retype';
import type { ImportTenantWords } from './session';
import { totalsFacts, understoodText } from './understood-text';

const ROWS_SHOWN = 10;
const ERRORS_SHOWN = 10;
const VALUE_WIDTH = 40;

/** What an import came to, in words: the first line says it, the others explain it. */
export function resultText({
  result,
  file,
  width,
  rejects,
  words: { call, duplicatesCall },
}: {
  readonly result: DataImportResult;
  readonly file: string;
  readonly width: number;
  /** Where the refused rows are. */
  readonly rejects: string | undefined;
  readonly words: Pick<ImportTenantWords, 'call' | 'duplicatesCall'>;
}): string[] {
  const head = prose(summary(result, { file, call }), width + 2);
  // The rest is about the import of then.
  if (result.status === 'already_imported') return head;
  const { dateFrom, dateTo, byCurrency, possibleDuplicates, warnings, rowErrors, loadedBy } = result;
  const sums = Object.entries(byCurrency).map(
    ([currency, { inMinor, outMinor }]) =>
      `${formatMoney({ minor: inMinor, currency })} in, ${formatMoney({ minor: outMinor, currency })} out`,
  );
  const period = dateFrom === null ? [] : [`from ${dateFrom} to ${dateTo}`];
  return [
    ...head,
    ...(sums.length > 0 || period.length > 0 ? [[...sums, ...period].join(', ')] : []),
    ...(possibleDuplicates > 0
      ? prose(
          `${count(possibleDuplicates, 'row')} may be there already from another source; look at them: ${duplicatesCall(result.importId)}`,
          width + 2,
        )
      : []),
    ...(loadedBy === 'insert'
      ? prose('The rows went in by INSERT, which is slower: this database has no role that may COPY.', width + 2)
      : []),
    ...warnings.flatMap(({ message }) => prose(inOptions(message), width + 2)),
    ...section('Rows that were refused', errorLines(rowErrors, result.errors, width)),
    ...rejectsLines(rejects, { importId: result.importId, file, call }),
  ];
}

function summary(
  { status, importId, rows, imported, duplicates, errors, skippedBlank, pendingSkipped }: DataImportResult,
  { file, call }: { file: string; call: string },
): string {
  if (status === 'already_imported')
    return `Nothing to do: this file was imported before, as ${importId} (${count(imported, 'row')}). --force imports it again.`;
  if (status === 'aborted')
    return `Nothing was imported: ${count(errors, 'row')} of ${rows.toLocaleString('en-US')} ${errors === 1 ? 'has an error' : 'have errors'}.`;
  const parts = [
    `${imported.toLocaleString('en-US')} imported`,
    ...(duplicates > 0 ? [`${duplicates.toLocaleString('en-US')} there already`] : []),
    ...(errors > 0 ? [`${errors.toLocaleString('en-US')} refused`] : []),
    ...(skippedBlank > 0 ? [`${count(skippedBlank, 'blank line')} skipped`] : []),
    ...(pendingSkipped > 0 ? [`${pendingSkipped.toLocaleString('en-US')} only announced by the bank left out`] : []),
  ];
  if (status === 'cancelled' && imported === 0) return `Cancelled: nothing of ${file} was imported.`;
  if (status === 'cancelled')
    return `Cancelled: ${parts.join(', ')} of ${count(rows, 'row')} of ${file}. What is imported stays; ${call} revert ${importId} takes it back.`;
  return `${count(rows, 'row')} of ${file}: ${parts.join(', ')}.`;
}

/** What a preview shows: how the file was read, what is in doubt, the first rows, what is wrong, and what to type next. */
export function previewText({
  result,
  file,
  width,
  rejects,
  words: { call },
  nextCommand,
}: {
  readonly result: DataImportResult;
  readonly file: string;
  readonly width: number;
  readonly rejects: string | undefined;
  readonly words: Pick<ImportTenantWords, 'call'>;
  /** The command line that imports the file, where it is known. */
  readonly nextCommand?: string;
}): string[] {
  const { understood, rowErrors, errors, preview = [] } = result;
  const shown = preview.slice(0, ROWS_SHOWN);
  const titles = Object.keys(shown[0] ?? {});
  const table = fitTable({
    head: titles,
    rows: shown.map((row) => titles.map((title) => row[title] ?? '')),
    width: textWidth(width),
  });
  const good = result.rows - errors;
  const more = good - shown.length;
  return [
    `Preview of ${file}: nothing was stored.`,
    ...(understood ? section('How the file is read', understoodText(understood, width)) : []),
    ...section('What is in it', facts([...countFacts(result), ...(understood ? totalsFacts(understood) : [])], width)),
    ...section('Please check', bullets(doubtsOf(result), width)),
    ...section('First rows, as they would be stored', [
      ...table,
      ...(more > 0 ? [`… ${count(more, 'more row')}`] : []),
    ]),
    ...section('Rows with errors', errorLines(rowErrors, errors, width)),
    ...rejectsLines(rejects, { importId: result.importId, file, call }),
    ...(nextCommand === undefined ? [] : section('If this is right, import it with', [nextCommand])),
  ];
}

function countFacts({ rows, errors, skippedBlank, pendingSkipped, balance, understood }: DataImportResult) {
  const { skippedBottom = 0 } = understood ?? {};
  const parts = [
    count(rows, 'row'),
    errors > 0
      ? `${(rows - errors).toLocaleString('en-US')} can be imported, ${errors.toLocaleString('en-US')} ${errors === 1 ? 'has an error' : 'have errors'}`
      : 'no errors',
    ...(skippedBlank > 0 ? [`${count(skippedBlank, 'blank line')} skipped`] : []),
    ...(pendingSkipped > 0 ? [`${count(pendingSkipped, 'entry', 'entries')} only announced left out`] : []),
    ...(skippedBottom > 0 ? [`the last ${count(skippedBottom, 'row')} left out as you said`] : []),
  ];
  const proof = {
    ok: [['balance', 'opening balance and rows give the closing balance'] as const],
    mismatch: [['balance', 'opening balance and rows do not give the closing balance'] as const],
    unknown: [],
  }[balance];
  return [['rows', parts.join(', ')] as const, ...proof];
}

/** What a person should look at before the import: doubts, and warnings that no doubt repeats. */
function doubtsOf({ understood, warnings, rows, errors }: DataImportResult): string[] {
  const unsure = understood?.unsure ?? [];
  const known = new Set(unsure.map(({ code }) => code));
  return [
    ...(errors * 2 > rows
      ? ['More than half of the rows have errors: the file was probably read wrongly. Look at the columns above.']
      : []),
    ...unsure.map(doubtText),
    ...warnings.filter(({ code }) => !known.has(code)).map(({ message }) => inOptions(message)),
  ];
}

function doubtText({ message, profile }: ImportDoubt): string {
  return profile === undefined ? printable(message) : `${printable(message)} To change it: ${changeText(profile)}`;
}

function changeText(profile: ImportProfile): string {
  return profileOptions(profile).join(' ');
}

/** Refused rows, each with what was there and what is wrong. */
function errorLines(rowErrors: readonly ImportRowError[], errors: number, width: number): string[] {
  const shown = rowErrors.slice(0, ERRORS_SHOWN);
  const lines = facts(
    shown.map(({ line, column, value, message }) => {
      const what = [printable(column), value === '' ? '' : quoted(fitText(printable(value), VALUE_WIDTH))];
      const where = what.filter((text) => text !== '').join(' ');
      return [`line ${line}`, `${where}${where === '' ? '' : ': '}${printable(message)}`] as const;
    }),
    width,
  );
  const more = errors - shown.length;
  return more > 0 ? [...lines, `… ${count(more, 'more row')}`] : lines;
}

/** Where all refused rows are, and how to get them into a file that a spreadsheet opens. */
function rejectsLines(
  rejects: string | undefined,
  { importId, file, call }: { importId: string; file: string; call: string },
): string[] {
  if (rejects === undefined) return [];
  const out = `${path.parse(file).name}-rejects.csv`;
  return section('All of them, to be mended and imported again', [
    rejects,
    `${call} rejects ${shellWord(importId)} --out ${shellWord(out)}`,
  ]);
}
