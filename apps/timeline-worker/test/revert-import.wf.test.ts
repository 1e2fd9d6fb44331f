import { DEFAULT_IMPORT_LIMITS } from '@backend/importer/activities';
import {
  type DataImportInput,
  type DataImportResult,
  type RevertImportResult,
  importWorkflowId,
  revertWorkflowId,
} from '@backend/importer/contract';
import type { Scope } from '@backend/shared/pg';
import { failureOf } from '../../../test/support/failure-of';
import { decideEvent } from '../src/activities/decide-event';
import {
  type AITimelineGenerationInput,
  type EventPatch,
  TENANT,
  WORKFLOW_TYPES,
  generationWorkflowId,
} from '../src/contract';
import { type TimelineRig, startTimelineRig } from './support';

/** Events of a chunk of a revert. */
const CHUNK = 10;

let rig: TimelineRig;
/** What happens to the transactions of the worker. */
let aroundTransaction: (<T>(run: () => Promise<T>) => Promise<T>) | undefined;

beforeAll(async () => {
  const scope: Scope = async (id, work, options) => {
    const run = async () => rig.database.scope(id, work, options);
    return aroundTransaction ? aroundTransaction(run) : run();
  };
  rig = await startTimelineRig({ deps: { scope, importLimits: { ...DEFAULT_IMPORT_LIMITS, revertRows: CHUNK } } });
});
afterEach(async () => {
  aroundTransaction = undefined;
  await rig.verify();
});
afterAll(async () => rig.stop());

let timelines = 0;
/** A timeline of the test's own. */
async function newTimeline(): Promise<string> {
  const timelineId = `t${(timelines += 1)}`;
  await rig.database.query('insert into timelines (timeline_id, topic) values ($1, $1)', [timelineId]);
  return timelineId;
}

const csv = (...lines: string[]) => Buffer.from(`${lines.join('\n')}\n`);
/** Events `from` to `to`, each cited from one of three sources; event n is the same in every file. */
const file = (from: number, to: number) =>
  csv(
    'Date,Title,Source,Quote',
    ...Array.from({ length: to - from + 1 }, (_, at) => from + at).map(
      (n) => `${1700 + n},Event number ${n},Source ${n % 3},It was number ${n}`,
    ),
  );

interface Wanted extends Partial<DataImportInput> {
  readonly importId: string;
  readonly timelineId: string;
}
const run = async (content: Buffer, { importId, timelineId, ...input }: Wanted) => {
  const source = { ...(await rig.blobs.put(content)), filename: 'events.csv' };
  return rig.execute<DataImportResult>(WORKFLOW_TYPES.dataImport, {
    workflowId: importWorkflowId({ tenant: TENANT, importId }),
    args: [{ importId, userId: timelineId, accountId: timelineId, source, ...input }],
  });
};
const revert = async ({ importId, timelineId }: Wanted) =>
  rig.execute<RevertImportResult>(WORKFLOW_TYPES.revertImport, {
    workflowId: revertWorkflowId({ tenant: TENANT, importId }),
    args: [{ importId, userId: timelineId }],
  });

interface StoredOfTest {
  event_id: string;
  title: string;
  status: string;
  flags: string[];
  possible_conflict_with: string[];
  citations: string[];
}
const stored = async (timelineId: string) =>
  rig.database.query<StoredOfTest>(
    `select event_id, title, summary, edtf, status, flags, possible_conflict_with, external_key, import_line,
       array(select s.title || ': ' || c.quote from citations c
         join sources s on s.timeline_id = c.timeline_id and s.source_id = c.source_id
         where c.timeline_id = e.timeline_id and c.event_id = e.event_id order by 1) as citations
     from events e where e.timeline_id = $1 order by sort_min, event_id`,
    [timelineId],
  );
const titlesOf = async (timelineId: string) => (await stored(timelineId)).map(({ title }) => title);
const sourcesOf = async (timelineId: string) =>
  (
    await rig.database.query<{ title: string }>('select title from sources where timeline_id = $1 order by title', [
      timelineId,
    ])
  ).map(({ title }) => title);
