import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { CliFailure, UsageError, isJson, printJson } from '@backend/shared/cli';
import { createPool, inScope } from '@backend/shared/pg';
import { parse } from 'csv-parse';
import type { Command } from 'commander';
import { loadEnv } from '../config';
import type { CatchUpPolicy, NotifyTarget, RecurrenceRule, RecurrenceSchedule, RolloverMode } from '../contract';
import { ruleOf } from '../domain/recurrence';
import {
  type NewTransaction,
  externalKey,
  insertAccounts,
  findTemplate,
  insertCategories,
  insertFxRates,
  insertTransactions,
  insertUser,
  upsertBudget,
  upsertTemplate,
} from '../repositories';

/** The sample household as `examples/household/household.json` has it. */
interface Household {
  readonly user: { userId: string; displayName: string; zone: string; email?: string };
  readonly accounts: Parameters<typeof insertAccounts>[1];
  readonly categories: Parameters<typeof insertCategories>[1];
  readonly budgets: readonly {
    budgetId: string;
    name: string;
    currency: string;
    zone: string;
    limitMinor: string | null;
    monthStartDay: number;
    categoryIds: readonly string[];
    rollover: RolloverMode;
    rolloverSince: string;
    thresholdsPct: readonly number[];
    notify: readonly NotifyTarget[];
  }[];
  readonly recurring: readonly {
    templateId: string;
    description: string;
    accountId: string;
    toAccountId?: string;
    categoryId?: string;
    kind: 'normal' | 'transfer';
    amountMinor: string;
    currency: string;
    startDate: string;
    schedule: RecurrenceSchedule;
    zone: string;
    postAt: string;
    monthEnd: RecurrenceRule['monthEnd'];
    weekend: RecurrenceRule['weekend'];
    end?: RecurrenceRule['end'];
    catchUp: CatchUpPolicy;
  }[];
  readonly fxRates: Parameters<typeof insertFxRates>[1];
}

/** `tracc db seed [FOLDER]`: the sample household; a second run adds nothing. */
export function addSeedCommand(db: Command, sample: string): void {
  db.command('seed [folder]')
    .description("add a household's users, accounts, budgets, templates and transactions; the sample one by default")
    .addHelpText('after', '\nExample:\n  tracc db seed')
    .action(async (folder: string | undefined, _options: unknown, command: Command) => {
      const directory = folder ?? sample;
      const household = await readHousehold(directory);
      const rows = await readRows(path.join(directory, 'transactions.csv'));
      // As the owner: rates are the same for every user, so no user's worker may write them.
      const url = loadEnv().DATABASE_OWNER_URL;
      if (!url) throw new UsageError('DATABASE_OWNER_URL is missing: the database URL of the owner role');
      const pool = createPool({ url, max: 1, name: 'tracc-seed' });
      try {
        const added = await inScope(pool, household.user.userId, async (tx) => {
          await insertUser(tx, { email: null, ...household.user });
          await insertAccounts(tx, household.accounts);
          await insertCategories(tx, household.categories);
          await insertFxRates(tx, household.fxRates);
          for (const budget of household.budgets) await upsertBudget(tx, budget);
          for (const {
            startDate,
            schedule,
            zone,
            postAt,
            monthEnd,
            weekend,
            end,
            ...template
          } of household.recurring) {
            const rule = ruleOf({ startDate, schedule, zone, postAt, monthEnd, weekend, ...(end ? { end } : {}) });
            // A template that is there may run: its dates are changed with "tracc recurring update" only.
            const known = await findTemplate(tx, template.templateId);
            await upsertTemplate(tx, {
              payee: '',
              toAccountId: null,
              categoryId: null,
              splits: [],
              ...template,
              rule: known?.rule ?? rule,
              catchUp: known?.catchUp ?? template.catchUp,
            });
          }
          return insertRows(tx, rows);
        });
        const { userId } = household.user;
        if (isJson(command)) printJson({ userId, rows: rows.length, added });
        else
          process.stdout.write(
            `${userId}: ${household.budgets.length} budgets, ${household.recurring.length} templates, ${rows.length} transactions (${added} new)\n`,
          );
      } finally {
        await pool.end();
      }
    });
}

async function readHousehold(directory: string): Promise<Household> {
  const file = path.join(directory, 'household.json');
  const text = await readFile(file, 'utf8').catch(() => {
    throw new CliFailure(`the file ${file} cannot be read`);
  });
  try {
    return JSON.parse(text) as Household;
  } catch {
    throw new CliFailure(`the file ${file} is not JSON`);
  }
}

type Row = Record<string, string>;

async function readRows(file: string): Promise<Row[]> {
  const rows: Row[] = [];
  const parser = createReadStream(file).pipe(parse({ columns: true, bom: true }));
  for await (const row of parser) rows.push(row as Row);
  return rows;
}

/** Parents of splits go first, since their lines refer to them. */
async function insertRows(tx: Parameters<typeof insertTransactions>[0], rows: readonly Row[]): Promise<number> {
  const parents = new Set(rows.flatMap(({ parent_id: parent }) => (parent ? [parent] : [])));
  const entries = rows.filter(({ parent_id: parent }) => !parent);
  const added = await insertTransactions(
    tx,
    entries.map((row) => toTransaction(row, { isSplit: parents.has(row['transaction_id']!), parentId: null })),
  );
  const ids = new Map(added.map(({ transactionId, externalKey: key }) => [key, transactionId]));
  const lines = rows.flatMap((row) => {
    const parentId = row['parent_id'] ? ids.get(externalKey(`seed:${row['parent_id']}`).toString('hex')) : undefined;
    return parentId ? [toTransaction(row, { isSplit: false, parentId })] : [];
  });
  return added.length + (await insertTransactions(tx, lines)).length;
}

function toTransaction(row: Row, { isSplit, parentId }: { isSplit: boolean; parentId: string | null }): NewTransaction {
  return {
    accountId: row['account_id']!,
    bookingDate: row['booking_date'] || null,
    occurredAt: row['occurred_at'] || null,
    amountMinor: row['amount_minor']!,
    currency: row['currency']!,
    foreignAmountMinor: row['foreign_amount_minor'] || null,
    foreignCurrency: row['foreign_currency'] || null,
    categoryId: row['category_id'] || null,
    description: row['description']!,
    payee: row['payee']!,
    kind: row['kind'] as NewTransaction['kind'],
    status: row['status'] as 'posted',
    isSplit,
    parentId,
    transferId: row['transfer_id'] || null,
    externalKey: externalKey(`seed:${row['transaction_id']}`),
    source: 'seed',
  };
}
