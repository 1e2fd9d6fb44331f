import { userFailure } from '@backend/shared/failures';
import { BATCH_ROWS, IMPORT_FAILURES, type ImportProfile, type ImportQuestion } from '../contract';
import {
  type ByteSource,
  type DetectedEncoding,
  FileProblemError,
  LAYOUT_HEAD_BYTES,
  detectEncoding,
  detectLayout,
  readHead,
  readRecordChunks,
  scanFile,
  settleEncoding,
} from '../reading';
import { resolveFormat } from '../formats/resolve-format';
import { type ImportJob, type ImportPlan, savePlan } from '../repositories';
import type { ImportDeps } from './deps';
import { convertSource } from './convert-source';
import { proveBalance } from './prove-balance';
import { inFile } from './read-batches';
import { openSource, requireJob } from './source-file';

export interface ParsedFile {
  readonly rows: number;
  readonly batches: number;
  /** What the user has to say before the file can be read. */
  readonly needsInput?: ImportQuestion;
}

/**
 * Reads every record once and fixes the plan: encoding, layout, and what is decided per file from all of its values.
 * Writes only the plan; run again it comes to the same one.
 */
export async function parseImportFile<Row>(
  deps: ImportDeps<Row>,
  { importId, userId, profile: stated = {} }: { importId: string; userId: string; profile?: ImportProfile },
): Promise<ParsedFile> {
  const job = await requireJob(deps, { importId, userId });
  if (job.plan && job.validatedBatches > 0) return { rows: job.rows, batches: Math.ceil(job.rows / BATCH_ROWS) };
  const target = await deps.scope(userId, async (tx) => deps.tenant.findTarget(tx, job.target));
  if (!target)
    throw userFailure(IMPORT_FAILURES.TargetNotFound, `There is no ${deps.tenant.targetName} ${job.target}.`);
  const text = await openText(deps, { userId, job, stated, currency: stated.currency ?? target.currency });
  const { source, head, headIsWholeFile, encoding, converted, profile, delimiter } = text;

  const detected = detectLayout({
    head,
    headIsWholeFile,
    encoding: encoding.encoding,
    bomBytes: encoding.bomBytes,
    catalogue: deps.tenant.catalogue,
    profile,
    delimiter,
  });
  if ('needsInput' in detected) return { rows: 0, batches: 0, needsInput: question(detected.needsInput) };
  const lineColumn = converted?.lineColumn;
  const layout = converted
    ? { ...detected.layout, roles: { ...detected.layout.roles, reversal: converted.reversalColumn } }
    : detected.layout;
  // Two-digit years are judged by the year in which the import was asked for, so a retry in January judges the same.
  const year = job.createdAt.getUTCFullYear();
  const evidence = deps.tenant.collectEvidence({ layout, target, profile, year });
  const skipBottom = profile.skipBottom ?? 0;
  let rows = 0;
  let skippedBlank = 0;
  try {
    const chunks = readRecordChunks({
      source,
      encoding: encoding.encoding,
      bomBytes: encoding.bomBytes,
      delimiter: layout.delimiter,
      expectedColumns: layout.columnCount,
      start: layout.dataStart,
      skipBottom,
    });
    for await (const { records, blankLines, position } of chunks) {
      for (const record of records) evidence.feed(inFile(record, lineColumn));
      rows += records.length;
      skippedBlank += blankLines;
      if (rows > deps.limits.maxRows) {
        throw userFailure(
          IMPORT_FAILURES.FileTooLarge,
          `The file has more than ${deps.limits.maxRows} rows; split it into smaller files.`,
        );
      }
      deps.pulse.step({ phase: 'parsing', bytes: position.byteOffset, row: rows });
    }
  } catch (error) {
    throw refused(error);
  }

  const decided = evidence.finish();
  if ('problem' in decided) throw userFailure(decided.problem.code, decided.problem.message.slice(0, 2000));
  if ('needsInput' in decided) return { rows, batches: 0, needsInput: question(decided.needsInput) };
  const undecided: ImportPlan = {
    encoding: encoding.encoding,
    bomBytes: encoding.bomBytes,
    layout,
    skipBottom,
    decisions: decided.decisions,
    warnings: [...encoding.warnings, ...(converted?.warnings ?? [])].map(({ code, message }) => ({ code, message })),
    ...(lineColumn === undefined ? {} : { lineColumn }),
    ...(converted ? { pendingSkipped: converted.pendingSkipped } : {}),
  };
  const plan = converted ? await proveBalance(deps, { plan: undecided, source, rows, converted }) : undecided;
  await deps.scope(userId, async (tx) => savePlan(tx, { importId, plan, rows, skippedBlank }));
  return { rows, batches: Math.ceil(rows / BATCH_ROWS) };
}