const revisionOf = async (timelineId: string) =>
  (
    await rig.database.query<{ revision: number }>('select revision from timelines where timeline_id = $1', [
      timelineId,
    ])
  )[0]!.revision;

/** A person's decision on the event of that title. */
async function decide(
  timelineId: string,
  title: string,
  action: 'approve' | 'reject' | 'edit',
  patch?: EventPatch,
): Promise<void> {
  const event = (await stored(timelineId)).find((candidate) => candidate.title === title);
  const decision = { eventId: event!.event_id, action, user: 'ana', ...(patch ? { patch } : {}) };
  await decideEvent({ scope: rig.database.scope }, { timelineId, decision, key: `decide ${title} ${action}` });
}

test('data-import 16, 20: after a revert the same file is imported again, and gives the same events', async () => {
  const timelineId = await newTimeline();
  expect(await run(file(1, 35), { importId: 'same-1', timelineId })).toMatchObject({ imported: 35 });
  const before = await stored(timelineId);
  expect(await sourcesOf(timelineId)).toEqual(['Source 0', 'Source 1', 'Source 2']);
  const revision = await revisionOf(timelineId);
  expect(await revert({ importId: 'same-1', timelineId })).toEqual({ deleted: 35, keptEdited: 0 });
  expect(await stored(timelineId)).toEqual([]);
  expect(await sourcesOf(timelineId)).toEqual([]);
  // A generation that has matched against the events that are gone matches again.
  expect(await revisionOf(timelineId)).toBeGreaterThan(revision);
  expect(await run(file(1, 35), { importId: 'same-2', timelineId })).toMatchObject({
    status: 'completed',
    imported: 35,
    duplicates: 0,
  });
  expect(await stored(timelineId)).toEqual(before);
});

test('data-import 16, 20: events that people have decided on or changed stay with their sources, and are duplicates when imported again', async () => {
  const timelineId = await newTimeline();
  await run(file(1, 35), { importId: 'edited-1', timelineId });
  await decide(timelineId, 'Event number 3', 'approve');
  await decide(timelineId, 'Event number 6', 'reject');
  await decide(timelineId, 'Event number 9', 'edit', { summary: 'Written by hand.' });
  await decide(timelineId, 'Event number 12', 'edit', { title: 'By hand' });
  // As if nothing had happened.
  await rig.database.scope(timelineId, async (tx) =>
    tx.query(`update events set summary = 'x', updated_at = created_at where title = 'Event number 15'`),
  );
  await rig.database.scope(timelineId, async (tx) =>
    tx.query(`update events set edited_at = null where title = 'Event number 15'`),
  );
  // None of these is an edit.
  await rig.database.scope(timelineId, async (tx) =>
    tx.query(`update events set title = title, updated_at = now() where title = 'Event number 18'`),
  );
  await rig.database.scope(timelineId, async (tx) =>
    tx.query(`update events set possible_conflict_with = array[event_id], flags = '{possibleConflict}', status = 'needs_review'
      where title = 'Event number 21'`),
  );
  expect(await revert({ importId: 'edited-1', timelineId })).toEqual({ deleted: 30, keptEdited: 5 });
  const kept = ['Event number 3', 'Event number 6', 'Event number 9', 'By hand', 'Event number 15'];
  expect(await titlesOf(timelineId)).toEqual(kept);
  expect(await sourcesOf(timelineId)).toEqual(['Source 0']);
  expect(await run(file(1, 35), { importId: 'edited-2', timelineId })).toMatchObject({ imported: 30, duplicates: 5 });
  expect((await titlesOf(timelineId)).filter((title) => kept.includes(title))).toEqual(kept);
});

