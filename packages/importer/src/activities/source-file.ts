import { resolveImportPath } from '@backend/shared/blob';
import type { BlobRef } from '@backend/shared/kernel';
import { userFailure } from '@backend/shared/failures';
import { type ImportJob, findJob } from '../repositories';
import { IMPORT_FAILURES } from '../contract';
import type { ImportPlan } from '../repositories';
import { type ByteSource, fileSource } from '../reading';
import type { ImportDeps } from './deps';
import { refuseEnded } from './revert-fence';

type SourceDeps = Pick<ImportDeps<never>, 'blobs' | 'importDirectory' | 'scope'>;

/**
 * The file of a reference: a blob, or a path below the import directory. When its length is known, whoever reads it to its end
 * gets `ChecksumMismatch` for a file that was cut or has grown on its disk, and never the records of a part.
 */
export async function openSource(
  deps: SourceDeps,
  { ref, bytes }: { readonly ref: string; readonly bytes?: number },
): Promise<ByteSource> {
  const path = ref.startsWith('blob:')
    ? await deps.blobs.locate({ ref })
    : await resolveImportPath(deps.importDirectory, ref);
  const source = fileSource(path);
  return bytes === undefined ? source : ofLength(source, bytes);
}

function ofLength(source: ByteSource, bytes: number): ByteSource {
  return {
    async *open(startByte) {
      let at = startByte;
      for await (const piece of source.open(startByte)) {
        at += piece.length;
        yield piece;
      }
      if (at !== bytes)
        throw userFailure(
          IMPORT_FAILURES.ChecksumMismatch,
          `The stored file has changed: it has ${at} bytes in place of ${bytes}. Import it anew.`,
        );
    },
  };
}

/** What is read of a job: the file, or its transcription. */
export function readRef({ converted, source }: Pick<ImportJob, 'converted' | 'source'>): BlobRef {
  return converted ?? source;
}

/** The job of an activity; it was made by the inspection, and is refused when it was ended by a revert since. */
export async function requireJob(
  deps: SourceDeps,
  { importId, userId }: { importId: string; userId: string },
): Promise<ImportJob> {
  const job = await deps.scope(userId, async (tx) => findJob(tx, importId));
  if (!job) throw userFailure(IMPORT_FAILURES.InvalidInput, `There is no import ${importId}.`);
  refuseEnded(job);
  return job;
}

/** The plan of a job that was parsed. */
export function requirePlan(job: ImportJob): ImportPlan {
  if (!job.plan) throw userFailure(IMPORT_FAILURES.InvalidInput, `Import ${job.importId} was not parsed.`);
  return job.plan;
}
