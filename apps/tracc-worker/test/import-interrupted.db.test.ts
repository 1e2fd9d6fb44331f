import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { DEFAULT_IMPORT_LIMITS } from '@backend/importer/activities';
import type { DataImportResult } from '@backend/importer/contract';
import type { BlobStore } from '@backend/shared/blob';
import { failureType } from '@backend/shared/failures';
import type { Scope } from '@backend/shared/pg';
import type { TestDatabase } from '@backend/shared/testing';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import fc from 'fast-check';
import type { PoolClient } from 'pg';
import { hold } from '../../../test/support/gate';
import { type OuterProcess, listenToProcess } from '../../../test/support/outer-process';
import { createRandom } from '../../../test/support/random';
import { openTestDatabase } from '../../../test/support/servers';
import { blockedSessions, waitFor } from '../../../test/support/wait';
import { type Activities, createActivities } from '../src/activities';
import { addUser, testDeps } from './support';

let database: TestDatabase;
let directory: string;
let blobs: BlobStore;
let around: OuterProcess;

beforeAll(async () => {
  around = listenToProcess();
  database = await openTestDatabase('tracc');
  directory = await mkdtemp(path.join(os.tmpdir(), 'tracc-interrupted-'));
  ({ blobs } = testDeps({ scope: database.scope, directory }));
});
afterAll(async () => {
  around.stop();
  await database.drop();
  await rm(directory, { recursive: true, force: true });
});

/** A statement on its way to the server. */
interface Passing {
  readonly text: string;
  /** COPY, whose rows follow at once: it cannot be kept waiting. */
  readonly isCopy: boolean;
  readonly client: PoolClient;
  readonly pass: () => unknown;
}
type Watch = (passing: Passing) => unknown;

/** Transactions whose statements, COMMIT included, pass by `watch` first. ROLLBACK is nobody's business. */
function watched(scope: Scope, watch: Watch): Scope {
  return async (scopeId, work, options) =>
    scope(
      scopeId,
      async (client) => {
        const query = client.query.bind(client) as (...args: unknown[]) => unknown;
        const unwatch = () => void Reflect.deleteProperty(client, 'query');
        client.query = ((...args: unknown[]) => {
          const [statement] = args as [string | { text: string; submit?: unknown }];
          const text = typeof statement === 'string' ? statement : statement.text;
          // The last statement of the transaction: the client is another's afterwards.
          if (text === 'commit' || text === 'rollback') unwatch();
          const isCopy = typeof statement !== 'string' && statement.submit !== undefined;
          const pass = () => query(...args);
          return text === 'rollback' ? pass() : watch({ text, isCopy, client, pass });
        }) as PoolClient['query'];
        return work(client);
      },
      options,
    );
}

interface Limits {
  readonly chunkBatches: number;
  readonly sliceMs: number;
}

const activitiesOf = (limits: Limits, watch: Watch): Activities =>
  createActivities({
    ...testDeps({ scope: watched(database.scope, watch), directory }),
    importLimits: { ...DEFAULT_IMPORT_LIMITS, ...limits },
  });

/** Failed attempts are what this is about: the SDK need not name each. */
const openActivity = () => new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
const inActivity = async <T>(env: MockActivityEnvironment, work: () => Promise<T>): Promise<T> =>
  env.run<[], T, () => Promise<T>>(work);

type Step = 'validateBatch' | 'importToDatabase';
const HOWS = ['failed', 'lost', 'unanswered', 'aborted', 'overtaken', 'overtaken behind the commit'] as const;
type How = (typeof HOWS)[number];
const BEHIND_COMMIT: readonly How[] = ['unanswered', 'overtaken behind the commit'];
/** What happens to an attempt at its nth statement, or at the first one after it to which it can happen. */
interface Interruption {
  readonly how: How;
  readonly at: number;
}
const happened = new Map<string, number>();

/** One attempt at a slice of a step, as a worker makes it; resolves with whether the step is done. */
interface Attempt {
  readonly done: Promise<boolean>;
  readonly paused: Promise<void>;
  resume(): void;
}

