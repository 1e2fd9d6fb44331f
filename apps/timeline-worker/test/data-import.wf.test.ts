import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DEFAULT_IMPORT_LIMITS } from '@backend/importer/activities';
import {
  type DataImportInput,
  type DataImportResult,
  IMPORT_HANDLERS,
  type ImportProgress,
  importWorkflowId,
} from '@backend/importer/contract';
import { failureOf } from '../../../test/support/failure-of';
import { readUntil } from '../../../test/support/wait';
import { type AITimelineGenerationInput, TENANT, WORKFLOW_TYPES, generationWorkflowId } from '../src/contract';
import { type TimelineRig, startTimelineRig } from './support';

const TIMELINE = 'swaminarayan';
const EXAMPLES = path.join(__dirname, '..', '..', '..', 'examples', 'timeline');
const want = JSON.parse(readFileSync(path.join(EXAMPLES, 'events.expected.json'), 'utf8')) as {
  rows: number;
  errors: number;
  lines: { line: number; code: string }[];
  withoutCitation: number;
};
let rig: TimelineRig;
let brokenLoads = 0;

beforeAll(async () => {
  rig = await startTimelineRig({
    // Small chunks, so that the sample is several transactions.
    deps: { importLimits: { ...DEFAULT_IMPORT_LIMITS, chunkBatches: 1 } },
    change: ({ importToDatabase }) => ({
      // Loads, and is then lost before it can say so, as often as asked for.
      importToDatabase: async (input) => {
        const slice = await importToDatabase(input);
        if (brokenLoads === 0) return slice;
        brokenLoads -= 1;
        throw new Error('the answer was lost');
      },
    }),
  });
  for (const timelineId of [TIMELINE, 'retried', 'other', 'small', 'both']) {
    await rig.database.query('insert into timelines (timeline_id, topic) values ($1, $1)', [timelineId]);
  }
});
afterEach(async () => rig.verify());
afterAll(async () => rig.stop());

interface Wanted extends Partial<DataImportInput> {
  importId: string;
  /** A file of the examples, or what is in it. */
  file?: string | Buffer;
  timelineId?: string;
}

const options = async ({ importId, file = 'events.csv', timelineId = TIMELINE, ...input }: Wanted) => {
  const blob =
    typeof file === 'string' ? await rig.blobs.putFile(path.join(EXAMPLES, file)) : await rig.blobs.put(file);
  const source = { ...blob, filename: typeof file === 'string' ? file : 'inline.csv' };
  return {
    workflowId: importWorkflowId({ tenant: TENANT, importId }),
    args: [{ importId, userId: timelineId, accountId: timelineId, source, ...input }],
  };
};
const run = async (wanted: Wanted) => rig.execute<DataImportResult>(WORKFLOW_TYPES.dataImport, await options(wanted));
const csv = (...lines: string[]) => Buffer.from(`${lines.join('\n')}\n`);

interface StoredOfTest {
  event_id: string;
  title: string;
  edtf: string;
  original_text: string;
  original_calendar: string;
  places: string[];
  people: string[];
  category: string | null;
  status: string;
  flags: string[];
  date_flags: string[];
  sources: string[];
}
const stored = async (timelineId: string, importId?: string): Promise<StoredOfTest[]> =>
  rig.database.query<StoredOfTest>(
    `select e.*, array(select s.title || ' <' || coalesce(s.uri, '') || '> ' || c.quote from citations c
        join sources s on s.timeline_id = c.timeline_id and s.source_id = c.source_id and s.kind = 'import'
        where c.timeline_id = e.timeline_id and c.event_id = e.event_id) as sources
     from events e where e.timeline_id = $1 and ($2::text is null or e.import_id = $2) order by e.import_line`,
    [timelineId, importId ?? null],
  );

test('data-import 20, 19: the sample file is loaded, and its bad rows are refused with line and code', async () => {
  const result = await run({ importId: 'first' });
  expect(result).toMatchObject({
    status: 'completed_with_errors',
    rows: want.rows,
    imported: want.rows - want.errors,
    duplicates: 0,
    errors: want.errors,
    batches: 2,
    byCurrency: {},
    dateFrom: '1707-03-03',
    dateTo: '2016-08-13',
  });
  expect(result.rowErrors.map(({ line, code }) => ({ line, code }))).toEqual(want.lines);
  expect(result.rowErrors.map(({ column }) => column)).toEqual(['date', 'date', 'title', 'date', '']);
  const report = (await rig.blobs.read(result.errorReportRef!)).toString().trimEnd().split('\r\n');
  expect(report[0]).toBe(
    'date,title,summary,places,people,category,source_title,source_url,quote,external_id,line,code',
  );
  expect(report).toHaveLength(1 + want.errors);
});