test('data-import 16, 20: an event that a generation has found in its own sources stays', async () => {
  const timelineId = await newTimeline();
  const text = 'On 24 February 1822 the temple of Ahmedabad was consecrated by Swaminarayan.';
  const generate = async (requestId: string) => {
    const input: AITimelineGenerationInput = {
      timelineId,
      requestId,
      topic: 'temples',
      sources: [{ sourceId: 's1', kind: 'text', title: 'Letter', tier: 1, text }],
      review: 'none',
    };
    await rig.execute(WORKFLOW_TYPES.aiTimelineGeneration, { workflowId: generationWorkflowId(input), args: [input] });
  };
  await generate('r1');
  const [{ title, edtf }] = (await rig.database.query<{ title: string; edtf: string }>(
    'select title, edtf from events where timeline_id = $1',
    [timelineId],
  )) as [{ title: string; edtf: string }];
  await rig.database.query('delete from events where timeline_id = $1', [timelineId]);
  await run(csv('Date,Title,Source,Quote', `${edtf},"${title}",S,Q`, '1900,Another,S,Q'), {
    importId: 'found',
    timelineId,
  });
  await generate('r2');
  expect((await stored(timelineId))[0]?.citations).toHaveLength(2);
  expect(await revert({ importId: 'found', timelineId })).toEqual({ deleted: 1, keptEdited: 1 });
  expect(await titlesOf(timelineId)).toEqual([title]);
  expect(await sourcesOf(timelineId)).toEqual(['Letter', 'S']);
});

test('data-import 12, 16: nothing points to an event that is gone: what was only its double is published', async () => {
  const timelineId = await newTimeline();
  const header = 'Date,Title,ID,Source,Quote';
  await run(csv(header, '1822,Temple opened,,S,Q', '1823,School opened,,S,Q'), { importId: 'first', timelineId });
  await run(
    csv(
      header,
      '1822,Temple opened,a,S2,Q',
      '1823,School opened,b,,',
      '1823,School opened,c,S2,Q',
      '1824,Third,d,S2,Q',
    ),
    { importId: 'second', timelineId },
  );
  await decide(timelineId, 'Third', 'approve');
  const decided = (await stored(timelineId)).filter(({ citations }) => citations.includes('S2: Q'))[1]!;
  await rig.database.query(`update events set decided_by = 'ana', status = 'rejected' where event_id = $1`, [
    decided.event_id,
  ]);
  expect(await revert({ importId: 'first', timelineId })).toEqual({ deleted: 2, keptEdited: 0 });
  expect(await stored(timelineId)).toMatchObject(
    [
      { title: 'Temple opened', status: 'published', flags: [] },
      { title: 'School opened', status: 'needs_review', flags: ['uncited'] },
      { title: 'School opened', status: 'rejected', flags: [] },
      { title: 'Third', status: 'published', flags: [] },
    ].map((event) => ({ ...event, possible_conflict_with: [] })),
  );
  // What the revert has put right is no edit: only the two that a person has decided on stay.
  expect(await revert({ importId: 'second', timelineId })).toEqual({ deleted: 2, keptEdited: 2 });
});

test('data-import 12, 16: an event that has another double left keeps the flag', async () => {
  const timelineId = await newTimeline();
  await run(file(1, 3), { importId: 'doubles', timelineId });
  await run(csv('Date,Title,Source,Quote', '1900,Flagged,S,Q', '1901,Remains,S,Q'), {
    importId: 'flagged',
    timelineId,
  });
  await rig.database.query(
    `update events e set flags = '{possibleConflict}', status = 'needs_review', possible_conflict_with =
       array(select event_id from events o where o.timeline_id = e.timeline_id and o.title in ('Event number 2', 'Remains') order by 1)
     where timeline_id = $1 and title = 'Flagged'`,
    [timelineId],
  );
  expect(await revert({ importId: 'doubles', timelineId })).toEqual({ deleted: 3, keptEdited: 0 });
  const [flagged, remains] = await stored(timelineId);
  expect(flagged).toMatchObject({
    flags: ['possibleConflict'],
    status: 'needs_review',
    possible_conflict_with: [remains!.event_id],
  });
});

