// One row of every table that belongs to a scope, written as the superuser. A table that is missing here fails the tests
// of row-level security, so that a new one is not forgotten.

const UUID = `md5($1)::uuid`;
const SHA = `md5($1) || md5($1)`;

const SHARED = [
  `insert into app.idempotency (scope_id, key, request_hash) values ($1, 'key', 'hash')`,
  `insert into imports (import_id, scope_id, target, source, source_sha256, mode, on_row_error)
   values ('import-' || $1, $1, 'target', '{}', 'sha', 'commit', 'skip')`,
  `insert into import_row_errors (scope_id, import_id, line, column_name, code, value, message, fields, record_line)
   values ($1, 'import-' || $1, 2, 'Amount', 'InvalidAmount', 'x', 'x', '[]', 2)`,
];

const TRACC = [
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
];

const TIMELINE = [
  `insert into timelines (timeline_id, topic) values ($1, 'topic')`,
  `insert into sources (timeline_id, source_id, title, tier, kind) values ($1, 's1', 'Source', 1, 'text')`,
  `insert into source_texts (timeline_id, sha256, text, chars, original) values ($1, ${SHA}, 'text', 4, '{}')`,
  `insert into generation_requests (timeline_id, request_id, settings, settings_hash) values ($1, 'r1', '{}', 'hash')`,
  `insert into request_sources (timeline_id, request_id, source_id, position, text_sha256) values ($1, 'r1', 's1', 0, ${SHA})`,
  `insert into extraction_chunks (timeline_id, cache_key, request_id, source_id, chunk_start, chunk_end, pass, outcome, extractor)
   values ($1, ${SHA}, 'r1', 's1', 0, 4, 1, 'done', 'rules')`,
  `insert into extraction_calls (timeline_id, request_id, call_id, cache_key, extractor, tokens_in, tokens_out, cost_micro_usd)
   values ($1, 'r1', ${UUID}, 'key', 'rules', 1, 1, 0)`,
  `insert into extraction_answers (timeline_id, cache_key, step, answer, stop) values ($1, ${SHA}, '', '{}', 'end')`,
  `insert into events (timeline_id, event_id, title, summary, edtf, sort_min, sort_max, date_precision, original_text, original_calendar,
     tier, confidence, status, extractor)
   values ($1, ${UUID}, 'Title', '', '1800', 0, 1, 'year', '1800', 'gregorian', 1, 1, 'published', 'rules')`,
  `insert into citations (timeline_id, event_id, source_id, quote_start, quote_end, quote) values ($1, ${UUID}, 's1', 0, 4, 'text')`,
  `insert into event_conflicts (timeline_id, event_id, edtf, date, citations) values ($1, ${UUID}, '1801', '{}', '[]')`,
  `insert into event_claims (timeline_id, event_id, claim_id, claim) values ($1, ${UUID}, md5($1), '{}')`,
  `insert into rejections (timeline_id, request_id, ordinal, code, title, source_id) values ($1, 'r1', 0, 'UngroundedQuote', 'Title', 's1')`,
  `insert into review_decisions (timeline_id, event_id, action, decided_by) values ($1, ${UUID}, 'approve', 'ana')`,
];

/** Statements, with the scope as `$1`, that write one row of each of the tenant's tables. */
export const SCOPE_ROWS = { tracc: [...SHARED, ...TRACC], timeline: [...SHARED, ...TIMELINE] } as const;

/** Tables that are the same for every scope. */
export const UNSCOPED_TABLES = {
  tracc: ['app.schema_migrations', 'currencies', 'fx_rates'],
  timeline: ['app.schema_migrations'],
} as const;
