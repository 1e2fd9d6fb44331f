import type { BlobRef } from '@backend/shared/kernel';
import type { Queryable } from '@backend/shared/pg';

export interface StoredReport {
  readonly reportId: string;
  readonly month: string;
  readonly revision: number;
  readonly contentHash: string;
  /** Made while the month of some budget had days to come. */
  readonly partial: boolean;
  readonly json: BlobRef;
  readonly html: BlobRef;
  readonly csv: BlobRef;
}

const COLUMNS = `
  report_id as "reportId", month, revision, content_hash as "contentHash", partial, json_ref as json, html_ref as html, csv_ref as csv`;

/** The newest revision of a month's report. */
export async function findLatestReport(tx: Queryable, month: string): Promise<StoredReport | undefined> {
  const { rows } = await tx.query<StoredReport>(
    `select ${COLUMNS} from reports where user_id = app.scope_id() and month = $1 order by revision desc limit 1`,
    [month],
  );
  return rows[0];
}

/** Every report of the user, newest month and revision first, with the instant of its making (RFC 3339 UTC). */
export async function listReports(tx: Queryable): Promise<(StoredReport & { readonly createdAt: string })[]> {
  const { rows } = await tx.query<StoredReport & { readonly createdAt: string }>(
    `select ${COLUMNS}, to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "createdAt" from reports where user_id = app.scope_id() order by month desc, revision desc`,
  );
  return rows;
}

/** Adds a revision. A revision that exists is a unique violation: the caller reads again and compares. */
export async function insertReport(tx: Queryable, report: StoredReport): Promise<void> {
  await tx.query(
    `insert into reports (report_id, user_id, month, revision, content_hash, partial, json_ref, html_ref, csv_ref)
     values ($1, app.scope_id(), $2, $3, $4, $5, $6, $7, $8)`,
    [
      report.reportId,
      report.month,
      report.revision,
      report.contentHash,
      report.partial,
      JSON.stringify(report.json),
      JSON.stringify(report.html),
      JSON.stringify(report.csv),
    ],
  );
}
