import type { Queryable } from '@backend/shared/pg';
import type { CatchUpPolicy, RecurrenceRule } from '../domain/types';

export interface TemplateRow {
  readonly templateId: string;
  readonly version: number;
  readonly description: string;
  readonly payee: string;
  readonly kind: 'normal' | 'transfer';
  readonly accountId: string;
  readonly toAccountId: string | null;
  readonly categoryId: string | null;
  readonly amountMinor: string;
  readonly currency: string;
  readonly splits: readonly { readonly categoryId: string; readonly amountMinor: string }[];
  readonly rule: RecurrenceRule;
  readonly catchUp: CatchUpPolicy;
  /** One of the template's accounts is closed. */
  readonly accountClosed: boolean;
  /** Currencies of the template's accounts, each once. */
  readonly accountCurrencies: readonly string[];
}

const TEMPLATE = `
  t.template_id as "templateId", t.version, t.description, t.payee, t.kind, t.account_id as "accountId",
  t.to_account_id as "toAccountId", t.category_id as "categoryId", t.amount_minor as "amountMinor", t.currency, t.splits,
  t.rule, t.catch_up as "catchUp",
  exists (select from accounts a where a.user_id = t.user_id and a.account_id in (t.account_id, t.to_account_id)
          and a.closed_at is not null) as "accountClosed",
  array(select distinct a.currency::text from accounts a
        where a.user_id = t.user_id and a.account_id in (t.account_id, t.to_account_id)) as "accountCurrencies"`;

/** A template as it is now. */
export async function findTemplate(tx: Queryable, templateId: string): Promise<TemplateRow | undefined> {
  const { rows } = await tx.query<TemplateRow>(
    `select ${TEMPLATE} from recurring_templates t where t.user_id = app.scope_id() and t.template_id = $1`,
    [templateId],
  );
  return rows[0];
}

/** Every template of the user, by id. */
export async function listTemplates(tx: Queryable): Promise<TemplateRow[]> {
  const { rows } = await tx.query<TemplateRow>(
    `select ${TEMPLATE} from recurring_templates t where t.user_id = app.scope_id() order by t.template_id`,
  );
  return rows;
}

/** Adds a template, or replaces it with the next version when something in it has changed. */
export async function upsertTemplate(
  tx: Queryable,
  template: Omit<TemplateRow, 'version' | 'accountClosed' | 'accountCurrencies'>,
): Promise<void> {
  await tx.query(
    `insert into recurring_templates as t
       (template_id, user_id, description, payee, kind, account_id, to_account_id, category_id, amount_minor, currency, splits, rule, catch_up)
     values ($1, app.scope_id(), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
     on conflict (template_id) do update set
       version = t.version + 1, description = excluded.description, payee = excluded.payee, kind = excluded.kind,
       account_id = excluded.account_id, to_account_id = excluded.to_account_id, category_id = excluded.category_id,
       amount_minor = excluded.amount_minor, currency = excluded.currency, splits = excluded.splits, rule = excluded.rule,
       catch_up = excluded.catch_up, updated_at = now()
     where (t.description, t.payee, t.kind, t.account_id, t.to_account_id, t.category_id, t.amount_minor, t.currency, t.splits, t.rule, t.catch_up)
       is distinct from (excluded.description, excluded.payee, excluded.kind, excluded.account_id, excluded.to_account_id,
         excluded.category_id, excluded.amount_minor, excluded.currency, excluded.splits, excluded.rule, excluded.catch_up)`,
    [
      template.templateId,
      template.description,
      template.payee,
      template.kind,
      template.accountId,
      template.toAccountId,
      template.categoryId,
      template.amountMinor,
      template.currency,
      JSON.stringify(template.splits),
      JSON.stringify(template.rule),
      template.catchUp,
    ],
  );
}

/** Replaces a template's rule, as the next version when it differs; false when there is no such template. */
export async function updateTemplateRule(
  tx: Queryable,
  { templateId, rule }: { templateId: string; rule: RecurrenceRule },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update recurring_templates set
       version = version + case when rule is distinct from $2::jsonb then 1 else 0 end, rule = $2, updated_at = now()
     where user_id = app.scope_id() and template_id = $1`,
    [templateId, JSON.stringify(rule)],
  );
  return rowCount === 1;
}

export interface OccurrenceRow {
  readonly templateId: string;
  readonly nominalDate: string;
  readonly postingDate: string | null;
  readonly outcome: 'posted' | 'skipped' | 'failed';
  readonly reason: string | null;
  readonly templateVersion: number | null;
  readonly late: boolean;
}

/** Records what became of an occurrence. A posted one stays posted; a failed or skipped one may still be posted. */
export async function recordOccurrence(tx: Queryable, row: OccurrenceRow): Promise<void> {
  await tx.query(
    `insert into recurring_occurrences as o (user_id, template_id, nominal_date, posting_date, outcome, reason, template_version, late)
     values (app.scope_id(), $1, $2, $3, $4, $5, $6, $7)
     on conflict (user_id, template_id, nominal_date) do update set
       posting_date = excluded.posting_date, outcome = excluded.outcome, reason = excluded.reason,
       template_version = excluded.template_version, late = excluded.late, settled_at = now()
     where o.outcome <> 'posted'`,
    [row.templateId, row.nominalDate, row.postingDate, row.outcome, row.reason, row.templateVersion, row.late],
  );
}

/** What became of one occurrence; undefined while it is open. */
export async function findOccurrence(
  tx: Queryable,
  { templateId, nominalDate }: { templateId: string; nominalDate: string },
): Promise<Pick<OccurrenceRow, 'outcome' | 'reason' | 'templateVersion'> | undefined> {
  const { rows } = await tx.query<Pick<OccurrenceRow, 'outcome' | 'reason' | 'templateVersion'>>(
    `select outcome, reason, template_version as "templateVersion"
     from recurring_occurrences where user_id = app.scope_id() and template_id = $1 and nominal_date = $2`,
    [templateId, nominalDate],
  );
  return rows[0];
}

/** The settled occurrences of a template, newest first. */
export async function listOccurrences(
  tx: Queryable,
  { templateId, limit }: { templateId: string; limit: number },
): Promise<OccurrenceRow[]> {
  const { rows } = await tx.query<OccurrenceRow>(
    `select template_id as "templateId", nominal_date as "nominalDate", posting_date as "postingDate", outcome, reason,
       template_version as "templateVersion", late
     from recurring_occurrences where user_id = app.scope_id() and template_id = $1 order by nominal_date desc limit $2`,
    [templateId, limit],
  );
  return rows;
}
