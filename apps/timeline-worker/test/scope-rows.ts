import { IMPORTER_ROWS, SHARED_ROWS, type ScopeRows } from '../../../test/support/scope-rows';

const UUID = `md5($1)::uuid`;
const SHA = `md5($1) || md5($1)`;

export const SCOPE_ROWS: ScopeRows = {
  rows: [
    ...SHARED_ROWS,
    ...IMPORTER_ROWS,
    `insert into timelines (timeline_id, topic) values ($1, 'topic')`,
    `insert into sources (timeline_id, source_id, title, tier, kind) values ($1, 's1', 'Source', 1, 'text')`,
    `insert into source_texts (timeline_id, sha256, text, chars, original) values ($1, ${SHA}, 'text', 4, '{}')`,
    `insert into generation_requests (timeline_id, request_id, settings, settings_hash) values ($1, 'r1', '{}', 'hash')`,
    `insert into request_sources (timeline_id, request_id, source_id, position, text_sha256) values ($1, 'r1', 's1', 0, ${SHA})`,
    `insert into extraction_chunks (timeline_id, cache_key, request_id, source_id, chunk_start, chunk_end, pass, outcome, extractor)
   values ($1, ${SHA}, 'r1', 's1', 0, 4, 1, 'done', 'rules')`,
    `insert into extraction_calls (timeline_id, request_id, call_id, cache_key, extractor, tokens_in, tokens_out, cost_micro_usd)
   values ($1, 'r1', ${UUID}, 'key', 'rules', 1, 1, 0)`,
    `insert into extraction_answers (timeline_id, cache_key, step, answer, stop) values ($1, ${SHA}, '', '{}', 'end')`,
    `insert into events (timeline_id, event_id, title, summary, edtf, sort_min, sort_max, date_precision, original_text, original_calendar,
     tier, confidence, status, extractor)
   values ($1, ${UUID}, 'Title', '', '1800', 0, 1, 'year', '1800', 'gregorian', 1, 1, 'published', 'rules')`,
    `insert into citations (timeline_id, event_id, source_id, quote_start, quote_end, quote) values ($1, ${UUID}, 's1', 0, 4, 'text')`,
    `insert into event_conflicts (timeline_id, event_id, edtf, date, citations) values ($1, ${UUID}, '1801', '{}', '[]')`,
    `insert into event_claims (timeline_id, event_id, claim_id, claim) values ($1, ${UUID}, md5($1), '{}')`,
    `insert into rejections (timeline_id, request_id, ordinal, code, title, source_id) values ($1, 'r1', 0, 'UngroundedQuote', 'Title', 's1')`,
    `insert into review_decisions (timeline_id, event_id, action, decided_by) values ($1, ${UUID}, 'approve', 'ana')`,
  ],
  unscoped: ['app.schema_migrations'],
  table: 'events',
  policy: 'one_timeline',
  loads: [],
};
