// Tests of row-level security need a row of every table: those of the tables that several tenants have. Each tenant adds its own in
// its folder's test/scope-rows.ts.

/** What a tenant tells the tests of row-level security about its tables. */
export interface ScopeRows {
  /**
   * Statements, with the scope as `$1`, that write one row of each table that belongs to a scope, as the superuser. A table that is
   * missing here fails the tests, so that a new one is not forgotten.
   */
  readonly rows: readonly string[];
  /** Tables that are the same for every scope. */
  readonly unscoped: readonly string[];
  /** One of the tables with a policy, and the policy's name; the table has a column `created_at`. */
  readonly table: string;
  readonly policy: string;
  /** How many columns of which table the loader may insert. */
  readonly loads: readonly { readonly table: string; readonly columns: number }[];
}

/** Of the tables that every tenant has. */
export const SHARED_ROWS = [`insert into app.idempotency (scope_id, key, request_hash) values ($1, 'key', 'hash')`];

/** Of the importer's tables. */
export const IMPORTER_ROWS = [
  `insert into imports (import_id, scope_id, target, source, source_sha256, mode, on_row_error)
   values ('import-' || $1, $1, 'target', '{}', 'sha', 'commit', 'skip')`,
  `insert into import_row_errors (scope_id, import_id, line, column_name, code, value, message, fields, record_line)
   values ($1, 'import-' || $1, 2, 'Amount', 'InvalidAmount', 'x', 'x', '[]', 2)`,
];
