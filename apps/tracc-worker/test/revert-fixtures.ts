import { DEFAULT_IMPORT_LIMITS } from '@backend/importer/activities';
import { failureType } from '@backend/shared/failures';
import type { Scope } from '@backend/shared/pg';
import { type Hold, hold } from '../../../test/support/gate';
import { type ChangingLimits, USER, type Wanted, createImporting } from './import-fixtures';
import { type TraccRig, addUser, startTraccRig } from './support';

// What the tests of reverts have in common; each file has a rig of its own.

/** Rows of a chunk, of a load and of a revert. */
export const CHUNK = 100;
export const limits: ChangingLimits = {
  ...DEFAULT_IMPORT_LIMITS,
  chunkBatches: CHUNK / 100,
  revertRows: CHUNK,
  sliceMs: 0,
};
export let rig: TraccRig;
export const { newAccount, options, start, run, revertOptions, revert, asked, untilHeld } = createImporting(() => rig);
/** What happens once after an activity of that name, for the import of that id: `validated x`, `loaded x`. */
export const mishaps = new Map<string, () => Promise<void>>();
/** Who wants to know the type of a failure of an import's load or end. */
export const failures = new Map<string, (type: string | undefined) => void>();
/** What happens to the transactions of the worker. */
export const hooks: { aroundTransaction: (<T>(run: () => Promise<T>) => Promise<T>) | undefined } = {
  aroundTransaction: undefined,
};

/** To be called once in a file: starts the rig before its tests, verifies what each has started, and stops the rig. */
export function useRevertRig(): void {
  beforeAll(startRig);
  afterEach(async () => {
    hooks.aroundTransaction = undefined;
    await rig.verify();
  });
  afterAll(async () => rig.stop());
}

async function startRig(): Promise<void> {
  const mishap = async (step: string) => {
    const happen = mishaps.get(step);
    mishaps.delete(step);
    await happen?.();
  };
  const scope: Scope = async (id, work, options) => {
    const run = async () => rig.database.scope(id, work, options);
    return hooks.aroundTransaction ? hooks.aroundTransaction(run) : run();
  };
  const telling =
    <I extends { importId: string }, O>(activity: (input: I) => Promise<O>) =>
    async (input: I): Promise<O> =>
      activity(input).catch((error: unknown) => {
        failures.get(input.importId)?.(failureType(error));
        throw error;
      });
  rig = await startTraccRig({
    deps: { scope, importLimits: limits },
    change: ({ validateBatch, importToDatabase, finishImport }) => ({
      validateBatch: async (input) => {
        const slice = await validateBatch(input);
        if (slice.done) await mishap(`validated ${input.importId}`);
        return slice;
      },
      importToDatabase: telling(async (input) => {
        const slice = await importToDatabase(input);
        await mishap(`loaded ${input.importId}`);
        return slice;
      }),
      finishImport: telling(finishImport),
    }),
  });
  await addUser(rig.database, USER);
  await addUser(rig.database, 'u2');
}

/** Holds an import behind a step: `validated x`, `loaded x`. */
export function holdAt(step: string): Hold {
  const held = hold();
  mishaps.set(step, held.stop);
  return held;
}

/** Holds the worker behind the commit of one of its next transactions, the nth: it has no answer yet. */
export function holdTransaction(nth: number): Hold {
  const held = hold();
  let transactions = 0;
  hooks.aroundTransaction = async (work) => {
    const result = await work();
    transactions += 1;
    if (transactions === nth) {
      hooks.aroundTransaction = undefined;
      await held.stop();
    }
    return result;
  };
  return held;
}

/** A statement of rows `from` to `to`; row n is the same in every file. */
export const file = (from: number, to: number) =>
  Buffer.from(
    [
      'Date,Amount,Description,Payee',
      ...Array.from({ length: to - from + 1 }, (_, at) => {
        const n = from + at;
        return `2026-01-${String((n % 28) + 1).padStart(2, '0')},-${n}.50,purchase ${n},shop ${n % 7}`;
      }),
      '',
    ].join('\n'),
  );

/** The rows of an account, as people know them. */
export const rowsOf = async (accountId: string) =>
  rig.database.query<{ description: string }>(
    `select booking_date, amount_minor, currency, description, payee, notes, category_id, external_key, source, import_line, kind, status
     from transactions where user_id = $1 and account_id = $2 order by amount_minor desc, transaction_id`,
    [USER, accountId],
  );
export const numbersOf = async (accountId: string) =>
  (await rowsOf(accountId)).map(({ description }) => Number(description.replace('purchase ', '')));
export const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => from + at);
export const jobOf = async (importId: string) =>
  (
    await rig.database.query<{ status: string; deleted: number; kept: number | null }>(
      `select status, deleted_rows as deleted, kept_rows as kept from imports where import_id = $1`,
      [importId],
    )
  )[0];
/** Starts an import that waits for an answer. */
export async function startWaiting(wanted: Wanted) {
  const handle = await start('Date,Amount,Description\n01/02/2026,-5.00,one\n03/04/2026,-6.00,two\n', wanted);
  await asked(handle);
  return handle;
}