test('data-import 20: an event keeps what its row says, and cites its source', async () => {
  const plassey = (await stored(TIMELINE, 'first')).find(({ title }) => title === 'Battle of Plassey');
  expect(plassey).toMatchObject({
    edtf: '1757-06-23',
    places: ['Plassey'],
    people: ['Robert Clive', 'Siraj ud-Daulah'],
    category: 'politics',
    status: 'published',
    flags: [],
    sources: [
      'Sample notes on India under Company and Crown <https://example.org/notes/india> 23 June 1757: The army of the East India Company under Robert Clive defeated the nawab of Bengal.',
    ],
  });
  const [{ sources }] = (await rig.database.query<{ sources: number }>(
    `select count(*)::int as sources from sources where timeline_id = $1 and kind = 'import'`,
    [TIMELINE],
  )) as [{ sources: number }];
  expect(sources).toBe(3);
});

test('data-import 20: exactly the events without a citation wait for review', async () => {
  const events = await stored(TIMELINE, 'first');
  const uncited = events.filter(({ sources }) => sources.length === 0);
  expect(uncited).toHaveLength(want.withoutCitation);
  expect(uncited.every(({ status, flags }) => status === 'needs_review' && flags.includes('uncited'))).toBe(true);
  expect(events.filter(({ sources, status }) => sources.length > 0 && status !== 'published')).toEqual([]);
});

test('data-import 20, ai-timeline 14: calendar texts become days and keep what was written', async () => {
  const events = await stored(TIMELINE, 'first');
  const dates = Object.fromEntries(
    events.filter((event) => event.original_calendar === 'samvat').map((event) => [event.original_text, event.edtf]),
  );
  expect(dates).toEqual({
    'Samvat 1857 Kartik sud 11': '1800-10-28~',
    'Samvat 1876 Magshar sud 4': '1819-11-21~',
    'Samvat 1881 Kartik sud 12': '1824-11-03~',
    'V.S. 1882 Maha sud 5': '1826-02-12~',
    'Samvat 1884 Vaishakh vad 2': expect.stringMatching(/^1828-0[45]-\d\d~$/),
    'સંવત ૧૮૮૬ જેઠ સુદ ૧૦': '1830-06-01~',
    'Samvat 1963 Vaishakh vad 10': expect.stringMatching(/^1907-0[56]-\d\d~$/),
  });
});

test('data-import 3: the same file again is already imported, and no work is done', async () => {
  expect(await run({ importId: 'again' })).toMatchObject({ status: 'already_imported', importId: 'first' });
  expect(await stored(TIMELINE, 'again')).toEqual([]);
});

test('data-import 20: forced again, every event is a duplicate of itself and none is changed', async () => {
  await rig.database.query(
    `update events set title = 'By hand' where timeline_id = $1 and title = 'Battle of Plassey'`,
    [TIMELINE],
  );
  expect(await run({ importId: 'forced', force: true })).toMatchObject({
    imported: 0,
    duplicates: want.rows - want.errors,
    errors: want.errors,
  });
  const events = await stored(TIMELINE);
  expect(events).toHaveLength(want.rows - want.errors);
  expect(events.filter(({ title }) => title === 'By hand')).toHaveLength(1);
});

test('data-import 13: when the answer about a loaded chunk is lost, its first counts are reported', async () => {
  brokenLoads = 2;
  expect(await run({ importId: 'retried', timelineId: 'retried' })).toMatchObject({
    imported: want.rows - want.errors,
    duplicates: 0,
    errors: want.errors,
  });
  expect(brokenLoads).toBe(0);
  expect(await stored('retried')).toHaveLength(want.rows - want.errors);
});

test('data-import 20: an external id is the identity of an event; without one it is date and title', async () => {
  const result = await run({
    importId: 'keys',
    timelineId: 'small',
    file: csv(
      'Date,Headline,ID',
      '1822-02-24,Temple opened,a1',
      '1830,Renamed since,a1',
      '1822-02-24,Temple opened,A1',
      '1822-02-24,Temple opened,',
      '24 February 1822,TEMPLE  opened!,',
      '1823,Temple opened,',
    ),
  });
  expect(result).toMatchObject({ rows: 6, imported: 4, duplicates: 2, errors: 0 });
  expect((await stored('small', 'keys')).map(({ edtf }) => edtf)).toEqual([
    '1822-02-24',
    '1822-02-24',
    '1822-02-24',
    '1823',
  ]);
});

test('data-import 6, 20: numeric dates follow the order that the file proves; without a proof they wait for review', async () => {
  const proved = await run({
    importId: 'proved',
    timelineId: 'small',
    file: csv('Date;Title;Source;Quote', '03/04/1817;One;S;Q', '13/04/1817;Two;S;Q', '1817/1818;Three;S;Q'),
  });
  expect(proved).toMatchObject({ imported: 3, errors: 0 });
  expect(await stored('small', 'proved')).toMatchObject([
    { edtf: '1817-04-03', original_text: '03/04/1817', status: 'published' },
    { edtf: '1817-04-13', status: 'published' },
    { edtf: '1817/1818', status: 'published' },
  ]);
  await run({ importId: 'open', timelineId: 'small', file: csv('Date;Title;Source;Quote', '05/06/1817;Four;S;Q') });
  expect(await stored('small', 'open')).toMatchObject([{ date_flags: ['ambiguousDate'], status: 'needs_review' }]);
  await run({
    importId: 'stated',
    timelineId: 'small',
    file: csv('Date;Title;Source;Quote', '05/06/1817;Five;S;Q', '13/06/1817;Six;S;Q'),
    profile: { dateFormat: 'MM/DD/YYYY' },
  });
  expect(await stored('small', 'stated')).toMatchObject([{ edtf: '1817-05-06', status: 'published' }]);
});

