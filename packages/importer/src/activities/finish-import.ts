import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { BlobRef } from '@backend/shared/kernel';
import type { DataImportResult } from '../contract';
import { BATCH_ROWS, rejectsCsvHeader, rejectsCsvRow } from '../records';
import { type ImportJob, type ImportPlan, findJob, firstRowErrors, readRowErrors, saveResult } from '../repositories';
import { boundResult } from './bound-result';
import type { ImportDeps } from './deps';
import { flagPossibleDuplicates } from './flag-possible-duplicates';
import { forgetWork } from './kept-work';
import { readPreview } from './read-preview';
import { refuseEnded } from './revert-fence';
import { requireJob } from './source-file';

const ERRORS_IN_RESULT = 100;
const REPORT_PAGE = 500;

/**
 * Sums up what is in the database, writes the report of refused rows and ends the job. Run again it returns the stored
 * result; the report is content-addressed, so writing it twice is one file.
 */
export async function finishImport<Row>(
  deps: ImportDeps<Row>,
  { importId, userId, outcome }: { importId: string; userId: string; outcome: 'completed' | 'aborted' | 'cancelled' },
): Promise<DataImportResult> {
  forgetWork(importId);
  const job = await requireJob(deps, { importId, userId });
  if (job.result) return job.result;
  const { plan } = job;
  // Of an import that was cancelled the rows so far; of every other one that is done.
  await flagPossibleDuplicates(deps, { userId, job, until: Infinity, mayHold: false });
  const errorReportRef = plan && job.errorRows > 0 ? await writeErrorReport(deps, { userId, job, plan }) : undefined;
  const preview = plan && job.mode === 'preview' ? await readPreview(deps, { userId, job, plan }) : undefined;
  const status = outcome === 'completed' && job.errorRows > 0 ? 'completed_with_errors' : outcome;
  let isEnd = false;
  const end = await deps.scope(userId, async (tx) => {
    const result = boundResult({
      status,
      importId,
      rows: job.rows,
      imported: job.importedRows,
      duplicates: job.duplicateRows,
      errors: job.errorRows,
      skippedBlank: job.skippedBlank,
      pendingSkipped: plan?.pendingSkipped ?? 0,
      batches: Math.ceil(job.rows / BATCH_ROWS),
      ...(await deps.tenant.summarise(tx, importId)),
      balance: plan?.balance ?? 'unknown',
      ...(job.loadedBy ? { loadedBy: job.loadedBy } : {}),
      warnings: plan?.warnings ?? [],
      rowErrors: await firstRowErrors(tx, { importId, limit: ERRORS_IN_RESULT }),
      ...(errorReportRef ? { errorReportRef } : {}),
      ...preview,
    });
    isEnd = await saveResult(tx, { importId, status, result });
    if (isEnd) return result;
    const ended = await findJob(tx, importId);
    refuseEnded(ended);
    return ended?.result ?? result;
  });
  if (isEnd) deps.metrics.importsEnded.add(1, { status });
  return end;
}

async function writeErrorReport<Row>(
  deps: ImportDeps<Row>,
  { userId, job, plan }: { userId: string; job: ImportJob; plan: ImportPlan },
): Promise<BlobRef> {
  const { header } = plan.layout;
  // What a transcription has besides the file's own columns is not for people to mend.
  const columnCount = plan.lineColumn ?? plan.layout.columnCount;
  async function* lines(): AsyncGenerator<string> {
    yield rejectsCsvHeader({ header, columnCount });
    for (let afterRecord = 0; ;) {
      const page = await deps.scope(userId, async (tx) =>
        readRowErrors(tx, { importId: job.importId, afterRecord, limit: REPORT_PAGE }),
      );
      yield page
        .map(({ fields, line, code }) =>
          rejectsCsvRow({
            fields: plan.lineColumn === undefined ? fields : fields.slice(0, columnCount),
            columnCount,
            line,
            code,
          }),
        )
        .join('');
      if (page.length < REPORT_PAGE) return;
      afterRecord = page.at(-1)!.recordLine;
    }
  }
  const directory = await mkdtemp(path.join(os.tmpdir(), 'import-report-'));
  try {
    const file = path.join(directory, 'rejects.csv');
    await pipeline(Readable.from(lines()), createWriteStream(file));
    return await deps.blobs.putFile(file);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