function attempt(step: Step, job: Job, limits: Limits, { how, at }: Interruption): Attempt {
  const env = openActivity();
  const kept = hold();
  let seen = -1;
  let isOver = false;
  const watch: Watch = ({ text, isCopy, client, pass }) => {
    seen += 1;
    if (isOver || seen < at || (BEHIND_COMMIT.includes(how) && text !== 'commit') || (how === 'overtaken' && isCopy))
      return pass();
    isOver = true;
    happened.set(`${step} ${how}`, (happened.get(`${step} ${how}`) ?? 0) + 1);
    switch (how) {
      case 'failed':
        throw new Error('the statement was not sent');
      case 'lost': {
        const { processID } = client as PoolClient & { processID: number };
        const ended = database.query('select pg_terminate_backend($1, 10000)', [processID]);
        return isCopy ? pass() : ended.then(pass);
      }
      case 'unanswered':
        return Promise.resolve(pass()).then(() => {
          throw new Error('the connection was lost behind the commit');
        });
      case 'aborted':
        env.cancel();
        return pass();
      case 'overtaken':
        return kept.stop().then(pass);
      case 'overtaken behind the commit':
        return Promise.resolve(pass()).then(async (answer) => {
          await kept.stop();
          return answer;
        });
    }
  };
  const activities = activitiesOf(limits, watch);
  const done = inActivity(env, async () => (await activities[step](job)).done);
  return { done, paused: kept.reached, resume: kept.letGo };
}

const NEVER: Interruption = { how: 'failed', at: Number.POSITIVE_INFINITY };

/** Runs a step to its end, through interruptions: one attempt for each, then as many as it takes. */
async function run(step: Step, job: Job, limits: Limits, interruptions: readonly Interruption[]): Promise<void> {
  const outcome = async ({ done }: Attempt) => done.catch(() => false);
  for (const interruption of interruptions) {
    const first = attempt(step, job, limits, interruption);
    const ended = outcome(first);
    await Promise.race([ended, first.paused]);
    if (!interruption.how.startsWith('overtaken')) continue;
    // The second attempt runs while the first one is kept; it may have to wait for what the first one holds.
    let hasSettled = false;
    const second = outcome(attempt(step, job, limits, NEVER)).finally(() => (hasSettled = true));
    await waitFor(
      async () => hasSettled || (await blockedSessions(database)) > 0,
      'the second attempt to end, or to wait for the first',
    );
    first.resume();
    await Promise.all([ended, second]);
  }
  // What an aborted attempt has left under way may still overtake one more.
  for (let n = 0; !(await outcome(attempt(step, job, limits, NEVER))); n += 1)
    if (n > 200) throw new Error(`${step} does not come to an end`);
}

interface Job {
  readonly importId: string;
  readonly userId: string;
}

/** An import from its first step to its last, of which two are interrupted. */
async function importFile(
  { job, file, limits }: { job: Job; file: Buffer; limits: Limits },
  interruptions: Readonly<Record<Step, readonly Interruption[]>>,
): Promise<DataImportResult> {
  const activities = activitiesOf(limits, ({ pass }) => pass());
  const source = { ...(await blobs.put(file)), filename: 'bank.csv' };
  const plainly = async <T>(work: () => Promise<T>) => inActivity(openActivity(), work);
  await plainly(async () => activities.inspectImportFile({ ...job, accountId: 'checking', source }));
  await plainly(async () => activities.parseImportFile(job));
  for (const step of ['validateBatch', 'importToDatabase'] as const) await run(step, job, limits, interruptions[step]);
  return plainly(async () => activities.finishImport({ ...job, outcome: 'completed' }));
}

/** All that is stored of an import, but its id. */
const storedOf = async ({ importId, userId }: Job) => ({
  rows: await database.query(
    `select account_id, booking_date, amount_minor, currency, description, payee, encode(external_key, 'hex') as key, import_line,
       import_id = $2 as is_its_own
     from transactions where user_id = $1 order by external_key`,
    [userId, importId],
  ),
  errors: await database.query(
    `select line, column_name, code, value, message, fields, record_line from import_row_errors where import_id = $1 order by record_line`,
    [importId],
  ),
  job: await database.query(
    `select rows, validated_batches, validated_rows, error_rows, loaded_batches, imported_rows, duplicate_rows, loaded_by, status
     from imports where import_id = $1`,
    [importId],
  ),
});

