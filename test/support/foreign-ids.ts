import type { Scope } from '@backend/shared/pg';
import type { BlobStore } from '@backend/shared/blob';

// What each activity is called with by one user (or timeline) who names what is another's, and what has to come of it. The rows of
// both are those of the tenants' scope-rows.ts: ids that end in the name of whose they are. Each tenant has its cases in its
// folder's test/foreign-ids.ts.

/** Who calls. */
export const MINE = 'ana';
/** Whose things are named. */
export const THEIRS = 'bob';
/** Stands in each text of the other's rows: whoever reads one of them reads this. */
export const SECRET = 'only of the other one';

export interface ForeignCase {
  readonly input: unknown;
  /**
   * `fails`: with this failure type, without a retry. `finds`: this, and nothing is written. `writes`: in the caller's scope
   * only, whatever name the row has. `computes`: from its input only, without a transaction.
   */
  readonly outcome: { fails: string } | { finds: unknown } | 'writes' | 'computes';
}

/** What activities are made with; a tenant adds what else they need. */
export interface ForeignSetting {
  readonly scope: Scope;
  readonly blobs: BlobStore;
  /** Empty, of the test's own. */
  readonly directory: string;
}

/** What a tenant's `test/foreign-ids.ts` exports as `FOREIGN_IDS`. */
export interface ForeignIds {
  /** A table of which both have rows, and its column that says whose they are. */
  readonly scopes: { readonly table: string; readonly column: string };
  /** Statements that put {@link SECRET} into the other's rows, after those of scope-rows.ts. */
  readonly theirRows: readonly string[];
  /** Of each activity at least one. */
  readonly cases: (setting: Pick<ForeignSetting, 'blobs' | 'directory'>) => Promise<ForeignCases>;
  readonly activities: (setting: ForeignSetting) => Readonly<Record<string, (input: never) => Promise<unknown>>>;
}

export type ForeignCases = Readonly<Record<string, readonly ForeignCase[]>>;

const importId = `import-${THEIRS}`;
const foreignImport = { importId, userId: MINE };
const NO_IMPORT = { fails: 'InvalidInput' };

/** The cases of a tenant that imports: `target` is the caller's own, `foreignTarget` the other's. */
export async function importCases(
  blobs: BlobStore,
  { target, foreignTarget }: { target: string; foreignTarget: string },
) {
  const file = { ...(await blobs.put('Date,Amount\n2026-01-01,1\n')), filename: 'mine.csv' };
  return {
    inspectImportFile: [
      // The import's id is in use, and that is all that is said.
      { input: { ...foreignImport, accountId: target, source: file }, outcome: { fails: 'IdempotencyConflict' } },
      {
        input: { importId: 'mine', userId: MINE, accountId: foreignTarget, source: file },
        outcome: { fails: 'TargetNotFound' },
      },
    ],
    parseImportFile: [{ input: foreignImport, outcome: NO_IMPORT }],
    validateBatch: [{ input: foreignImport, outcome: NO_IMPORT }],
    importToDatabase: [{ input: foreignImport, outcome: NO_IMPORT }],
    finishImport: [{ input: { ...foreignImport, outcome: 'completed' }, outcome: NO_IMPORT }],
    holdImport: [{ input: { ...foreignImport, hold: true }, outcome: { finds: undefined } }],
    failImport: [{ input: foreignImport, outcome: { finds: undefined } }],
    revertImport: [{ input: foreignImport, outcome: { fails: 'ImportNotFound' } }],
  } satisfies Record<string, readonly ForeignCase[]>;
}