/** A question in the bounds of the contract: it travels in the history and in every answer of the query. */
function question({ code, message, choices, missing, header }: ImportQuestion): ImportQuestion {
  return {
    code,
    message: message.slice(0, 2000),
    ...(choices ? { choices } : {}),
    ...(missing ? { missing: missing.map((role) => role.slice(0, 60)).slice(0, 50) } : {}),
    ...(header ? { header: header.map((cell) => cell.slice(0, 60)).slice(0, 50) } : {}),
  };
}

/** The text that is read of a job: its own, or its transcription, with what that fixes. */
async function openText<Row>(
  deps: ImportDeps<Row>,
  {
    userId,
    job,
    stated,
    currency,
  }: { userId: string; job: ImportJob; stated: ImportProfile; currency: string | undefined },
) {
  const original = await openSource(deps, job.source.ref);
  const first = await readHead(original, LAYOUT_HEAD_BYTES);
  const format = resolveFormat({
    format: job.format,
    filename: job.source.filename,
    head: first.head,
    accepted: deps.tenant.formats,
  });
  if ('problem' in format) throw userFailure(IMPORT_FAILURES.UnsupportedFormat, format.problem.message);
  if (!('converted' in format)) {
    const encoding = await findEncoding(deps, { source: original, head: first.head, profile: stated });
    return {
      ...first,
      source: original,
      encoding,
      profile: stated,
      delimiter: format.delimiter,
      converted: undefined,
    };
  }
  try {
    const converted = await convertSource(deps, { userId, job, format: format.format, profile: stated, currency });
    const source = await openSource(deps, converted.ref);
    const encoding: DetectedEncoding = { encoding: 'utf-8', source: 'declared', bomBytes: 0, warnings: [] };
    const { encoding: _stated, ...profile } = { ...converted.profile, ...stated };
    return {
      ...(await readHead(source, LAYOUT_HEAD_BYTES)),
      source,
      encoding,
      profile,
      delimiter: ',' as const,
      converted,
    };
  } catch (error) {
    throw refused(error);
  }
}

/** A file that turned out wrong while it was read ends the import; anything else is what it is. */
function refused(error: unknown): unknown {
  return error instanceof FileProblemError ? userFailure(error.code, error.message.slice(0, 2000)) : error;
}

/** The encoding by its first bytes, then checked against all of them. */
async function findEncoding<Row>(
  deps: ImportDeps<Row>,
  { source, head, profile }: { source: ByteSource; head: Buffer; profile: ImportProfile },
): Promise<DetectedEncoding> {
  const detected = detectEncoding(head, profile.encoding === undefined ? {} : { profile: profile.encoding });
  if ('problem' in detected) throw userFailure(detected.problem.code, detected.problem.message);
  const scan = await scanFile({
    source,
    encoding: detected.encoding,
    maxBytes: deps.limits.maxFileBytes,
    onProgress: (bytes) => deps.pulse.step({ phase: 'decoding', bytes }),
  });
  if ('problem' in scan) throw userFailure(IMPORT_FAILURES.FileTooLarge, scan.problem.message);
  const settled = settleEncoding(detected, scan);
  if ('problem' in settled) throw userFailure(IMPORT_FAILURES.DecodeError, settled.problem.message);
  return settled;
}
