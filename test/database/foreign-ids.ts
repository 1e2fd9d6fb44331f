import type { BlobRef } from '@backend/shared/kernel';
import type { Activities as TimelineActivities } from '../../apps/timeline-worker/src/activities';
import { resolveInput } from '../../apps/timeline-worker/src/workflows/generation-input';
import type { Activities as TraccActivities } from '../../apps/tracc-worker/src/activities';

// What each activity is called with by one user (or timeline) who names what is another's, and what has to come of it. The
// rows of both are those of the tenants' scope-rows.ts: ids that end in the name of whose they are.

/** Who calls. */
export const MINE = 'ana';
/** Whose things are named. */
export const THEIRS = 'bob';

export interface ForeignCase {
  readonly input: unknown;
  /**
   * `fails`: with this failure type, without a retry. `finds`: this, and nothing is written. `writes`: in the caller's scope
   * only, whatever name the row has. `computes`: from its input only, without a transaction.
   */
  readonly outcome: { fails: string } | { finds: unknown } | 'writes' | 'computes';
}

export interface ForeignThings {
  /** A file that is the caller's own. */
  readonly file: BlobRef & { readonly filename: string };
  /** What validation has written for the other timeline. */
  readonly claims: BlobRef;
}

const importId = `import-${THEIRS}`;
const foreignImport = { importId, userId: MINE };
const NO_IMPORT = { fails: 'InvalidInput' };

function importCases({ file }: ForeignThings, { target, foreignTarget }: { target: string; foreignTarget: string }) {
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

const budgetRequest = { userId: MINE, month: '2026-03', asOf: '2026-04-01T00:00:00Z', dryRun: false };
const foreignBudget = { ...budgetRequest, budgetIds: [`budget-${THEIRS}`] };

const alertOf = (budgetId: string, key: string) => ({
  userId: MINE,
  month: '2026-04',
  budget: {
    budgetId,
    name: 'Food',
    currency: 'EUR',
    limitMinor: '100',
    spentMinor: '90',
    remainingMinor: '10',
    pctTenths: 900,
    period: { from: '2026-04-01', to: '2026-05-01' },
    topCategories: [],
  },
  alerts: [{ pct: 80, kind: 'warning', key, delivery: 'pending' }],
});
/** The key that the other one's alert of that month will have. */
const FOREIGN_ALERT_KEY = `alert:budget-${THEIRS}:2026-04:80`;

const rule = {
  startDate: '2026-01-01',
  schedule: { kind: 'monthly', every: 1, day: 1 },
  zone: 'Europe/Berlin',
  postAt: '08:00',
  monthEnd: 'clamp',
  weekend: 'none',
};
const occurrence = { index: 1, nominalDate: '2026-04-01', postingDate: '2026-04-01', fireAt: '2026-04-01T06:00:00Z' };
const foreignTemplate = { userId: MINE, templateId: `rent-${THEIRS}` };

/** The cases of tracc: of each activity at least one. */
export function traccCases(things: ForeignThings): Record<keyof TraccActivities, readonly ForeignCase[]> {
  return {
    ...importCases(things, { target: 'checking', foreignTarget: `account-${THEIRS}` }),
    checkBudgetStatus: [{ input: foreignBudget, outcome: { fails: 'BudgetNotFound' } }],
    sendBudgetAlert: [
      { input: alertOf(`budget-${THEIRS}`, FOREIGN_ALERT_KEY), outcome: { finds: { alerts: [] } } },
      // The budget is the caller's, and the key another's: the key is one of the caller's own then.
      { input: alertOf(`budget-${MINE}`, FOREIGN_ALERT_KEY), outcome: 'writes' },
    ],
    failBudgetAlert: [
      { input: alertOf(`budget-${THEIRS}`, FOREIGN_ALERT_KEY), outcome: { finds: { alerts: [] } } },
      { input: alertOf(`budget-${MINE}`, FOREIGN_ALERT_KEY), outcome: 'writes' },
    ],
    generateMonthlyReport: [{ input: foreignBudget, outcome: { fails: 'BudgetNotFound' } }],
    planBudgetRuns: [
      {
        input: { userId: `${MINE}-who-is-nobody`, mode: 'check', at: '2026-04-01T00:00:00Z' },
        outcome: { fails: 'UserNotFound' },
      },
    ],
    planOccurrences: [{ input: { rule, limit: 2 }, outcome: 'computes' }],
    locateOccurrence: [{ input: { rule, nominalDate: '2026-04-01' }, outcome: 'computes' }],
    planMoved: [{ input: { rule, reschedules: { '2026-04-01': '2026-04-02' } }, outcome: 'computes' }],
    bookNow: [{ input: { rule, occurrence, now: '2026-04-01T06:00:00Z' }, outcome: 'computes' }],
    saveRule: [{ input: { ...foreignTemplate, rule }, outcome: { fails: 'TemplateNotFound' } }],
    processTransaction: [{ input: { ...foreignTemplate, occurrence }, outcome: { fails: 'TemplateNotFound' } }],
    // What happened stays on record when a template is gone, so none is asked for.
    recordOccurrences: [
      {
        input: { ...foreignTemplate, occurrences: [occurrence], outcome: 'failed', reason: 'TemplateNotFound' },
        outcome: 'writes',
      },
    ],
    alertPostingFailed: [
      { input: { ...foreignTemplate, nominalDate: '2026-04-01', reason: 'TemplateNotFound' }, outcome: 'computes' },
    ],
  };
}

const foreignRequest = { timelineId: MINE, requestId: `request-${THEIRS}` };
const NO_REQUEST = { fails: 'RequestNotFound' };
const NOTHING_STORED = { rejected: {}, merged: 0, conflicts: 0, published: 0, needsReview: 0, exportRef: null };
const SOURCES = { ok: 0, failed: [] };

/** The cases of timeline: of each activity at least one. */
export function timelineCases(things: ForeignThings): Record<keyof TimelineActivities, readonly ForeignCase[]> {
  const sources = [
    { sourceId: `source-${THEIRS}`, title: 'Source', tier: 1, kind: 'blob', ref: 'file:../timeline/notes.txt' },
  ] as const;
  return {
    ...importCases(things, { target: MINE, foreignTarget: THEIRS }),
    fetchHistoricalSources: [
      {
        input: { settings: resolveInput({ timelineId: MINE, requestId: 'mine', topic: 'Mine', sources }), sources },
        outcome: { fails: 'NoUsableSources' },
      },
    ],
    aiExtractEvents: [{ input: { ...foreignRequest, addedTokens: 0 }, outcome: NO_REQUEST }],
    validateTimelineEvents: [{ input: foreignRequest, outcome: NO_REQUEST }],
    storeTimelineEvents: [{ input: { ...foreignRequest, ref: things.claims }, outcome: NO_REQUEST }],
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
          decision: { eventId: '$eventOfTheirs', action: 'approve', user: MINE },
          key: 'decide:mine',
        },
        outcome: { fails: 'EventNotFound' },
      },
    ],
  };
}
