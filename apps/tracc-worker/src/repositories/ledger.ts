import type { Queryable } from '@backend/shared/pg';

export interface UserRow {
  readonly userId: string;
  readonly displayName: string;
  /** IANA zone in which a row with only an instant is dated. */
  readonly zone: string;
  readonly email: string | null;
}

/** The user of this transaction's scope, if there is one. */
export async function findUser(tx: Queryable): Promise<UserRow | undefined> {
  const { rows } = await tx.query<UserRow>(
    `select user_id as "userId", display_name as "displayName", zone, email from users where user_id = app.scope_id()`,
  );
  return rows[0];
}

/** Adds the user, or updates the name, zone and address. */
export async function insertUser(tx: Queryable, user: UserRow): Promise<void> {
  await tx.query(
    `insert into users (user_id, display_name, zone, email) values ($1, $2, $3, $4)
     on conflict (user_id) do update set display_name = excluded.display_name, zone = excluded.zone, email = excluded.email`,
    [user.userId, user.displayName, user.zone, user.email],
  );
}

export interface AccountRow {
  readonly accountId: string;
  readonly name: string;
  readonly kind: string;
  readonly currency: string;
}

/** An account of the user. */
export async function findAccount(tx: Queryable, accountId: string): Promise<AccountRow | undefined> {
  const { rows } = await tx.query<AccountRow>(
    `select account_id as "accountId", name, kind, currency from accounts where user_id = app.scope_id() and account_id = $1`,
    [accountId],
  );
  return rows[0];
}

/** Adds accounts that are not there yet. */
export async function insertAccounts(tx: Queryable, accounts: readonly AccountRow[]): Promise<void> {
  for (const { accountId, name, kind, currency } of accounts) {
    await tx.query(
      `insert into accounts (user_id, account_id, name, kind, currency) values (app.scope_id(), $1, $2, $3, $4) on conflict do nothing`,
      [accountId, name, kind, currency],
    );
  }
}

export interface CategoryRow {
  readonly categoryId: string;
  readonly name: string;
  readonly kind: 'expense' | 'income';
}

/** Adds categories that are not there yet. */
export async function insertCategories(tx: Queryable, categories: readonly CategoryRow[]): Promise<void> {
  for (const { categoryId, name, kind } of categories) {
    await tx.query(
      `insert into categories (user_id, category_id, name, kind) values (app.scope_id(), $1, $2, $3) on conflict do nothing`,
      [categoryId, name, kind],
    );
  }
}

export interface FxRate {
  readonly date: string;
  readonly base: string;
  readonly quote: string;
  /** Decimal text. */
  readonly rate: string;
}

/** Adds dated rates; a date that has one keeps it. */
export async function insertFxRates(tx: Queryable, rates: readonly FxRate[]): Promise<void> {
  await tx.query(
    `insert into fx_rates (date, base, quote, rate)
     select * from unnest($1::date[], $2::char(3)[], $3::char(3)[], $4::numeric[]) on conflict do nothing`,
    [rates.map((r) => r.date), rates.map((r) => r.base), rates.map((r) => r.quote), rates.map((r) => r.rate)],
  );
}
