import {
  type DataImportInput,
  type DataImportResult,
  IMPORT_HANDLERS,
  type ImportProgress,
  importWorkflowId,
} from '@backend/importer/contract';
import { tableBook } from '../../../packages/importer/test/formats/workbook';
import { failureOf } from '../../../test/support/failure-of';
import { readUntil } from '../../../test/support/wait';
import { type AITimelineGenerationInput, TENANT, WORKFLOW_TYPES, generationWorkflowId } from '../src/contract';
import { type TimelineRig, startTimelineRig } from './support';

let rig: TimelineRig;
beforeAll(async () => {
  rig = await startTimelineRig();
});
afterEach(async () => rig.verify());
afterAll(async () => rig.stop());

interface Wanted extends Partial<DataImportInput> {
  /** Also the id of the import and of the timeline, which is made when it is not there. */
  readonly name: string;
  readonly filename: string;
  readonly timelineId?: string;
}

const optionsOf = async (bytes: Buffer, { name, filename, timelineId = name, ...input }: Wanted) => {
  await rig.database.query('insert into timelines (timeline_id, topic) values ($1, $1) on conflict do nothing', [
    timelineId,
  ]);
  const source = { ...(await rig.blobs.put(bytes)), filename };
  return {
    workflowId: importWorkflowId({ tenant: TENANT, importId: name }),
    args: [{ importId: name, userId: timelineId, accountId: timelineId, source, ...input }],
  };
};
const run = async (bytes: Buffer, wanted: Wanted) =>
  rig.execute<DataImportResult>(WORKFLOW_TYPES.dataImport, await optionsOf(bytes, wanted));

/** Events as they are stored, without what differs by timeline and file. */
const stored = async (timelineId: string) =>
  rig.database.query(
    `select e.title, e.summary, e.edtf, e.sort_min, e.sort_max, e.date_precision, e.original_text, e.original_calendar,
       e.date_flags, e.date_notes, e.places, e.people, e.category, e.tier, e.confidence, e.flags, e.status,
       cardinality(e.possible_conflict_with) as conflicts,
       array(select json_build_array(s.title, s.uri, c.quote) from citations c
         join sources s on s.timeline_id = c.timeline_id and s.source_id = c.source_id
         where c.timeline_id = e.timeline_id and c.event_id = e.event_id) as sources
     from events e where e.timeline_id = $1 order by e.import_line, e.title`,
    [timelineId],
  );

const HEADER = ['Date', 'Title', 'Summary', 'Places', 'People', 'Category', 'Source', 'URL', 'Quote', 'ID'];
const DIARY = 'Diary of the "Travels", vol. 1';
const URL_OF_DIARY = 'https://example.org/diary?page=1&line=2';
const TABLE = [
  ['1822-02-24', 'Temple opened', 'Crowds, and\nmusic', 'Ahmedabad; Gadhada', 'Gopalanand; Nityanand', 'religion', DIARY, URL_OF_DIARY, 'On that day it "opened".', 'a-1'],
  ['Samvat 1886 Jeth sud 10', 'Farewell', '', 'Gadhada', '', '', DIARY, '', 'He left on Jeth sud 10.', ''],
  ['સંવત ૧૮૮૬ જેઠ સુદ ૧૦', 'અંતર્ધાન', '', 'ગઢડા', '', '', DIARY, '', 'જેઠ સુદ ૧૦', ''],
  ['1769/1770', 'Famine', '', '', '', '', '', '', '', ''],
  ['182X', 'Roads', '', '', '', '', '', '', 'A quote of nobody', ''],
  ['c. 1785', 'Birth at Bhadra', '', '', '', '', 'A list', '', '', ''],
  ['1822-02', 'Works begin', '', '', '', '', '', URL_OF_DIARY, 'In February.', ''],
  ['February 1822', 'WORKS  begin!', '', '', '', '', '', '', '', ''],
  ['1900', 'Another thing altogether', '', '', '', '', '', '', '', 'a-1'],
  ['1822-02', 'Works, begin', '', '', '', '', '', '', '', ''],
  ['1822-02-30', 'No such day', '', '', '', '', '', '', '', ''],
  ['', 'No date', '', '', '', '', '', '', '', ''],
  ['1817', '???', '', '', '', '', '', '', '', ''],
  ['9998-01-01', 'The end', '', '', '', '', '', '', '', ''],
] as const; // prettier-ignore
/** Item, from 0, and code of the rows that are refused. */
const REFUSED = [
  [10, 'InvalidDate', 'Date'],
  [11, 'MissingDate', 'Date'],
  [12, 'MissingTitle', 'Title'],
  [13, 'FutureDate', 'Date'],
] as const;

