import type { TestDatabase } from '@backend/shared/testing';
import { Command } from 'commander';
import { openTestDatabase } from '../../../test/support/servers';
import { addReviewCommands } from '../src/cli/review';

const TIMELINE = 'halls';
const [FIRST, SECOND, MISSING] = ['1', '2', '3'].map((digit) => `${digit.repeat(8)}-1111-5111-8111-111111111111`) as [
  string,
  string,
  string,
];

let database: TestDatabase;
let before: NodeJS.ProcessEnv;

beforeAll(async () => {
  database = await openTestDatabase('timeline');
  before = process.env;
  process.env = { ...before, DATABASE_URL: database.workerUrl, TIMELINE_ID: TIMELINE };
});
afterAll(async () => {
  process.env = before;
  await database.drop();
});
beforeEach(async () => {
  await database.query('delete from timelines where timeline_id = $1', [TIMELINE]);
  await database.query(`insert into timelines (timeline_id, topic) values ($1, 'Halls')`, [TIMELINE]);
  for (const eventId of [FIRST, SECOND])
    await database.query(
      `insert into events (timeline_id, event_id, title, summary, edtf, sort_min, sort_max, date_precision, original_text,
         original_calendar, date_flags, date_notes, places, people, tier, confidence, flags, possible_conflict_with, status, extractor)
       values ($1, $2, 'Hall opened', '', '1850', -43829, -43465, 'year', '1850', 'gregorian', '{}', '{}', '{}', '{}', 1, 0.5,
         '{}', '{}', 'needs_review', 'rules')`,
      [TIMELINE, eventId],
    );
});

/** Runs a command in this process; answers with what it wrote and what it failed with. */
async function timeline(...words: string[]): Promise<{ written: string; failure: string | undefined }> {
  const program = new Command().option('--json').exitOverride();
  addReviewCommands(program);
  const written: string[] = [];
  const writing = jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  try {
    await program.parseAsync(['review', ...words, '--user', 'ana'], { from: 'user' });
    return { written: written.join(''), failure: undefined };
  } catch (error) {
    return { written: written.join(''), failure: (error as Error).message };
  } finally {
    writing.mockRestore();
  }
}

const statuses = async (): Promise<string[]> =>
  (
    await database.query<{ status: string }>('select status from events where timeline_id = $1 order by event_id', [
      TIMELINE,
    ])
  ).map(({ status }) => status);

test('ai-timeline 18: of several decisions none is made when one of them cannot be', async () => {
  const { written, failure } = await timeline('approve', FIRST, 'no-uuid');
  expect(failure).toContain('eventId should be the UUID of an event');
  expect(written).toBe('');
  expect(await statuses()).toEqual(['needs_review', 'needs_review']);
});

test.each([[[]], [['--json']]])('ai-timeline 18: what is decided before one that fails is told %j', async (json) => {
  const { written, failure } = await timeline('approve', FIRST, MISSING, SECOND, ...json);
  expect(failure).toContain(`There is no event ${MISSING}`);
  if (json.length > 0) expect(JSON.parse(written)).toMatchObject([{ eventId: FIRST, status: 'published' }]);
  else expect(written).toBe(`${FIRST}: published\n`);
  expect(await statuses()).toEqual(['published', 'needs_review']);
});

test('ai-timeline 18: several events are decided on at once', async () => {
  expect(await timeline('reject', FIRST, SECOND)).toEqual({
    written: `${FIRST}: rejected\n${SECOND}: rejected\n`,
    failure: undefined,
  });
  expect(await statuses()).toEqual(['rejected', 'rejected']);
});
