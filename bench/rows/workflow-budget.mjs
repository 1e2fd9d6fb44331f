import { TWIN_GOAL, measureTwins, namesOf } from '../lib/twins.mjs';

// A month of a user with one budget, which is nearly used up: the check, one alert into the log, and the report.
export const name = 'workflow-budget';
export const goal = TWIN_GOAL;

const MONTH = '2026-03';
const AS_OF = '2026-04-02T08:00:00Z';
const ROWS = 20;

export async function run(context) {
  return measureTwins(context, {
    tenant: 'tracc',
    type: 'MonthlyBudgetWorkflow',
    twin: 'Budget',
    size: { quick: 20, full: 300 },
    make: async (stack, of) => {
      const users = namesOf(of);
      await addHouseholds(stack, users);
      return users.map((userId) => ({
        workflowId: `tracc/budget/${userId}/${MONTH}`,
        args: [{ userId, month: MONTH, asOf: AS_OF }],
      }));
    },
    check: ({ budgets: [{ alerts }], reportId }) => {
      if (alerts.length !== 1 || !reportId) throw new Error(`${alerts.length} alerts were sent; report ${reportId}`);
    },
  });
}

async function addHouseholds(stack, users) {
  const statements = [
    `insert into users (user_id, display_name, zone) select u, u, 'Europe/Berlin' from unnest($1::text[]) u`,
    `insert into accounts (user_id, account_id, name, kind, currency) select u, 'main', 'Main', 'checking', 'EUR' from unnest($1::text[]) u`,
    `insert into categories (user_id, category_id, name, kind) select u, 'food', 'Food', 'expense' from unnest($1::text[]) u`,
    `insert into budgets (budget_id, user_id, name, currency, zone, limit_minor, rollover_since)
     select u || '.food', u, 'Food', 'EUR', 'Europe/Berlin', 10000, '2026-01' from unnest($1::text[]) u`,
    `insert into budget_categories (user_id, budget_id, category_id) select u, u || '.food', 'food' from unnest($1::text[]) u`,
  ];
  for (const statement of statements) await stack.query(statement, [users]);
  // Nine tenths of the budget.
  await stack.query(
    `insert into transactions (user_id, account_id, booking_date, amount_minor, currency, category_id, description, source, external_key)
     select u, 'main', date '2026-03-01' + n % 28, -450, 'EUR', 'food', 'purchase ' || n, 'manual', decode(md5(u || n), 'hex')
     from unnest($1::text[]) u, generate_series(1, ${ROWS}) n`,
    [users],
  );
}
