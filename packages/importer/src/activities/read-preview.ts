import type { DataImportResult, ImportUnderstood } from '../contract';
import { type ImportJob, type ImportPlan, findCompleted } from '../repositories';
import type { ImportDeps } from './deps';
import { readBatches } from './read-batches';
import { openSource, readRef } from './source-file';

const PREVIEW_ROWS = 50;

/** What a preview has that a commit has not. */
export type Preview = Pick<DataImportResult, 'preview' | 'understood'>;

/**
 * The first rows as they would be stored, and how the file was read, with the totals of all rows that would be stored.
 * Reads the file once more; writes nothing.
 */
export async function readPreview<Row>(
  deps: ImportDeps<Row>,
  { userId, job, plan }: { userId: string; job: ImportJob; plan: ImportPlan },
): Promise<Preview> {
  const { tenant } = deps;
  const validate = tenant.createValidator({ layout: plan.layout, decisions: plan.decisions });
  const source = await openSource(deps, readRef(job));
  const preview: Record<string, string>[] = [];
  const totals = createTotals(deps);
  const start = plan.layout.dataStart;
  for await (const { index, records } of readBatches({ source, plan, rows: job.rows, firstBatch: 0, start })) {
    for (const record of records) {
      const validated = validate(record);
      if (!('ok' in validated)) continue;
      if (preview.length < PREVIEW_ROWS) preview.push(tenant.describe(validated.ok));
      totals?.add(validated.ok);
    }
    if (!totals && preview.length >= PREVIEW_ROWS) break;
    deps.pulse.step({ phase: 'previewing', batch: index });
  }
  if (!plan.understood) return { preview };
  const before = await deps.scope(userId, async (tx) =>
    findCompleted(tx, { target: job.target, sha256: job.source.sha256, exceptImportId: job.importId }),
  );
  const { unsure } = plan.understood;
  const understood: ImportUnderstood = {
    ...plan.understood,
    unsure: before ? [...unsure, alreadyThere(before)] : unsure,
    ...(totals ? { totals: totals.sums() } : {}),
  };
  return { preview, understood };
}

function alreadyThere({ importId }: ImportJob): ImportUnderstood['unsure'][number] {
  const message = `The same file was imported before, as ${importId}: importing it again adds nothing.`;
  return { code: 'AlreadyImported', message };
}

interface Totals<Row> {
  add(row: Row): void;
  sums(): NonNullable<ImportUnderstood['totals']>;
}

/** Undefined where records are no money. */
function createTotals<Row>({ tenant }: Pick<ImportDeps<Row>, 'tenant'>): Totals<Row> | undefined {
  if (!tenant.amountOf || !tenant.dayOf) return undefined;
  const sums = new Map<string, { in: bigint; out: bigint }>();
  let from: string | null = null;
  let to: string | null = null;
  return {
    add(row) {
      const { minor, currency } = tenant.amountOf!(row);
      const sum = sums.get(currency) ?? { in: 0n, out: 0n };
      if (minor < 0n) sum.out += minor;
      else sum.in += minor;
      sums.set(currency, sum);
      const day = tenant.dayOf!(row);
      if (from === null || day < from) from = day;
      if (to === null || day > to) to = day;
    },
    sums: () => ({
      byCurrency: Object.fromEntries(
        [...sums].map(([code, sum]) => [code, { inMinor: String(sum.in), outMinor: String(sum.out) }]),
      ),
      dateFrom: from,
      dateTo: to,
    }),
  };
}
