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
import { testDeps } from './support';

export const FOREIGN_IDS: ForeignIds = {
  scopes: { table: 'users', column: 'user_id' },
  theirRows: [
    `insert into accounts (user_id, account_id, name, kind, currency) values ('${THEIRS}', 'account-${THEIRS}', 'x', 'checking', 'EUR')`,
    `update users set display_name = '${SECRET}' where user_id = '${THEIRS}'`,
    `update accounts set name = '${SECRET}' where user_id = '${THEIRS}'`,
    `update categories set name = '${SECRET}' where user_id = '${THEIRS}'`,
    `update transactions set description = '${SECRET}', payee = '${SECRET}' where user_id = '${THEIRS}'`,
    `update budgets set name = '${SECRET}' where user_id = '${THEIRS}'`,
    `update recurring_templates set description = '${SECRET}' where user_id = '${THEIRS}'`,
  ],
  cases: async ({ blobs }) => traccCases(blobs),
  activities: ({ scope, blobs, directory }) => createActivities({ ...testDeps({ scope, directory }), blobs }),
};

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

async function traccCases(blobs: BlobStore): Promise<Record<keyof Activities, readonly ForeignCase[]>> {
  return {
    ...(await importCases(blobs, { target: 'checking', foreignTarget: `account-${THEIRS}` })),
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
