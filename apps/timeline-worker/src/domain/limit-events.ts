import { claimKey } from './claims';
import { mergeClaims } from './merge';
import type { Claim } from './types';

/** The claims that a run may bring to the timeline, and what they come to by themselves. */
export interface LimitedClaims {
  kept: Claim[];
  /** In the order in which they were given. */
  beyond: Claim[];
  /** How many of the kept claims were folded into another one's event. */
  merged: number;
  /** How many events carry a date conflict. */
  conflicts: number;
}

/**
 * Keeps the claims of the first events (ai-timeline 22): counted is what they come to when they are folded together, not how
 * often a thing is told; first is what is told first. More claims than `limits.claims` are not looked at. Pauses now and then.
 */
export function* limitEvents({
  timelineId,
  claims,
  limits,
}: {
  timelineId: string;
  claims: readonly Claim[];
  limits: { readonly events: number; readonly claims: number };
}): Generator<void, LimitedClaims> {
  const given = claims.slice(0, limits.claims);
  const { events, merged, conflicts } = yield* mergeClaims({ timelineId, claims: given });
  if (events.length <= limits.events) return { kept: given, beyond: claims.slice(limits.claims), merged, conflicts };
  const places = new Map(given.map((claim, place) => [claimKey(claim), place]));
  const firstTold = (event: { claims: readonly Claim[] }): number =>
    Math.min(...event.claims.map((claim) => places.get(claimKey(claim))!));
  const first = events
    .map((event) => ({ ...event, place: firstTold(event) }))
    .toSorted((a, b) => a.place - b.place)
    .slice(0, limits.events);
  const keys = new Set(first.flatMap((event) => event.claims.map(claimKey)));
  const kept = given.filter((claim) => keys.has(claimKey(claim)));
  return {
    kept,
    beyond: claims.filter((claim, place) => place >= limits.claims || !keys.has(claimKey(claim))),
    merged: kept.length - first.length,
    conflicts: first.filter(({ event }) => event.conflicts.length > 0).length,
  };
}
