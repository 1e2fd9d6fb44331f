import type { Queryable } from '@backend/shared/pg';

/** A text that events of the timeline quote. */
export interface CitedText {
  readonly sourceId: string;
  readonly sha256: string;
}

/** The texts that the timeline's events quote, of every time a source was read. */
export async function listCitedTexts(tx: Queryable): Promise<CitedText[]> {
  const { rows } = await tx.query<CitedText>(
    `select distinct source_id as "sourceId", text_sha256 as sha256 from citations
     where timeline_id = app.scope_id() and text_sha256 is not null order by 1, 2`,
  );
  return rows;
}

/** One stored text; its offsets are UTF-16 code units, which SQL does not count in. */
export async function readText(tx: Queryable, sha256: string): Promise<string | undefined> {
  const { rows } = await tx.query<{ text: string }>(
    'select text from source_texts where timeline_id = app.scope_id() and sha256 = $1',
    [sha256],
  );
  return rows[0]?.text;
}