const quoted = (cell: string) => (/[",\n;\t]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
const delimited = (sign: string) =>
  Buffer.from([HEADER, ...TABLE].map((cells) => cells.map(quoted).join(sign)).join('\r\n'));
/** An object without the cells that are empty; names in lists, as JSON has them. */
const objectOf = (cells: readonly string[]) =>
  Object.fromEntries(
    cells.flatMap((cell, at) => {
      const name = HEADER[at]!;
      if (cell === '') return [];
      return [[name, name === 'Places' || name === 'People' ? cell.split('; ') : cell]];
    }),
  );

// A cell over two lines makes the lines behind it one more.
const FORMATS: readonly { filename: string; bytes: Buffer; lineOf: (item: number) => number }[] = [
  { filename: 'events.csv', bytes: delimited(','), lineOf: (item) => item + 3 },
  { filename: 'events.tsv', bytes: delimited('\t'), lineOf: (item) => item + 3 },
  {
    filename: 'events.ndjson',
    bytes: Buffer.from(TABLE.map((cells) => `${JSON.stringify(objectOf(cells))}\n`).join('')),
    lineOf: (item) => item + 1,
  },
  {
    filename: 'events.json',
    bytes: Buffer.from(JSON.stringify({ made: 'by hand', data: { events: TABLE.map(objectOf) } }, undefined, 2)),
    lineOf: (item) => item + 1,
  },
  { filename: 'events.xlsx', bytes: tableBook([HEADER, ...TABLE]), lineOf: (item) => item + 2 },
];

test.each(FORMATS)(
  'data-import 20, 15, 19: $filename: the same events, duplicates and row errors as in every other format',
  async ({ filename, bytes, lineOf }) => {
    const result = await run(bytes, { name: filename, filename });
    expect(result).toMatchObject({
      status: 'completed_with_errors',
      rows: TABLE.length,
      imported: 7,
      duplicates: 3,
      errors: REFUSED.length,
      batches: 1,
      byCurrency: {},
      dateFrom: '1769-01-01',
      dateTo: '1830-06-04',
    });
    expect(result.rowErrors.map(({ line, code, column }) => [line, code, column])).toEqual(
      REFUSED.map(([item, code, column]) => [lineOf(item), code, column]),
    );
    const report = (await rig.blobs.read(result.errorReportRef!)).toString();
    for (const [item, code] of REFUSED) expect(report).toContain(`,${lineOf(item)},${code}\r\n`);

    const events = await stored(filename);
    expect(events).toHaveLength(7);
    expect(events).toMatchObject([
      {
        title: 'Temple opened',
        summary: 'Crowds, and\nmusic',
        edtf: '1822-02-24',
        places: ['Ahmedabad', 'Gadhada'],
        people: ['Gopalanand', 'Nityanand'],
        category: 'religion',
        sources: [[DIARY, URL_OF_DIARY, 'On that day it "opened".']],
      },
      { title: 'Farewell', edtf: '1830-06-01~', original_text: 'Samvat 1886 Jeth sud 10', original_calendar: 'samvat' },
      { title: 'અંતર્ધાન', edtf: '1830-06-01~', original_text: 'સંવત ૧૮૮૬ જેઠ સુદ ૧૦', places: ['ગઢડા'] },
      { title: 'Famine', edtf: '1769/1770', sources: [] },
      { title: 'Roads', edtf: '182X', sources: [] },
      { title: 'Birth at Bhadra', edtf: '1785~', original_text: 'c. 1785', sources: [] },
      { title: 'Works begin', edtf: '1822-02', sources: [[URL_OF_DIARY, URL_OF_DIARY, 'In February.']] },
    ]);
    // Without a citation an event waits for review; the row of the list names a source and quotes nothing.
    expect(events.map((event) => (event as { status: string }).status)).toEqual([
      'published',
      'published',
      'published',
      'needs_review',
      'needs_review',
      'needs_review',
      'published',
    ]);
    expect(events).toEqual(await stored('events.csv'));
  },
);

test.each(FORMATS)(
  'data-import 3, 20: $filename again is recognised, also when forced',
  async ({ filename, bytes }) => {
    const before = await stored(filename);
    const again = await run(bytes, { name: `${filename}-again`, filename, timelineId: filename });
    expect(again).toMatchObject({ status: 'already_imported', importId: filename });
    const forced = await run(bytes, { name: `${filename}-forced`, filename, timelineId: filename, force: true });
    expect(forced).toMatchObject({ rows: TABLE.length, imported: 0, duplicates: 10, errors: REFUSED.length });
    expect(await stored(filename)).toEqual(before);
  },
);

test('data-import 11, 20: the file of one format has nothing new for a timeline that has the others', async () => {
  const [csv, , , , workbook] = FORMATS;
  await run(csv!.bytes, { name: 'across', filename: 'events.csv' });
  const result = await run(workbook!.bytes, { name: 'across-2', filename: 'events.xlsx', timelineId: 'across' });
  expect(result).toMatchObject({ imported: 0, duplicates: 10, errors: REFUSED.length });
});

test.each(FORMATS)('data-import 17, 20: a preview of $filename shows the events and stores none', async (format) => {
  const { filename, bytes, lineOf } = format;
  const timelineId = `preview-${filename}`;
  const result = await run(bytes, { name: timelineId, filename, mode: 'preview' });
  expect(result).toMatchObject({ rows: TABLE.length, imported: 0, duplicates: 0, errors: REFUSED.length });
  expect(result.preview).toHaveLength(TABLE.length - REFUSED.length);
  expect(result.preview?.slice(0, 2)).toMatchObject([
    { date: '1822-02-24', title: 'Temple opened', source: DIARY, review: '' },
    { line: String(lineOf(1)), date: '1830-06-01~', 'as written': 'Samvat 1886 Jeth sud 10', title: 'Farewell' },
  ]);
  expect(await stored(timelineId)).toEqual([]);
});

test('data-import 20: a date of a file is what the same words are in a source that was read by a model', async () => {
  const dates = ['Samvat 1886 Jeth sud 10', '24 February 1822', 'V.S. 1882 Maha sud 5', 'March 1819', 'c. 1785'];
  const input: AITimelineGenerationInput = {
    timelineId: 'model',
    requestId: 'r1',
    topic: 'model',
    sources: [
      {
        sourceId: 's1',
        kind: 'text',
        title: 'Letter',
        tier: 1,
        text: dates
          .map((date, at) => `On ${date} the temple of town number ${at} was consecrated by him.`)
          .join('\n\n'),
      },
    ],
    review: 'none',
  };
  await rig.execute(WORKFLOW_TYPES.aiTimelineGeneration, { workflowId: generationWorkflowId(input), args: [input] });
  type StoredDate = { original_text: string };
  const datesOf = async (timelineId: string) =>
    rig.database.query<StoredDate>(
      `select original_text, edtf, sort_min, sort_max, date_precision, original_calendar, date_flags, date_notes
       from events where timeline_id = $1 order by sort_min, original_text`,
      [timelineId],
    );
  const generated = await datesOf('model');
  expect(generated.length).toBeGreaterThanOrEqual(4);
  expect(generated.map(({ original_text }) => original_text)).toContain('Samvat 1886 Jeth sud 10');
  const rows = generated.map(({ original_text }, at) => `"${original_text}",Event ${at},S,Q`);
  await run(Buffer.from(['Date,Title,Source,Quote', ...rows].join('\n')), { name: 'words', filename: 'words.csv' });
  expect(await datesOf('words')).toEqual(generated);
});

test('data-import 20: columns by other names are named by the user, in any format', async () => {
  const table = [
    ['Jahr', 'Was', 'Quelle', 'Zitat'],
    ['1817', 'Reise', 'Brief', 'Er reiste.'],
  ];
  const objects = [{ Jahr: 1817, Was: 'Reise', Quelle: 'Brief', Zitat: 'Er reiste.' }];
  const files = [
    ['asked.csv', Buffer.from(table.map((cells) => cells.join(';')).join('\n'))],
    ['asked.json', Buffer.from(JSON.stringify(objects))],
    ['asked.xlsx', tableBook(table)],
  ] as const;
  for (const [filename, bytes] of files) {
    const handle = await rig.start(WORKFLOW_TYPES.dataImport, await optionsOf(bytes, { name: filename, filename }));
    const { needsInput } = await readUntil(
      async () => handle.query<ImportProgress>(IMPORT_HANDLERS.progress),
      ({ phase }) => phase === 'needsInput',
      { what: `the question of ${filename}` },
    );
    expect(needsInput).toMatchObject({ code: 'MissingColumn' });
    await handle.executeUpdate(IMPORT_HANDLERS.setProfile, { args: [{ columns: { date: 'Jahr', title: 'Was' } }] });
    expect(await handle.result()).toMatchObject({ status: 'completed', rows: 1, imported: 1 });
    expect(await stored(filename)).toMatchObject([
      { edtf: '1817', title: 'Reise', status: 'published', sources: [['Brief', null, 'Er reiste.']] },
    ]);
  }
});

test('data-import 20: abort stores nothing, whatever the format', async () => {
  for (const { filename, bytes } of FORMATS) {
    const result = await run(bytes, { name: `abort-${filename}`, filename, onRowError: 'abort' });
    expect(result).toMatchObject({ status: 'aborted', imported: 0, errors: REFUSED.length });
    expect(await stored(`abort-${filename}`)).toEqual([]);
  }
});

const OFX = 'OFXHEADER:100\nDATA:OFXSGML\n\n<OFX><BANKMSGSRSV1></BANKMSGSRSV1></OFX>';
test.each([
  ['a statement of a bank', 'bank.ofx', OFX, 'auto'],
  ['a statement of a bank called events', 'events.csv', OFX, 'csv'],
  ['QIF', 'bank.qif', '!Type:Bank\nD1/2/26\nT-5.00\n^\n', 'auto'],
  ['a PDF', 'events.csv', '%PDF-1.7\n', 'csv'],
  ['a format that nobody knows', 'events.dat', 'Date,Title\n1817,One\n', 'parquet'],
  ['a format of the other product', 'events.csv', 'Date,Title\n1817,One\n', 'mt940'],
])('data-import 20: %s is UnsupportedFormat, and nothing is written', async (what, filename, content, format) => {
  const wanted = { name: what, filename, format: format as NonNullable<DataImportInput['format']> };
  expect(await failureOf(run(Buffer.from(content), wanted))).toBe('UnsupportedFormat');
  expect(await rig.database.query('select 1 from imports where import_id = $1', [what])).toEqual([]);
});
