import { IMPORTER_ROWS, SHARED_ROWS, type ScopeRows } from '../../../test/support/scope-rows';

export const SCOPE_ROWS: ScopeRows = {
  rows: [
    ...SHARED_ROWS,
    ...IMPORTER_ROWS,
    `insert into users (user_id, display_name, zone) values ($1, $1, 'Europe/Berlin')`,
    `insert into accounts (user_id, account_id, name, kind, currency) values ($1, 'checking', 'Checking', 'checking', 'EUR')`,
    `insert into categories (user_id, category_id, name, kind) values ($1, 'food', 'Food', 'expense')`,
    `insert into transactions (user_id, account_id, booking_date, amount_minor, currency) values ($1, 'checking', '2026-03-01', -1, 'EUR')`,
    `insert into budgets (budget_id, user_id, name, currency, zone, rollover_since) values ('budget-' || $1, $1, 'Food', 'EUR', 'UTC', '2026-01')`,
    `insert into budget_categories (user_id, budget_id, category_id) values ($1, 'budget-' || $1, 'food')`,
    `insert into alerts (alert_key, user_id, budget_id, month, pct, kind, delivery, body)
   values ('alert-' || $1, $1, 'budget-' || $1, '2026-03', 80, 'warning', 'sent', '{}')`,
    `insert into alert_deliveries (user_id, alert_key, target) values ($1, 'alert-' || $1, 'log')`,
    `insert into reports (report_id, user_id, month, revision, content_hash, json_ref, html_ref, csv_ref)
   values ('report-' || $1, $1, '2026-03', 1, 'hash', '{}', '{}', '{}')`,
    `insert into recurring_templates (template_id, user_id, description, account_id, amount_minor, currency, rule)
   values ('rent-' || $1, $1, 'Rent', 'checking', -1, 'EUR', '{}')`,
    `insert into recurring_occurrences (user_id, template_id, nominal_date, outcome) values ($1, 'rent-' || $1, '2026-03-01', 'posted')`,
  ],
  unscoped: ['app.schema_migrations', 'currencies', 'fx_rates'],
  table: 'transactions',
  policy: 'one_user',
  loads: [{ table: 'transactions', columns: 14 }],
};
