import { userFailure } from '@backend/shared/failures';
import {
  IMPORT_FAILURES,
  type ImportProfile,
  type ImportQuestion,
  type ImportUnderstood,
  type UnderstoodValues,
} from '../contract';
import { type MissingColumn, type SourceRecord, cutText, detectLayout, fileLine, readRecordChunks } from '../reading';
import { BATCH_ROWS } from '../records';
import { type ImportPlan, saveHold, savePlan } from '../repositories';
import type { ImportDeps } from './deps';
import { type OpenedText, openText, refused } from './open-text';
import { proveBalance } from './prove-balance';
import { inFile } from './read-batches';
import { requireJob } from './source-file';
import { asOfFormat, ownCells, representative, understandFile } from './understand-file';

export interface ParsedFile {
  readonly rows: number;
  readonly batches: number;
  /** What the user has to say before the file can be read. */
  readonly needsInput?: ImportQuestion;
}

/** Records of which a question shows the first. */
const SAMPLE_RECORDS = 50;

/**
 * Reads every record once and fixes the plan: encoding, layout, and what is decided per file from all of its values.
 * Writes only the plan; run again it comes to the same one.
 */
export async function parseImportFile<Row>(
  deps: ImportDeps<Row>,
  { importId, userId, profile: stated = {} }: { importId: string; userId: string; profile?: ImportProfile },
): Promise<ParsedFile> {
  const job = await requireJob(deps, { importId, userId });
  // Every run begins its work here; one before it that ended while it was paused has left the wish to stop behind.
  await deps.scope(userId, async (tx) => saveHold(tx, { importId, hold: false }));
  if (job.plan && job.validatedBatches > 0) return { rows: job.rows, batches: Math.ceil(job.rows / BATCH_ROWS) };
  const target = await deps.scope(userId, async (tx) => deps.tenant.findTarget(tx, job.target));
  if (!target)
    throw userFailure(IMPORT_FAILURES.TargetNotFound, `There is no ${deps.tenant.targetName} ${job.target}.`);
  const text = await openText(deps, { userId, job, stated });
  const { source, encoding, converted, profile, transcription } = text;
  const { maxColumns, maxRecordBytes } = deps.limits;
  const recordLimits = { maxColumns, maxRecordBytes };

  const detected = detectLayout({
    head: text.head,
    headIsWholeFile: text.headIsWholeFile,
    encoding: encoding.encoding,
    bomBytes: encoding.bomBytes,
    catalogue: deps.tenant.catalogue,
    profile,
    delimiter: text.delimiter,
    transcription,
    limits: recordLimits,
  });
  if ('problem' in detected) throw userFailure(detected.problem.code, detected.problem.message);
  if ('needsInput' in detected)
    return { rows: 0, batches: 0, needsInput: columnQuestion(deps, { text, stated, missing: detected.needsInput }) };
  const lineColumn = converted?.lineColumn;
  const layout = converted
    ? { ...detected.layout, roles: { ...detected.layout.roles, reversal: converted.reversalColumn } }
    : detected.layout;
  // Two-digit years are judged by the year in which the import was asked for, so a retry in January judges the same.
  const year = job.createdAt.getUTCFullYear();
  const evidence = deps.tenant.collectEvidence({ layout, target, profile, year });
  const skipBottom = profile.skipBottom ?? 0;
  const sample: SourceRecord[] = [];
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
      limits: recordLimits,
    });
    for await (const { records, blankLines, position } of chunks) {
      for (const record of records) evidence.feed(inFile(record, lineColumn));
      if (sample.length < SAMPLE_RECORDS) sample.push(...records.slice(0, SAMPLE_RECORDS - sample.length));
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
  if ('problem' in decided) throw userFailure(decided.problem.code, cutText(decided.problem.message, 2000));
  const { headerLine, dataStart } = layout;
  const understand = (records?: readonly SourceRecord[]) =>
    understandFile({
      file: { ...text, stated },
      catalogue: deps.tenant.catalogue,
      layout,
      delimiterFrom: detected.delimiterFrom,
      values: asOfFormat(decided.understood, { stated, ofFormat: converted?.profile ?? {} }),
      counts: {
        rows,
        skippedTop: headerLine > 0 ? headerLine - 1 : transcription ? 0 : dataStart.line - 1,
        skippedBottom: skipBottom,
        blankLines: skippedBlank,
      },
      ...(records ? { records } : {}),
    });
  if ('needsInput' in decided) {
    const header = layout.header.slice(0, lineColumn);
    return { rows, batches: 0, needsInput: boundQuestion({ ...decided.needsInput, header }, understand(sample)) };
  }
  const undecided: ImportPlan = {
    encoding: encoding.encoding,
    bomBytes: encoding.bomBytes,
    layout,
    skipBottom,
    recordLimits,
    decisions: decided.decisions,
    warnings: [...encoding.warnings, ...(converted?.warnings ?? [])].map(({ code, message }) => ({ code, message })),
    understood: understand(),
    ...(lineColumn === undefined ? {} : { lineColumn }),
    ...(converted ? { pendingSkipped: converted.pendingSkipped } : {}),
  };
  const plan = converted ? await proveBalance(deps, { plan: undecided, source, rows, converted }) : undecided;
  await deps.scope(userId, async (tx) => savePlan(tx, { importId, plan, rows, skippedBlank }));
  return { rows, batches: Math.ceil(rows / BATCH_ROWS) };
}

