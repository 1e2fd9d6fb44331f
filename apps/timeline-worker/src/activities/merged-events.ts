import { SHARED_FAILURES, userFailure } from '@backend/shared/failures';
import type { BlobStore } from '@backend/shared/blob';
import type { BlobRef } from '@backend/shared/kernel';
import type { TimelineEvent } from '../domain/types';

/** What validation hands to storage, as a blob: too large for a payload. */
export interface MergedEvents {
  readonly events: readonly TimelineEvent[];
  /** Source → hash of the text that citations' offsets refer to. */
  readonly textHashes: Readonly<Record<string, string>>;
  readonly extractor: string;
}

export async function writeMerged(blobs: BlobStore, merged: MergedEvents): Promise<BlobRef> {
  return blobs.put(JSON.stringify(merged));
}

/** Throws `BlobMissing`. */
export async function readMerged(blobs: BlobStore, ref: BlobRef): Promise<MergedEvents> {
  const text = (await blobs.read(ref)).toString('utf8');
  try {
    return JSON.parse(text) as MergedEvents;
  } catch {
    throw userFailure(SHARED_FAILURES.BlobMissing, `The blob ${ref.ref} does not hold merged events.`);
  }
}
