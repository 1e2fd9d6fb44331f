import type { Queryable } from '@backend/shared/pg';

/** Adds the timeline of this transaction's scope, or updates its topic. */
export async function upsertTimeline(tx: Queryable, topic: string): Promise<void> {
  await tx.query(
    `insert into timelines as t (timeline_id, topic) values (app.scope_id(), $1)
     on conflict (timeline_id) do update set topic = excluded.topic, updated_at = now() where t.topic <> excluded.topic`,
    [topic],
  );
}

export interface TimelineRow {
  readonly timelineId: string;
  readonly topic: string;
  /** How often its events have changed. */
  readonly revision: number;
}

/** The timeline of this transaction's scope, if there is one. */
export async function findTimeline(tx: Queryable): Promise<TimelineRow | undefined> {
  const { rows } = await tx.query<TimelineRow>(
    `select timeline_id as "timelineId", topic, revision from timelines where timeline_id = app.scope_id()`,
  );
  return rows[0];
}

/** Holds off every other writer of the timeline's events until this transaction ends. Returns how often they have changed. */
export async function lockTimeline(tx: Queryable): Promise<number | undefined> {
  const { rows } = await tx.query<{ revision: number }>(
    'select revision from timelines where timeline_id = app.scope_id() for no key update',
  );
  return rows[0]?.revision;
}

/** Says that events of the timeline have changed; needs the lock. Returns the new count. */
export async function touchTimeline(tx: Queryable): Promise<number> {
  const { rows } = await tx.query<{ revision: number }>(
    'update timelines set revision = revision + 1, updated_at = now() where timeline_id = app.scope_id() returning revision',
  );
  return rows[0]!.revision;
}