test('data-import 16: a source that another event or a request still names stays', async () => {
  const timelineId = await newTimeline();
  await run(file(1, 6), { importId: 'named-1', timelineId });
  await run(csv('Date,Title,Source,Quote', '1900,Other,Source 1,Elsewhere'), { importId: 'named-2', timelineId });
  await rig.database.query(
    `insert into generation_requests (timeline_id, request_id, settings, settings_hash) values ($1, 'r', '{}', 'hash')`,
    [timelineId],
  );
  await rig.database.query(
    `insert into request_sources (timeline_id, request_id, source_id, position, failure_code, failure_message)
     select timeline_id, 'r', source_id, 0, 'SourceNotFound', 'gone' from sources where timeline_id = $1 and title = 'Source 2'`,
    [timelineId],
  );
  expect(await revert({ importId: 'named-1', timelineId })).toEqual({ deleted: 6, keptEdited: 0 });
  expect(await sourcesOf(timelineId)).toEqual(['Source 1', 'Source 2']);
});

test('data-import 16: an unknown import is ImportNotFound, and so is one of another timeline', async () => {
  const [timelineId, other] = [await newTimeline(), await newTimeline()];
  await run(file(1, 3), { importId: 'mine', timelineId });
  expect(await failureOf(revert({ importId: 'nobody', timelineId }))).toBe('ImportNotFound');
  expect(await failureOf(revert({ importId: 'mine', timelineId: other }))).toBe('ImportNotFound');
  expect(await titlesOf(timelineId)).toHaveLength(3);
});

test('data-import 16: a second revert gives the figures of the first, and the id of the import is used up', async () => {
  const timelineId = await newTimeline();
  await run(file(1, 12), { importId: 'twice', timelineId });
  await decide(timelineId, 'Event number 5', 'approve');
  const first = await revert({ importId: 'twice', timelineId });
  expect(first).toEqual({ deleted: 11, keptEdited: 1 });
  await run(file(1, 12), { importId: 'twice-again', timelineId });
  expect(await revert({ importId: 'twice', timelineId })).toEqual(first);
  expect(await titlesOf(timelineId)).toHaveLength(12);
  expect(await failureOf(run(file(1, 12), { importId: 'twice', timelineId }))).toBe('ImportReverted');
});

test('data-import 16: a preview has no events to take back', async () => {
  const timelineId = await newTimeline();
  await run(file(1, 3), { importId: 'previewed', timelineId, mode: 'preview' });
  expect(await revert({ importId: 'previewed', timelineId })).toEqual({ deleted: 0, keptEdited: 0 });
});

test('data-import 16: events that a second import took for duplicates go with the first; its file brings them back', async () => {
  const timelineId = await newTimeline();
  await run(file(1, 20), { importId: 'over-1', timelineId });
  expect(await run(file(11, 30), { importId: 'over-2', timelineId })).toMatchObject({ imported: 10, duplicates: 10 });
  expect(await revert({ importId: 'over-1', timelineId })).toEqual({ deleted: 20, keptEdited: 0 });
  expect(await run(file(11, 30), { importId: 'over-3', timelineId })).toMatchObject({ imported: 10, duplicates: 10 });
  expect(await titlesOf(timelineId)).toHaveLength(20);
});

test('data-import 16: wherever an attempt is lost, before a commit or behind one, the figures are right', async () => {
  const timelineId = await newTimeline();
  for (let at = 1, reached = true; reached; at += 1) {
    for (const when of ['before', 'behind'] as const) {
      const importId = `lost-${at}-${when}`;
      await run(file(1, 23), { importId, timelineId });
      await rig.database.query(`update events set summary = $2 where timeline_id = $1 and title = 'Event number 15'`, [
        timelineId,
        importId,
      ]);
      let transactions = 0;
      reached = false;
      aroundTransaction = async (work) => {
        transactions += 1;
        if (transactions !== at) return work();
        reached = true;
        if (when === 'behind') await work();
        throw new Error('the connection was lost');
      };
      expect(await revert({ importId, timelineId })).toEqual({ deleted: 22, keptEdited: 1 });
      aroundTransaction = undefined;
      expect(
        await rig.database.query(
          'select status, deleted_rows as deleted, kept_rows as kept from imports where import_id = $1',
          [importId],
        ),
      ).toEqual([{ status: 'reverted', deleted: 22, kept: 1 }]);
      expect(await titlesOf(timelineId)).toEqual(['Event number 15']);
      await rig.database.query('delete from events where timeline_id = $1', [timelineId]);
    }
  }
}, 120_000);