const NOTHING_KNOWN: UnderstoodValues = { unsure: [] };

/** Asks for the columns that nothing names, with the first records and what their values suggest. */
function columnQuestion<Row>(
  { tenant }: Pick<ImportDeps<Row>, 'tenant'>,
  { text, stated, missing }: { text: OpenedText; stated: ImportProfile; missing: MissingColumn },
): ImportQuestion {
  const { transcription } = text;
  const records = representative(missing.records, transcription).filter(
    (record) => fileLine(record, transcription) > missing.headerLine,
  );
  // Keys and the letters of a sheet are names that columns have without a header.
  const header = missing.header.slice(0, transcription?.lineColumn);
  const shown = records.map((record) => ownCells(record, transcription));
  const suggestion = besides(tenant.suggestColumns?.(shown, header.length > 0 ? header : undefined), missing);
  const understood = understandFile({
    file: { ...text, stated },
    catalogue: tenant.catalogue,
    layout: { ...missing, columnCount: Math.max(missing.header.length, records[0]?.fields.length ?? 0) },
    delimiterFrom: missing.delimiterFrom,
    values: NOTHING_KNOWN,
    counts: { rows: 0, skippedTop: 0, skippedBottom: 0, blankLines: 0 },
    records,
  });
  return boundQuestion({ ...missing, header, ...(suggestion ? { suggestion } : {}) }, understood);
}

/** The part of a suggestion that the header does not settle. */
function besides(suggestion: ImportProfile | undefined, { roles, header }: MissingColumn): ImportProfile | undefined {
  const named = Object.entries(suggestion?.columns ?? {});
  if (!suggestion || Object.keys(roles).length === 0 || named.some(([, column]) => typeof column === 'number'))
    return suggestion;
  const taken = Object.values(roles).map((index) => header[index]);
  const free = named.filter(([role, column]) => roles[role] === undefined && !taken.includes(String(column)));
  return free.length > 0 ? { columns: Object.fromEntries(free) } : undefined;
}

/** A question in the bounds of the contract: it travels in the history and in every answer of the query. */
function boundQuestion(
  { code, message, choices, readings, missing, header, suggestion }: ImportQuestion,
  understood: ImportUnderstood,
): ImportQuestion {
  return {
    code,
    message: cutText(message, 2000),
    ...(choices ? { choices } : {}),
    ...(readings ? { readings } : {}),
    ...(missing ? { missing: missing.map((role) => cutText(role, 60)).slice(0, 50) } : {}),
    ...(header ? { header: header.map((cell) => cutText(cell, 60)).slice(0, 50) } : {}),
    // A name that was cut would name no column.
    ...(suggestion && JSON.stringify(suggestion).length <= 1000 ? { suggestion } : {}),
    understood,
  };
}