test('data-import 20: dates in the future and titles of signs alone are refused', async () => {
  const result = await run({
    importId: 'refused',
    timelineId: 'small',
    file: csv('Date,Title', '9998-01-01,The end', '1817,???', ',', '1818,Fine'),
  });
  expect(result.rowErrors.map(({ line, code }) => [line, code])).toEqual([
    [2, 'FutureDate'],
    [3, 'MissingTitle'],
    [4, 'MissingDate'],
  ]);
  expect(result).toMatchObject({ rows: 4, imported: 1, errors: 3 });
});

test('data-import 12: an event with an id of its own beside a generated one of the same date and title is flagged, and nothing else changes', async () => {
  const input: AITimelineGenerationInput = {
    timelineId: 'both',
    requestId: 'r1',
    topic: 'both',
    sources: [
      {
        sourceId: 's1',
        kind: 'text',
        title: 'Letter',
        tier: 1,
        text: 'On 24 February 1822 the temple of Ahmedabad was consecrated by Swaminarayan.',
      },
    ],
    review: 'none',
  };
  await rig.execute(WORKFLOW_TYPES.aiTimelineGeneration, { workflowId: generationWorkflowId(input), args: [input] });
  const [generated] = await stored('both');
  const row = [generated!.edtf, `"${generated!.title}"`].join(',');
  const result = await run({
    importId: 'twin',
    timelineId: 'both',
    file: csv('Date,Title,ID,Source,Quote', `${row},x1,S,Q`, `${row},,S,Q`),
  });
  expect(result).toMatchObject({ imported: 1, duplicates: 1, possibleDuplicates: 1 });
  expect(await stored('both', 'twin')).toMatchObject([{ flags: ['possibleConflict'], status: 'needs_review' }]);
  expect((await stored('both')).find(({ event_id }) => event_id === generated!.event_id)).toEqual(generated);
});

test('data-import 13: abort stores nothing when a row has an error', async () => {
  expect(await run({ importId: 'abort', timelineId: 'other', onRowError: 'abort' })).toMatchObject({
    status: 'aborted',
    imported: 0,
    errors: want.errors,
  });
  expect(await stored('other')).toEqual([]);
});

test('data-import 17: a preview validates everything, shows the first 50 events and stores none', async () => {
  const result = await run({ importId: 'preview', timelineId: 'other', mode: 'preview' });
  expect(result).toMatchObject({ errors: want.errors, imported: 0, dateFrom: null, dateTo: null });
  expect(result.preview).toHaveLength(50);
  expect(result.preview?.find(({ line }) => line === '35')).toEqual({
    line: '35',
    date: '1800-10-28~',
    'as written': 'Samvat 1857 Kartik sud 11',
    title: 'Initiation of Nilkanth Varni',
    source: 'Sample notes on the Swaminarayan tradition',
    review: '',
  });
  expect(result.preview?.find(({ line }) => line === '16')).toMatchObject({ review: 'uncited' });
  expect(await stored('other')).toEqual([]);
});

test('data-import 5, 14: a file without a title column asks, and the answer goes on', async () => {
  const handle = await rig.start(
    WORKFLOW_TYPES.dataImport,
    await options({ importId: 'asks', timelineId: 'other', file: csv('Year,Entry', '1817,One', '1818,Two') }),
  );
  const { needsInput } = await readUntil(
    async () => handle.query<ImportProgress>(IMPORT_HANDLERS.progress),
    ({ phase }) => phase === 'needsInput',
    { what: 'the question' },
  );
  expect(needsInput?.code).toBe('MissingColumn');
  await handle.executeUpdate(IMPORT_HANDLERS.setProfile, { args: [{ columns: { date: 'Year', title: 'Entry' } }] });
  expect(await handle.result()).toMatchObject({
    status: 'completed',
    imported: 2,
    dateFrom: '1817-01-01',
    dateTo: '1818-12-31',
  });
});

test.each([
  ['TargetNotFound', { accountId: 'nothing' }],
  ['TargetNotFound', { userId: 'nobody' }],
  ['TargetNotFound', { accountId: 'small' }],
  ['InvalidInput', { mode: 'sideways' as 'commit' }],
])('data-import 2, 20: %s for %j, and nothing is written', async (type, input) => {
  const importId = `refused-${JSON.stringify(input)}`;
  expect(await failureOf(run({ importId, timelineId: 'other', ...input }))).toBe(type);
  expect(await rig.database.query('select 1 from imports where import_id = $1', [importId])).toEqual([]);
});
