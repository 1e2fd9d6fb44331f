import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { BlobStore } from '@backend/shared/blob';
import {
  type ForeignCase,
  type ForeignIds,
  MINE,
  SECRET,
  THEIRS,
  importCases,
} from '../../../test/support/foreign-ids';
import { type Activities, createActivities } from '../src/activities';
import { resolveInput } from '../src/workflows/generation-input';
import { testDeps } from './support';

export const FOREIGN_IDS: ForeignIds = {
  scopes: { table: 'timelines', column: 'timeline_id' },
  theirRows: [
    `insert into generation_requests (timeline_id, request_id, settings, settings_hash) values ('${THEIRS}', 'request-${THEIRS}', '{}', 'hash')`,
    `update timelines set topic = '${SECRET}' where timeline_id = '${THEIRS}'`,
    `update sources set title = '${SECRET}' where timeline_id = '${THEIRS}'`,
    `update source_texts set text = '${SECRET}' where timeline_id = '${THEIRS}'`,
    `update events set title = '${SECRET}', summary = '${SECRET}' where timeline_id = '${THEIRS}'`,
    `update citations set quote = '${SECRET}' where timeline_id = '${THEIRS}'`,
  ],
  async cases({ blobs, directory }) {
    await writeFile(path.join(directory, 'notes.txt'), 'notes');
    return timelineCases(blobs);
  },
  activities: ({ scope, blobs, directory }) => createActivities({ ...testDeps({ scope, directory }), blobs }),
};

const foreignRequest = { timelineId: MINE, requestId: `request-${THEIRS}` };
const NO_REQUEST = { fails: 'RequestNotFound' };
const NOTHING_STORED = { rejected: {}, merged: 0, conflicts: 0, published: 0, needsReview: 0, exportRef: null };
const SOURCES = { ok: 0, failed: [] };

/** As scope-rows.ts makes them. */
function eventIdOf(timelineId: string): string {
  const hex = createHash('md5').update(timelineId).digest('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

async function timelineCases(blobs: BlobStore): Promise<Record<keyof Activities, readonly ForeignCase[]>> {
  // What validation has written for the other timeline.
  const claims = await blobs.put(JSON.stringify({ claims: [], textHashes: {}, extractor: SECRET }));
  const sources = [
    { sourceId: `source-${THEIRS}`, title: 'Source', tier: 1, kind: 'blob', ref: 'file:../timeline/notes.txt' },
  ] as const;
  return {
    ...(await importCases(blobs, { target: MINE, foreignTarget: THEIRS })),
    fetchHistoricalSources: [
      {
        input: { settings: resolveInput({ timelineId: MINE, requestId: 'mine', topic: 'Mine', sources }), sources },
        outcome: { fails: 'NoUsableSources' },
      },
    ],
    aiExtractEvents: [{ input: { ...foreignRequest, addedTokens: 0 }, outcome: NO_REQUEST }],
    validateTimelineEvents: [{ input: foreignRequest, outcome: NO_REQUEST }],
    storeTimelineEvents: [{ input: { ...foreignRequest, ref: claims }, outcome: NO_REQUEST }],
    exportTimeline: [{ input: { timelineId: `${MINE}-which-is-none` }, outcome: { fails: 'TimelineNotFound' } }],
    // A run that ended before it had a request is ended all the same, with counts of nothing.
    finishGeneration: [
      {
        input: { ...foreignRequest, model: 'rules', status: 'failed', sources: SOURCES, stored: NOTHING_STORED },
        outcome: { finds: expect.objectContaining({ calls: 0, extracted: 0, remainingChunks: 0 }) },
      },
    ],
    decideEvent: [
      {
        input: {
          timelineId: MINE,
          decision: { eventId: eventIdOf(THEIRS), action: 'approve', user: MINE },
          key: 'decide:mine',
        },
        outcome: { fails: 'EventNotFound' },
      },
    ],
  };
}