/** A file of few different rows, so that many are equal; every 17th number is a row that is refused. */
const fileOf = (numbers: readonly number[]) =>
  Buffer.from(
    `Date,Amount,Description\n${numbers
      .map((n) => `2025-03-${String(1 + (n % 28)).padStart(2, '0')},${n % 17 === 0 ? 'much' : `-${n}.50`},shop ${n}\n`)
      .join('')}`,
  );

const interruption = (last: number) => fc.record<Interruption>({ how: fc.constantFrom(...HOWS), at: fc.nat(last) });
const scenario = fc.record({
  rows: fc.integer({ min: 150, max: 900 }),
  seed: fc.nat(),
  /** So many rows of the file are there already, wherever they stand in it. */
  known: fc.nat(40),
  limits: fc.record<Limits>({ chunkBatches: fc.integer({ min: 1, max: 3 }), sliceMs: fc.constantFrom(0, 10_000) }),
  validateBatch: fc.array(interruption(8), { minLength: 1, maxLength: 3 }),
  importToDatabase: fc.array(interruption(25), { minLength: 1, maxLength: 5 }),
});

let runs = 0;

test('data-import 13: whatever interrupts the attempts at an import, and if two are made at once: what is left is what an undisturbed one leaves', async () => {
  const property = fc.asyncProperty(scenario, async ({ rows, seed, known, limits, ...interruptions }) => {
    runs += 1;
    const random = createRandom(seed);
    const numbers = Array.from({ length: rows }, () => 1 + random(400));
    const before = fileOf(Array.from({ length: known }, () => numbers[random(rows)]!));
    const left = [];
    for (const [name, interrupted] of [
      ['undisturbed', { validateBatch: [], importToDatabase: [] }],
      ['disturbed', interruptions],
    ] as const) {
      const userId = `${name}-${runs}`;
      await addUser(database, userId);
      if (known > 0) {
        const job = { importId: `${userId}-before`, userId };
        await importFile({ job, file: before, limits }, { validateBatch: [], importToDatabase: [] });
      }
      const job = { importId: userId, userId };
      const { importId: _, ...result } = await importFile({ job, file: fileOf(numbers), limits }, interrupted);
      left.push({ result, ...(await storedOf(job)) });
    }
    const [undisturbed, disturbed] = left;
    expect(disturbed).toEqual(undisturbed);
    expect(disturbed!.result).toMatchObject({
      rows,
      errors: numbers.filter((n) => n % 17 === 0).length,
    });
    await around.verify();
    expect(database.pool.totalCount).toBe(database.pool.idleCount);
  });
  await fc.assert(property, { numRuns: 40, endOnFailure: true });
  // Each of them has happened, to both steps.
  expect([...happened.keys()].sort()).toEqual(
    ['validateBatch', 'importToDatabase'].flatMap((step) => HOWS.map((how) => `${step} ${how}`)).sort(),
  );
}, 240_000);

test('data-import 13: an attempt whose job has ended meanwhile keeps neither its refused rows nor their count', async () => {
  await addUser(database, 'ended');
  const job = { importId: 'ended', userId: 'ended' };
  const limits = { chunkBatches: 2, sliceMs: 10_000 };
  const source = { ...(await blobs.put(fileOf([1, 17, 2, 34]))), filename: 'bank.csv' };
  const plain = activitiesOf(limits, ({ pass }) => pass());
  await inActivity(openActivity(), async () => plain.inspectImportFile({ ...job, accountId: 'checking', source }));
  await inActivity(openActivity(), async () => plain.parseImportFile(job));
  const kept = hold();
  const held = activitiesOf(limits, ({ text, pass }) => {
    if (!text.startsWith('insert into import_row_errors')) return pass();
    return kept.stop().then(pass);
  });
  const validating = inActivity(openActivity(), async () => held.validateBatch(job)).catch(failureType);
  await kept.reached;
  await database.query(`update imports set status = 'reverted' where import_id = 'ended'`);
  kept.letGo();
  expect(await validating).toBe('Superseded');
  expect(await storedOf(job)).toMatchObject({ errors: [], job: [{ validated_batches: 0, error_rows: 0 }] });
});
