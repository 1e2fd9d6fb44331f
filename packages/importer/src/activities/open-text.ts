import { userFailure } from '@backend/shared/failures';
import { IMPORT_FAILURES, type ImportProfile } from '../contract';
import type { ConvertedFormat } from '../formats';
import { resolveFormat } from '../formats/resolve-format';
import {
  type ByteSource,
  type Delimiter,
  type DetectedEncoding,
  FileProblemError,
  LAYOUT_HEAD_BYTES,
  type Transcription,
  cutText,
  detectEncoding,
  readHead,
  scanFile,
  settleEncoding,
} from '../reading';
import type { ConvertedSource, ImportJob } from '../repositories';
import { convertSource } from './convert-source';
import type { ImportDeps } from './deps';
import { openSource } from './source-file';

/** The text that is read of a job: its own, or its transcription, with what that fixes. */
export interface OpenedText {
  readonly format: 'csv' | 'tsv' | ConvertedFormat;
  readonly source: ByteSource;
  readonly head: Buffer;
  readonly headIsWholeFile: boolean;
  readonly encoding: DetectedEncoding;
  /** What the user states and the format fixes, as it holds for the text. */
  readonly profile: ImportProfile;
  readonly delimiter: Delimiter | undefined;
  readonly converted: ConvertedSource | undefined;
  readonly transcription: Transcription | undefined;
}

/** Opens what is read of a job; transcribes what is no delimited text. Fails as the file is refused. */
export async function openText<Row>(
  deps: ImportDeps<Row>,
  { userId, job, stated }: { userId: string; job: ImportJob; stated: ImportProfile },
): Promise<OpenedText> {
  const original = await openSource(deps, job.source);
  const first = await readHead(original, LAYOUT_HEAD_BYTES);
  const format = resolveFormat({
    format: job.format,
    filename: job.source.filename,
    head: first.head,
    accepted: deps.tenant.formats,
  });
  if ('problem' in format) throw userFailure(IMPORT_FAILURES.UnsupportedFormat, format.problem.message);
  if (!('converted' in format)) {
    return {
      ...first,
      format: format.format,
      source: original,
      encoding: await findEncoding(deps, { source: original, head: first.head, profile: stated }),
      profile: stated,
      delimiter: format.delimiter,
      converted: undefined,
      transcription: undefined,
    };
  }
  try {
    const converted = await convertSource(deps, { userId, job, format: format.format, profile: stated });
    const source = await openSource(deps, converted);
    // The transcription has an encoding and a delimiter of its own.
    const { encoding: _encoding, delimiter: _delimiter, ...profile } = { ...converted.profile, ...stated };
    return {
      ...(await readHead(source, LAYOUT_HEAD_BYTES)),
      format: format.format,
      source,
      encoding: { encoding: 'utf-8', source: 'declared', bomBytes: 0, warnings: [] },
      profile,
      delimiter: ',',
      converted,
      transcription: { lineColumn: converted.lineColumn, titles: TITLES[format.format] },
    };
  } catch (error) {
    throw refused(error);
  }
}

const TITLES: Readonly<Record<ConvertedFormat, Transcription['titles']>> = {
  xlsx: 'letters',
  json: 'names',
  ndjson: 'names',
  ofx: 'roles',
  qif: 'roles',
  camt053: 'roles',
  mt940: 'roles',
};

/** A file that turned out wrong while it was read ends the import; anything else is what it is. */
export function refused(error: unknown): unknown {
  return error instanceof FileProblemError ? userFailure(error.code, cutText(error.message, 2000)) : error;
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
