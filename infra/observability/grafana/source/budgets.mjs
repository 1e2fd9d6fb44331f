import { dashboard, graph, number, row } from './panels.mjs';

const T = 'tenant=~"$tenant"';

export default dashboard({
  uid: 'tenants-budgets',
  title: 'Budgets and recurring transactions',
  description: 'Whether budgets are checked, alerts arrive, and what is due is posted.',
  tags: ['budgets', 'recurring'],
  from: 'now-7d',
  panels: [
    number(
      'Last good run of a Schedule',
      {
        ago: `time() - max(tracc_budget_schedule_last_success_timestamp_seconds{${T}} > 0) or vector(0)`,
      },
      {
        unit: 's',
        warn: 24.5 * 3600,
        bad: 25 * 3600,
        description: 'Of all users; the check runs each day. 0 before the first.',
      },
    ),
    number(
      'Schedules',
      { active: `max(tracc_budget_schedules_active{${T}})` },
      {
        unit: 'bool_yes_no',
        description: 'Whether there is any budget Schedule that is not paused.',
      },
    ),
    number(
      'Failed runs',
      { runs: `max(tracc_budget_runs_failed{${T}})` },
      {
        unit: 'short',
        bad: 1,
        description: 'Budget runs that failed, timed out or were terminated in the last 24 h.',
      },
    ),
    number(
      'Alerts given up',
      { alerts: `sum(increase(tracc_budget_alerts_failed_total{${T}}[$__range]))` },
      {
        unit: 'short',
        decimals: 0,
        bad: 1,
        description: 'Budget alerts that could not be delivered to every target, in the time that is shown.',
      },
    ),
    number(
      'Posted',
      { occurrences: `sum(increase(tracc_postings_total{${T}, outcome="posted"}[$__range]))` },
      {
        unit: 'short',
        decimals: 0,
        description: 'Occurrences of recurring transactions in the time that is shown.',
      },
    ),
    number(
      'Given up',
      { occurrences: `sum(increase(tracc_postings_total{${T}, outcome="failed"}[$__range]))` },
      {
        unit: 'short',
        decimals: 0,
        bad: 1,
        description: 'Occurrences that could not be posted, in the time that is shown.',
      },
    ),
    row('Budgets'),
    graph(
      'Deliveries of alerts',
      {
        '{{channel}} {{outcome}}': `sum by (channel, outcome) (increase(tracc_alert_deliveries_total{${T}}[$__rate_interval]))`,
      },
      {
        unit: 'short',
        min: 0,
        stacked: true,
        description: 'Attempts to tell a target. An unanswered one is made again.',
      },
    ),
    graph(
      'Reports',
      { '{{outcome}}': `sum by (outcome) (increase(tracc_reports_total{${T}}[$__rate_interval]))` },
      {
        unit: 'short',
        min: 0,
        stacked: true,
        description: 'Stored as a new revision, or found to be unchanged.',
      },
    ),
    graph(
      'Time of a budget run (p95)',
      {
        '{{workflow_type}}': `histogram_quantile(0.95, sum by (workflow_type, le) (rate(temporal_workflow_endtoend_latency_seconds_bucket{${T}, workflow_type=~"MonthlyBudgetWorkflow|ScheduledBudgetWorkflow"}[$__rate_interval])))`,
      },
      { unit: 's', min: 0, description: 'From start to end. Hours when a receiver of alerts is away.' },
    ),
    row('Recurring transactions'),
    graph(
      'Occurrences',
      { '{{outcome}}': `sum by (outcome) (increase(tracc_postings_total{${T}}[$__rate_interval]))` },
      {
        unit: 'short',
        min: 0,
        stacked: true,
        width: 12,
        description: 'Posted, found posted already, skipped, or given up.',
      },
    ),
    graph(
      'Posting takes',
      {
        p95: `histogram_quantile(0.95, sum by (le) (rate(temporal_activity_execution_latency_seconds_bucket{${T}, activity_type="processTransaction"}[$__rate_interval])))`,
        p50: `histogram_quantile(0.5, sum by (le) (rate(temporal_activity_execution_latency_seconds_bucket{${T}, activity_type="processTransaction"}[$__rate_interval])))`,
      },
      { unit: 's', min: 0, warn: 1, bad: 10, width: 12, description: 'Time of one attempt; it is given up at 10 s.' },
    ),
  ],
});
