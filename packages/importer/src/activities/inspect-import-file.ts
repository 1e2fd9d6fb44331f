import { resolveImportPath } from '@backend/shared/blob';
import { userFailure } from '@backend/shared/failures';
import type { BlobRef } from '@backend/shared/kernel';
import { type DataImportInput, type DataImportResult, IMPORT_FAILURES } from '../contract';
import { resolveFormat } from '../formats/resolve-format';
import { readHead, scanFile } from '../reading';
import { findCompleted, findJob, lacksRevertedRows, lockTarget, openJob } from '../repositories';
import type { ImportDeps } from './deps';
import { refuseReverted } from './revert-fence';
import { openSource } from './source-file';

export interface InspectedFile {
  /** The result to end with: this import is complete, or the same content was imported before. */
  readonly alreadyImported?: DataImportResult;
}

/** The bytes of a file without a character: a byte order mark and white space at most, in any encoding. */
// oxlint-disable-next-line no-control-regex -- half of a space in UTF-16
const NOTHING = /^(?:\u00ef\u00bb\u00bf|\u00ff\u00fe|\u00fe\u00ff)?[\t\n\r \u0000]*$/;

/** The file as a blob: every later step reads the bytes that were inspected, whatever happens to the file. */
async function keepFile<Row>(deps: ImportDeps<Row>, ref: DataImportInput['source'], bytes: number): Promise<BlobRef> {
  if (ref.ref.startsWith('blob:')) return { ref: ref.ref, sha256: ref.sha256, bytes };
  const kept = await deps.blobs.putFile(await resolveImportPath(deps.importDirectory, ref.ref));
  if (kept.sha256 !== ref.sha256) {
    throw userFailure(IMPORT_FAILURES.ChecksumMismatch, `The file ${ref.filename} changed while it was inspected.`);
  }
  return kept;
}

/**
 * Checks that the file is the one that was meant, can be read and may be imported, and opens the job. Nothing is written
 * for a file that is refused. Run again it finds the job that it opened.
 */
export async function inspectImportFile<Row>(deps: ImportDeps<Row>, input: DataImportInput): Promise<InspectedFile> {
  const { importId, userId, accountId, source: ref, force = false } = input;
  const known = await deps.scope(userId, async (tx) => {
    const job = await findJob(tx, importId);
    const before = await findCompleted(tx, { target: accountId, sha256: ref.sha256, exceptImportId: importId });
    return { job, before, target: await deps.tenant.findTarget(tx, accountId) };
  });
  const mode = input.mode ?? 'commit';
  const { job } = known;
  if (job && (job.source.sha256 !== ref.sha256 || job.target !== accountId || job.mode !== mode)) {
    throw userFailure(
      IMPORT_FAILURES.IdempotencyConflict,
      `The import id ${importId} was used before for another file, target or mode; choose another id.`,
    );
  }
  refuseReverted(job);
  if (job?.result) return { alreadyImported: job.result };
  if (job && job.loadedBatches > 0 && job.onRowError !== (input.onRowError ?? 'skip')) {
    throw userFailure(
      IMPORT_FAILURES.IdempotencyConflict,
      `Import ${importId} has loaded rows with onRowError ${job.onRowError}: go on with that, or choose another id.`,
    );
  }
  // Inspected by an attempt or a run before this one. Its file is a blob, which does not change.
  if (job?.status === 'running') return {};
  if (!known.target)
    throw userFailure(IMPORT_FAILURES.TargetNotFound, `There is no ${deps.tenant.targetName} ${accountId}.`);
  if (known.before?.result && !force && mode === 'commit') {
    return { alreadyImported: { ...known.before.result, status: 'already_imported' } };
  }

  const source = await openSource(deps, { ref: ref.ref });
  const { head, headIsWholeFile } = await readHead(source, 64 * 1024);
  if (headIsWholeFile && NOTHING.test(head.toString('latin1')))
    throw userFailure(IMPORT_FAILURES.EmptyFile, `The file ${ref.filename} is empty.`);
  const format = resolveFormat({
    format: input.format ?? 'auto',
    filename: ref.filename,
    head,
    accepted: deps.tenant.formats,
  });
  if ('problem' in format) throw userFailure(IMPORT_FAILURES.UnsupportedFormat, format.problem.message);
  // Any single-byte encoding will do: only length and hash are asked for here.
  const scan = await scanFile({
    source,
    encoding: 'windows-1252',
    maxBytes: deps.limits.maxFileBytes,
    onProgress: (bytes) => deps.pulse.step({ phase: 'inspecting', bytes }),
  });
  if ('problem' in scan) throw userFailure(IMPORT_FAILURES.FileTooLarge, scan.problem.message);
  if (scan.sha256 !== ref.sha256) {
    throw userFailure(
      IMPORT_FAILURES.ChecksumMismatch,
      `The file ${ref.filename} is not the one that was registered: its SHA-256 differs.`,
    );
  }
  const kept = await keepFile(deps, ref, scan.bytes);
  await deps.scope(userId, async (tx) => {
    // No revert in the target begins between the look at what was reverted and the opening.
    await lockTarget(tx, { target: accountId, access: 'load' });
    if (await lacksRevertedRows(tx, importId)) {
      throw userFailure(
        IMPORT_FAILURES.ImportReverted,
        `Import ${importId} has taken rows for duplicates that may have been reverted since; import the file under another id.`,
      );
    }
    await openJob(tx, { ...input, source: { ...kept, filename: ref.filename } });
    const opened = await findJob(tx, importId);
    if (!opened) {
      throw userFailure(
        IMPORT_FAILURES.IdempotencyConflict,
        `The import id ${importId} is somebody else's; choose another id.`,
      );
    }
    // A revert of the job, which had failed, may have begun while the file was read.
    refuseReverted(opened);
  });
  return {};
}
