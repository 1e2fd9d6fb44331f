import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ImportProfile } from '../contract';
import { CONVERTERS, type ConvertLimits, type ConvertedFile, type ConvertedFormat } from '../formats';
import { cutText } from '../reading';
import { type ConvertedSource, type ImportJob, saveConverted } from '../repositories';
import type { ImportDeps } from './deps';
import { openSource } from './source-file';

/** Of what is added to the columns of a transcription: where a record stands in the file, and whether it takes one back. */
export const ADDED_COLUMNS = ['source line', 'reversal'] as const;

/**
 * Transcribes a file that is not delimited text into delimited text (UTF-8, commas, one header line), which is kept as a blob
 * and read instead of the file from then on. Run again it finds what was kept. Rejects with `FileProblemError`.
 */
export async function convertSource<Row>(
  deps: ImportDeps<Row>,
  { userId, job, format, profile }: { userId: string; job: ImportJob; format: ConvertedFormat; profile: ImportProfile },
): Promise<ConvertedSource> {
  if (job.converted && profile.encoding === undefined) return job.converted;
  const file = await CONVERTERS[format]({
    source: await openSource(deps, job.source),
    filename: job.source.filename,
    limits: limitsOf(deps),
    ...(profile.encoding === undefined ? {} : { encoding: profile.encoding }),
  });
  const directory = await mkdtemp(path.join(os.tmpdir(), 'import-convert-'));
  try {
    const csv = path.join(directory, 'converted.csv');
    await pipeline(Readable.from(linesOf(deps, file)), createWriteStream(csv));
    const converted: ConvertedSource = {
      ...(await deps.blobs.putFile(csv)),
      lineColumn: file.columns.length,
      reversalColumn: file.columns.length + 1,
      profile: file.profile,
      balances: file.balances(),
      pendingSkipped: file.pendingSkipped(),
      warnings: file.warnings(),
    };
    await deps.scope(userId, async (tx) => saveConverted(tx, { importId: job.importId, converted }));
    return converted;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const RECORDS_PER_PIECE = 200;
/** Stands in the last column of a record over the limit, of which only the beginning is kept: its line would be lost otherwise. */
export const TOO_LONG = 'too long';
const SHOWN_CHARACTERS = 200;

async function* linesOf<Row>(deps: ImportDeps<Row>, { columns, records }: ConvertedFile): AsyncGenerator<string> {
  let piece = lineOf([...columns, ...ADDED_COLUMNS]);
  let count = 0;
  for await (const { cells, line, isReversal } of records) {
    const text = lineOf([...cells, String(line), isReversal ? '1' : '']);
    const isTooLong = Buffer.byteLength(text) > deps.limits.maxRecordBytes;
    piece += isTooLong
      ? lineOf([cutText(cells[0] ?? '', SHOWN_CHARACTERS), ...columns.slice(1).map(() => ''), String(line), TOO_LONG])
      : text;
    count += 1;
    if (count % RECORDS_PER_PIECE > 0) continue;
    deps.pulse.step({ phase: 'converting', row: count });
    yield piece;
    piece = '';
  }
  yield piece;
}

function lineOf(cells: readonly string[]): string {
  return `${cells.map((cell) => (/[",\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')}\n`;
}

function limitsOf({ limits }: Pick<ImportDeps, 'limits'>): ConvertLimits {
  return {
    maxBytes: Math.min(limits.maxFileBytes, limits.maxConvertedBytes),
    maxRows: Math.min(limits.maxRows, limits.maxConvertedRows),
    // Two more columns are added.
    maxColumns: limits.maxColumns - ADDED_COLUMNS.length,
    maxRecordBytes: limits.maxRecordBytes - 64,
    maxUnzippedBytes: limits.maxUnzippedBytes,
    maxZipRatio: limits.maxZipRatio,
  };
}
