import { dashboard, graph, number, row } from './panels.mjs';

const T = 'tenant=~"$tenant"';
const rate = (metric, labels = T) => `rate(${metric}{${labels}}[$__rate_interval])`;

export default dashboard({
  uid: 'tenants-imports',
  title: 'Imports',
  description: 'What is imported, how fast, and what is refused.',
  tags: ['imports'],
  panels: [
    number(
      'Open',
      { '{{tenant}}': `max by (tenant) (import_open{${T}})` },
      {
        unit: 'short',
        description: 'Imports that have not ended, those that wait for an answer included.',
      },
    ),
    number(
      'Oldest open',
      {
        '{{tenant}}': `time() - min by (tenant) (import_oldest_open_start_timestamp_seconds{${T}} > 0) or max by (tenant) (import_oldest_open_start_timestamp_seconds{${T}}) * 0`,
      },
      {
        unit: 's',
        description: 'Age of the import that has been open for the longest; 0 without one.',
        warn: 6 * 3600,
        bad: 24 * 3600,
      },
    ),
    number(
      'Rows accepted',
      { '{{tenant}}': `sum by (tenant) (increase(import_rows_total{${T}, outcome="accepted"}[$__range]))` },
      {
        unit: 'short',
        decimals: 0,
        description: 'Rows written in the time that is shown.',
      },
    ),
    number(
      'Rows rejected',
      {
        share: `sum(increase(import_rows_total{${T}, outcome="rejected"}[$__range])) / (sum(increase(import_rows_total{${T}}[$__range])) > 0) or vector(0)`,
      },
      {
        unit: 'percentunit',
        decimals: 1,
        description: 'Share of all rows in the time that is shown.',
        warn: 0.05,
        bad: 0.2,
      },
    ),
    number(
      'Imports failed',
      { imports: `sum(increase(import_ended_total{${T}, status="failed"}[$__range]))` },
      {
        unit: 'short',
        decimals: 0,
        description: 'In the time that is shown. A file that is refused is one too.',
        warn: 1,
      },
    ),
    number(
      'Rows reverted',
      { rows: `sum(increase(import_reverted_rows_total{${T}}[$__range]))` },
      {
        unit: 'short',
        decimals: 0,
        description: 'Rows that reverts have deleted in the time that is shown.',
      },
    ),
    row('Rows'),
    graph(
      'Rows a second',
      { '{{outcome}}': `sum by (outcome) (${rate('import_rows_total')})` },
      {
        unit: 'rowsps',
        min: 0,
        stacked: true,
        width: 12,
        description: 'By what became of them.',
      },
    ),
    graph(
      'Rows a second, by format',
      { '{{format}}': `sum by (format) (${rate('import_rows_total')})` },
      {
        unit: 'rowsps',
        min: 0,
        stacked: true,
        width: 12,
        description: 'Of all outcomes.',
      },
    ),
    graph(
      'Rejected rows',
      {
        '{{format}}': `sum by (format) (${rate('import_rows_total', `${T}, outcome="rejected"`)}) / (sum by (format) (${rate('import_rows_total')}) > 0)`,
      },
      {
        unit: 'percentunit',
        min: 0,
        max: 1,
        warn: 0.05,
        bad: 0.2,
        width: 12,
        description: 'Share of the rows of a format. No line while nothing of it is imported.',
      },
    ),
    graph(
      'Duplicate rows',
      {
        '{{format}}': `sum by (format) (${rate('import_rows_total', `${T}, outcome="duplicate"`)}) / (sum by (format) (${rate('import_rows_total')}) > 0)`,
      },
      {
        unit: 'percentunit',
        min: 0,
        max: 1,
        width: 12,
        description: 'Share of rows that were there already. High when an export that overlaps is imported.',
      },
    ),
    row('Speed and ends'),
    graph(
      'Time of a chunk',
      {
        'p95 {{step}}': `histogram_quantile(0.95, sum by (step, le) (${rate('import_chunk_seconds_bucket')}))`,
        'p50 {{step}}': `histogram_quantile(0.5, sum by (step, le) (${rate('import_chunk_seconds_bucket')}))`,
      },
      { unit: 's', min: 0, warn: 5, bad: 30, description: 'One transaction. Statements are given up at 60 s.' },
    ),
    graph(
      'Chunks a second',
      { '{{step}}': `sum by (step) (${rate('import_chunk_seconds_count')})` },
      {
        unit: 'ops',
        min: 0,
        description: 'Transactions of validating, loading and reverting.',
      },
    ),
    graph(
      'Imports that ended',
      { '{{status}}': `sum by (status) (increase(import_ended_total{${T}}[$__rate_interval]))` },
      {
        unit: 'short',
        min: 0,
        stacked: true,
        description: 'By their status.',
      },
    ),
  ],
});
