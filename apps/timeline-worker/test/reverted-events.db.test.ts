import type { TestDatabase } from '@backend/shared/testing';
import { openTestDatabase } from '../../../test/support/servers';
import { deleteUneditedEvents } from '../src/repositories';

const TIMELINE = 't1';
/** Events of a chunk, of an import, and how many of them are edited: one of so many. */
const LIMIT = 50;
const EVENTS = 2000;
const ONE_OF = 4;
let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase('timeline');
  await database.query(`insert into timelines (timeline_id, topic) values ($1, 'temples')`, [TIMELINE]);
});
afterAll(async () => database.drop());

/** An import's events, of which every fourth is edited, and the citation of each from a source of its own. */
async function addImport(importId: string): Promise<void> {
  await database.query(
    `insert into events (timeline_id, event_id, title, summary, edtf, sort_min, sort_max, date_precision, original_text, original_calendar,
       tier, confidence, status, extractor, import_id, import_line, external_key)
     select $1, md5($2 || n)::uuid, 'Event ' || n, '', '1822', n, n, 'year', '1822', 'gregorian', 3, 1, 'published', 'import', $2, n,
       decode(md5($2 || n), 'hex')
     from generate_series(1, ${EVENTS}) n`,
    [TIMELINE, importId],
  );
  await database.query(
    `insert into sources (timeline_id, source_id, title, tier, kind)
     select $1, $2 || n, 'Source ' || n, 3, 'import' from generate_series(1, ${EVENTS}) n`,
    [TIMELINE, importId],
  );
  await database.query(
    `insert into citations (timeline_id, event_id, source_id, quote_start, quote_end, quote)
     select $1, md5($2 || n)::uuid, $2 || n, 0, 1, 'Q' from generate_series(1, ${EVENTS}) n`,
    [TIMELINE, importId],
  );
  await database.query(`update events set summary = 'checked' where import_id = $1 and import_line % ${ONE_OF} = 0`, [
    importId,
  ]);
}

/** Takes an import back chunk by chunk, each a transaction. */
async function takeBack(importId: string, { isLarge = false } = {}): Promise<number[]> {
  const chunks: number[] = [];
  for (let after: string | undefined; ;) {
    const chunk = await database.scope(TIMELINE, async (tx) => {
      // As in a table of many million rows, which nobody reads whole.
      if (isLarge) await tx.query(`select set_config('enable_seqscan', 'off', true)`);
      return deleteUneditedEvents(tx, { importId, limit: LIMIT, after });
    });
    if (chunk.deleted === 0) return chunks;
    chunks.push(chunk.deleted);
    after = chunk.next;
  }
}

/** A sum over the statistics of a table or its indexes. */
async function counted(sum: string): Promise<number> {
  // A session tells its figures when it has been idle for a while, or is told to.
  await database.pool.query('select pg_stat_force_next_flush()');
  await database.query('select pg_stat_clear_snapshot()');
  const [row] = await database.query<{ count: string }>(`select ${sum}`);
  return Number(row!.count);
}
const ENTRIES_READ = `sum(idx_tup_read) as count from pg_stat_user_indexes where relname = 'events'`;
const REQUEST_SOURCES_READ = `seq_tup_read + coalesce(idx_tup_fetch, 0) as count from pg_stat_user_tables where relname = 'request_sources'`;
const ALL_CHUNKS = Array.from({ length: (EVENTS - EVENTS / ONE_OF) / LIMIT }, () => LIMIT);

test('data-import 16, 20: no chunk of a revert passes over what the ones before have deleted or kept, also while an old snapshot is open', async () => {
  const importId = 'of ';
  await addImport(importId);
  await addImport('beside ');
  // As autovacuum does it soon after a load.
  await database.query('analyze events');
  await database.query('begin isolation level repeatable read');
  await database.query('select count(*) from events');
  const before = await counted(ENTRIES_READ);
  const chunks = await takeBack(importId, { isLarge: true });
  const read = (await counted(ENTRIES_READ)) - before;
  await database.query('commit');
  expect(chunks).toEqual(ALL_CHUNKS);
  // Each once at the end and when it is deleted, and once between with all others of the timeline.
  expect(read).toBeGreaterThan(EVENTS);
  expect(read).toBeLessThan(7 * EVENTS);
  const left = await database.query<{ rows: number }>(
    'select count(*)::int as rows from events where import_id = $1 and edited_at is not null',
    [importId],
  );
  expect(left).toEqual([{ rows: EVENTS / ONE_OF }]);
});

test('data-import 16, 20: whether a request names a source is told by an index, however many sources requests have', async () => {
  await addImport('named ');
  await database.query(
    `insert into sources (timeline_id, source_id, title, tier, kind)
     select $1, 'r' || n, 'Read ' || n, 1, 'url' from generate_series(1, 100) n`,
    [TIMELINE],
  );
  await database.query(
    `insert into generation_requests (timeline_id, request_id, settings, settings_hash)
     select $1, 'r' || n, '{}', 'hash' from generate_series(1, 200) n`,
    [TIMELINE],
  );
  await database.query(
    `insert into request_sources (timeline_id, request_id, source_id, position, failure_code, failure_message)
     select $1, 'r' || r, 'r' || s, s, 'SourceNotFound', 'gone' from generate_series(1, 200) r, generate_series(1, 100) s`,
    [TIMELINE],
  );
  await database.query('analyze');
  const before = await counted(REQUEST_SOURCES_READ);
  expect(await takeBack('named ')).toEqual(ALL_CHUNKS);
  expect((await counted(REQUEST_SOURCES_READ)) - before).toBeLessThan(20_000);
  expect(
    await database.query(`select count(*)::int as n from sources where kind = 'import' and source_id like 'named %'`),
  ).toEqual([{ n: EVENTS / ONE_OF }]);
});
