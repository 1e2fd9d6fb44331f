import { comparableText, textSimilarity } from '@backend/importer/records';
import { findJob } from '@backend/importer/repositories';
import { CliFailure, UsageError, fitTable, isJson, printJson, terminal } from '@backend/shared/cli';
import { formatMoney } from '@backend/shared/kernel';
import type { Command } from 'commander';
import { type PossibleDuplicate, dropFlaggedRows, keepFlaggedRows, listFlagged } from '../repositories';
import { type Session, withSession } from './session';

interface DuplicatesOptions {
  readonly user?: string;
  readonly keep?: readonly string[];
  readonly drop?: readonly string[];
  readonly limit: string;
}

/** Rows that an option names; null for `all`. */
type Rows = readonly string[] | null;

/** `tracc import duplicates`: what an import brought that may have been there already, and what becomes of it. */
export function addDuplicatesCommand(importCommand: Command): void {
  const call = 'tracc import duplicates';
  importCommand
    .command('duplicates <id>')
    .description('rows of an import that may have been there already, from another source')
    .option('--keep <rows...>', 'these are payments of their own; all: every one')
    .option('--drop <rows...>', 'these imported rows do not count; all: every one')
    .option('--limit <count>', 'show at most so many', '50')
    .option('--user <id>', 'whose account; TRACC_USER by default')
    .addHelpText('after', `\nExamples:\n  ${call} 4f1c\n  ${call} 4f1c --keep 5204 --drop 5311 5312`)
    .action(async (importId: string, _options: unknown, self: Command) => {
      const options = self.optsWithGlobals<DuplicatesOptions>();
      const keep = rowsOf('--keep', options.keep);
      const drop = rowsOf('--drop', options.drop);
      if (keep === null && drop === null) throw new UsageError('--keep all or --drop all, not both');
      const both = (keep ?? []).find((row) => drop?.includes(row));
      if (both !== undefined) throw new UsageError(`row ${both} cannot be kept and dropped`);
      if (!/^[1-9]\d{0,5}$/.test(options.limit)) throw new UsageError('--limit should be a number from 1 to 999999');
      await withSession(options, async (session) => {
        const job = await session.scope(session.userId, async (tx) => findJob(tx, importId));
        if (!job) throw new CliFailure(`there is no import ${importId}`);
        const json = isJson(self);
        if (keep !== undefined || drop !== undefined) await decide(session, { importId, keep, drop, json });
        else await show(session, { importId, limit: Number(options.limit), json, call });
      });
    });
}

function rowsOf(option: string, values: readonly string[] | undefined): Rows | undefined {
  if (values === undefined) return undefined;
  if (values.length === 1 && values[0] === 'all') return null;
  const wrong = values.find((value) => !/^[1-9]\d{0,17}$/.test(value));
  if (wrong !== undefined) throw new UsageError(`${option} takes rows of the list, or all; "${wrong}" is none`);
  return [...new Set(values)];
}

/** Everything that was asked for, or nothing when one of the rows is not flagged. */
async function decide(
  session: Session,
  { importId, keep, drop, json }: { importId: string; keep: Rows | undefined; drop: Rows | undefined; json: boolean },
): Promise<void> {
  const { kept, dropped } = await session.scope(session.userId, async (tx) => {
    // What is named goes first, so that `all` means the others.
    const steps = [
      { done: 'kept', rows: keep, act: keepFlaggedRows },
      { done: 'dropped', rows: drop, act: dropFlaggedRows },
    ] as const;
    const result: Record<'kept' | 'dropped', string[]> = { kept: [], dropped: [] };
    for (const { done, rows, act } of steps.toSorted(
      (one, other) => Number(one.rows === null) - Number(other.rows === null),
    )) {
      if (rows === undefined) continue;
      result[done] = await act(tx, { importId, ids: rows });
      const missing = rows?.find((row) => !result[done].includes(row));
      if (missing !== undefined)
        throw new CliFailure(`row ${missing} is no possible duplicate of import ${importId}; nothing was changed`);
    }
    return result;
  });
  if (json) return printJson({ importId, kept, dropped });
  if (keep !== undefined) process.stdout.write(`${rowsText(kept.length)} kept\n`);
  if (drop !== undefined) process.stdout.write(`${rowsText(dropped.length)} dropped\n`);
}

async function show(
  session: Session,
  { importId, limit, json, call }: { importId: string; limit: number; json: boolean; call: string },
): Promise<void> {
  const { total, pairs } = await session.scope(session.userId, async (tx) => listFlagged(tx, { importId, limit }));
  const compared = pairs.map((pair) => ({
    ...pair,
    similarity: textSimilarity(comparableText(pair.imported), comparableText(pair.existing)),
  }));
  if (json) return printJson({ importId, total, pairs: compared });
  const write = (line: string) => process.stdout.write(`${line}\n`);
  if (total === 0) return void write(`no row of ${importId} is flagged as a possible duplicate`);
  // One above the other: a line of a terminal has no room for two texts.
  const lines = fitTable({
    head: ['row', 'amount', 'date', 'text', 'from', 'alike'],
    rows: compared.flatMap(({ imported, existing, amountMinor, currency, similarity }) => [
      [
        imported.transactionId,
        formatMoney({ minor: amountMinor, currency }),
        imported.date,
        textOf(imported),
        'this import',
        `${Math.round(similarity * 100)} %`,
      ],
      ['', '', existing.date, textOf(existing), sourceText(existing), ''],
    ]),
    width: terminal().width,
    whole: ['row', 'date'],
  });
  for (const line of lines) write(line);
  if (total > compared.length)
    write(`… and ${(total - compared.length).toLocaleString('en-US')} more: --limit ${total}`);
  write(
    `\nTwo payments after all: ${call} ${importId} --keep ROW. The same one: --drop ROW makes the imported row void.`,
  );
}

/** Payee and description, and only one of them where it says what the other says. */
function textOf({ payee, description }: PossibleDuplicate['imported']): string {
  if (payee === '' || description.toLowerCase().includes(payee.toLowerCase())) return description;
  return description === '' ? payee : `${payee} · ${description}`;
}

const SOURCES: Readonly<Record<string, string>> = { manual: 'by hand', recurring: 'recurring', seed: 'sample' };

function sourceText({ filename, source }: PossibleDuplicate['existing']): string {
  return filename ?? SOURCES[source] ?? source;
}

function rowsText(count: number): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? 'row' : 'rows'}`;
}
