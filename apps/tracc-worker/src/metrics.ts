import { IMPORT_METRICS } from '@backend/importer/metrics';
import { HOST_METRICS, type Metrics, counter, gauge } from '@backend/shared/telemetry';

/** What a tracc worker exports beside the SDK's own metrics. */
export const TRACC_METRICS = {
  ...HOST_METRICS,
  ...IMPORT_METRICS,
  postings: counter({
    name: 'tracc_postings_total',
    unit: 'occurrences',
    help: 'Occurrences of recurring transactions: posted, found posted by another path, skipped (by a person, a pause or the rule) or given up as failed. A retry after the commit is not counted; skipped and failed may count twice after a crash.',
    labels: { outcome: ['posted', 'already', 'skipped', 'failed'] },
  }),
  alertDeliveries: counter({
    name: 'tracc_alert_deliveries_total',
    unit: 'attempts',
    help: 'Attempts to tell a target of a budget alert, by what came of it. An unanswered one is made again and counts again.',
    labels: { channel: ['log', 'webhook', 'email'], outcome: ['sent', 'refused', 'unanswered'] },
  }),
  alertsFailed: counter({
    name: 'tracc_budget_alerts_failed_total',
    unit: 'alerts',
    help: 'Budget alerts that could not be delivered to every target and were given up. May count twice after a crash.',
  }),
  reports: counter({
    name: 'tracc_reports_total',
    unit: 'reports',
    help: 'Monthly reports: stored as a new revision, or found to be unchanged. A retry of a stored one counts as unchanged.',
    labels: { outcome: ['stored', 'unchanged'] },
  }),
  schedulesActive: gauge({
    name: 'tracc_budget_schedules_active',
    unit: 'boolean',
    help: 'Whether there is any budget Schedule that is not paused: 1 or 0. From the Temporal server, by each worker.',
  }),
  scheduleSuccess: gauge({
    name: 'tracc_budget_schedule_last_success_timestamp_seconds',
    unit: 'seconds since 1970',
    help: 'When a run of a budget Schedule last completed, of all users; 0 before the first. From Temporal visibility, by each worker.',
  }),
  budgetRunsFailed: gauge({
    name: 'tracc_budget_runs_failed',
    unit: 'executions',
    help: 'Runs of ScheduledBudgetWorkflow, and months started by it, that failed or timed out in the last 24 h. From Temporal visibility, by each worker.',
  }),
} as const;

export type TraccMetrics = Metrics<typeof TRACC_METRICS>;
