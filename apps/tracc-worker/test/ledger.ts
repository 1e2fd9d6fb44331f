import type { TestDatabase } from '@backend/shared/testing';

export interface BudgetSpec {
  readonly budgetId: string;
  readonly currency?: string;
  readonly startDay?: number;
  readonly categories?: readonly string[];
}

export interface RowSpec {
  readonly user?: string;
  readonly date?: string;
  readonly at?: string;
  readonly minor: bigint | number;
  readonly currency?: string;
  readonly foreign?: readonly [minor: number, currency: string];
  readonly category?: string | null;
  readonly kind?: 'normal' | 'transfer';
  readonly status?: 'posted' | 'pending' | 'void';
  readonly isSplit?: boolean;
  readonly parent?: string;
}

/** Writes budgets, ledger rows and rates past the repositories, for tests of what the repositories read. */
export function createLedger(database: () => TestDatabase, owner: string) {
  async function addBudget(
    user: string,
    { budgetId, currency = 'EUR', startDay = 1, categories = ['food'] }: BudgetSpec,
  ): Promise<void> {
    await database().query(
      `insert into budgets (budget_id, user_id, name, currency, zone, month_start_day, rollover_since) values ($1, $2, $1, $3, 'Europe/Berlin', $4, '2026-01')`,
      [budgetId, user, currency, startDay],
    );
    for (const category of categories)
      await database().query(`insert into budget_categories (user_id, budget_id, category_id) values ($1, $2, $3)`, [
        user,
        budgetId,
        category,
      ]);
  }

  /** Adds a row and returns its id; on 2026-03-10, posted and in category food unless it says otherwise. */
  async function add(row: RowSpec): Promise<string> {
    const {
      user = owner,
      at,
      date = at ? null : '2026-03-10',
      currency = 'EUR',
      foreign = [null, null],
      category = 'food',
    } = row;
    const [added] = await database().query<{ id: string }>(
      `insert into transactions (user_id, account_id, booking_date, occurred_at, amount_minor, currency, foreign_amount_minor, foreign_currency,
       category_id, kind, status, is_split, parent_id, description)
     values ($1, 'checking', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'row') returning transaction_id as id`,
      [
        user,
        date,
        at ?? null,
        row.minor.toString(),
        currency,
        foreign[0],
        foreign[1],
        category,
        row.kind ?? 'normal',
        row.status ?? 'posted',
        row.isSplit ?? false,
        row.parent ?? null,
      ],
    );
    return added!.id;
  }

  const rate = async (date: string, base: string, quote: string, value: string) =>
    database().query(`insert into fx_rates (date, base, quote, rate) values ($1, $2, $3, $4)`, [
      date,
      base,
      quote,
      value,
    ]);

  return { addBudget, add, rate };
}
