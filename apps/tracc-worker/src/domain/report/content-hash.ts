import { createHash } from 'node:crypto';
import type { MonthlyReport } from './types';

/** JSON with the keys of every object in code-point order and no white space: equal data gives equal text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`);
    return `{${fields.join(',')}}`;
  }
  return JSON.stringify(value);
}

/**
 * SHA-256 (lower-case hex) of what a report says: its canonical JSON without `generatedAt` and `revision`, which
 * number the tellings and are no part of what is told. Equal hash = the same report, no new revision.
 */
export function contentHash(report: MonthlyReport): string {
  const { generatedAt: _generatedAt, revision: _revision, ...header } = report.header;
  return createHash('sha256')
    .update(canonicalJson({ ...report, header }))
    .digest('hex');
}
