import { SHARED_FAILURES, userFailure } from '@backend/shared/failures';
import type { BlobStore } from '@backend/shared/blob';
import type { BlobRef } from '@backend/shared/kernel';
import { ownClaims } from '../domain/claims';
import type { Claim, TimelineEvent } from '../domain/types';

/** What validation hands to storage, as a blob: too large for a payload. */
export interface ValidatedClaims {
  readonly claims: readonly Claim[];
  /** Source → hash of the text that the run has read. */
  readonly textHashes: Readonly<Record<string, string>>;
  readonly extractor: string;
}

export async function writeClaims(blobs: BlobStore, claims: ValidatedClaims): Promise<BlobRef> {
  return blobs.put(JSON.stringify(claims));
}

/** Throws `BlobMissing`. */
export async function readClaims(blobs: BlobStore, ref: BlobRef): Promise<ValidatedClaims> {
  const text = (await blobs.read(ref)).toString('utf8');
  let read: ValidatedClaims | EarlierEvents;
  try {
    read = JSON.parse(text) as ValidatedClaims | EarlierEvents;
  } catch {
    throw userFailure(SHARED_FAILURES.BlobMissing, `The blob ${ref.ref} does not hold validated claims.`);
  }
  return 'claims' in read ? read : { ...read, claims: claimsOf(read) };
}

/** What a worker before there were claims hands over when a run is under way while workers are replaced. */
type EarlierEvents = Omit<ValidatedClaims, 'claims'> & { readonly events: readonly TimelineEvent[] };

function claimsOf({ events, textHashes }: EarlierEvents): Claim[] {
  return events.flatMap(ownClaims).map((claim) => ({ ...claim, textSha256: textHashes[claim.sourceId] ?? null }));
}
