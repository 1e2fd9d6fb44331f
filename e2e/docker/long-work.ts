import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'yaml';
import type { AITimelineGenerationResult } from '../../apps/timeline-worker/src/contract';
import { waitFor } from '../../test/support/wait';
import type { Sample } from '../import-samples';
import { volumeText } from '../volume-samples';
import { type DockerStack, ok } from './docker-stack';

/** Work on a stack that lasts long enough for something to happen to the stack meanwhile. */
export interface LongWork {
  /** Resolves when some of it, and not all, is in the database. */
  untilHalfDone(): Promise<void>;
  /** Resolves when it is done and all of it is in the database, once. */
  endsExact(): Promise<void>;
}

/** Waits for the end of the work, and looks at what came of it. */
export async function expectExact(work: LongWork): Promise<void> {
  await work.endsExact();
}

const STARTED_MS = 120_000;
const DONE_MS = 240_000;
const SOURCES = 24;
const SENTENCES_TO_A_DATE = 12;
let imports = 0;

/** An import of a file into an account of its own, for the user demo. */
export async function startImport(stack: DockerStack, sample: Sample): Promise<LongWork> {
  imports += 1;
  const account = `large-${imports}`;
  const importId = `long-${imports}`;
  const file = path.join(stack.root, `${account}.csv`);
  await writeFile(file, sample.text);
  await stack.sql(
    'tracc',
    `insert into accounts (user_id, account_id, name, kind, currency) values ('demo', $1, $1, 'checking', 'EUR')`,
    [account],
  );
  const wanted = sample.rows - sample.errors;
  const rows = async () =>
    (
      await stack.sql<{ n: number }>('tracc', 'select count(*)::int n from transactions where account_id = $1', [
        account,
      ])
    )[0]!.n;
  const args = [file, '--account', account, '--user', 'demo', '--id', importId, '--json'];
  // The command is there to start it; what becomes of the import is asked later, whatever happens to the command meanwhile.
  const command = stack.command('tracc', 'import', ...args).catch(() => undefined);
  return {
    async untilHalfDone() {
      await waitFor(async () => (await rows()) > 0, 'the first rows', STARTED_MS);
      expect(await rows()).toBeLessThan(wanted);
    },
    async endsExact() {
      await command;
      const status = async () =>
        (await stack.sql<{ status: string }>('tracc', 'select status from imports where import_id = $1', [importId]))[0]
          ?.status;
      await waitFor(async () => ((await status()) ?? '').startsWith('completed'), 'the end of the import', DONE_MS);
      expect(await rows()).toBe(wanted);
      const shown = JSON.parse(
        await ok(stack.command('tracc', 'import', 'show', importId, '--user', 'demo', '--json')),
      ) as object;
      expect(shown).toMatchObject({ result: { imported: wanted, duplicates: 0, errors: sample.errors } });
    },
  };
}

/** A timeline of its own from texts of 100 KiB each. */
export async function startGeneration(stack: DockerStack): Promise<LongWork> {
  const timelineId = 'records';
  const sources = Array.from({ length: SOURCES }, (_, index) => ({
    sourceId: `record-${index}`,
    title: `Record ${index}`,
    tier: 1,
    kind: 'text',
    path: `record-${index}.txt`,
  }));
  for (const [index, { path: name }] of sources.entries())
    await writeFile(path.join(stack.root, name), volumeText(index, SENTENCES_TO_A_DATE));
  const list = path.join(stack.root, 'records.yaml');
  await writeFile(list, stringify({ timelineId, topic: 'Records', review: 'none', sources }));
  const command = stack.command('timeline', 'generate', list, '--request', 'long', '--json').catch(() => undefined);
  const read = async <T extends object>(statement: string) =>
    (await stack.sql<T>('timeline', statement, [timelineId]))[0];
  const chunks = async () =>
    (await read<{ n: number }>('select count(*)::int n from extraction_chunks where timeline_id = $1'))!.n;
  return {
    async untilHalfDone() {
      await waitFor(async () => (await chunks()) > 0, 'the first chunks', STARTED_MS);
    },
    async endsExact() {
      await command;
      const request = async () =>
        read<{ status: string; result: AITimelineGenerationResult }>(
          'select status, result from generation_requests where timeline_id = $1',
        );
      await waitFor(async () => (await request())?.status === 'completed', 'the end of the timeline run', DONE_MS);
      const { result } = (await request())!;
      expect(result.chunks).toMatchObject({ done: await chunks(), total: await chunks(), failed: 0, refused: 0 });
      const events = await read<{ n: number; apart: number }>(
        'select count(*)::int n, count(distinct (title, edtf, summary))::int apart from events where timeline_id = $1',
      );
      expect(events).toEqual({ n: result.published + result.needsReview, apart: events!.n });
    },
  };
}
