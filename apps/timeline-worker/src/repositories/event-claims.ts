import type { Queryable } from '@backend/shared/pg';
import { claimId } from '../domain/claims';
import type { Claim } from '../domain/types';

/** The claims on record, by event; of these events or of the whole timeline. */
export async function listClaims(
  tx: Queryable,
  eventIds?: readonly string[],
): Promise<ReadonlyMap<string, readonly Claim[]>> {
  const { rows } = await tx.query<{ eventId: string; claim: Claim }>(
    `select event_id as "eventId", claim from event_claims
     where timeline_id = app.scope_id() and ($1::uuid[] is null or event_id = any ($1))`,
    [eventIds ?? null],
  );
  const byEvent = new Map<string, Claim[]>();
  for (const { eventId, claim } of rows) {
    const known = byEvent.get(eventId);
    if (known) known.push(claim);
    else byEvent.set(eventId, [claim]);
  }
  return byEvent;
}

/** Gives events the claims that they have from now on. */
export async function replaceClaims(
  tx: Queryable,
  events: readonly { readonly eventId: string; readonly claims: readonly Claim[] }[],
): Promise<void> {
  const rows = events.flatMap(({ eventId, claims }) =>
    claims.map((claim) => ({ event_id: eventId, claim_id: claimId(claim), claim })),
  );
  await tx.query(
    `delete from event_claims c where c.timeline_id = app.scope_id() and c.event_id = any ($1::uuid[])
       and not exists (select from json_to_recordset($2::json) as k (event_id uuid, claim_id text)
         where k.event_id = c.event_id and k.claim_id = c.claim_id)`,
    [
      events.map(({ eventId }) => eventId),
      JSON.stringify(rows.map(({ event_id, claim_id }) => ({ event_id, claim_id }))),
    ],
  );
  await tx.query(
    `insert into event_claims (timeline_id, event_id, claim_id, claim)
     select app.scope_id(), k.* from json_to_recordset($1::json) as k (event_id uuid, claim_id text, claim jsonb)
     on conflict do nothing`,
    [JSON.stringify(rows)],
  );
}
