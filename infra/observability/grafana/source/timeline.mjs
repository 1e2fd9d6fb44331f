import { dashboard, graph, number, row, table } from './panels.mjs';

const T = 'tenant=~"$tenant"';
const rate = (metric, labels = T) => `rate(${metric}{${labels}}[$__rate_interval])`;
const USD = 1e6;

export default dashboard({
  uid: 'tenants-timeline-cost',
  title: 'Timeline cost',
  description: 'What generations ask of models, what that costs, and what comes of it.',
  tags: ['timeline'],
  from: 'now-24h',
  panels: [
    number(
      'Spent',
      { USD: `sum(increase(timeline_model_cost_microusd_total{${T}}[$__range])) / ${USD}` },
      {
        unit: 'currencyUSD',
        decimals: 2,
        description: 'In the time that is shown, at the prices that the workers were given.',
      },
    ),
    number(
      'Spent in the last hour',
      { USD: `sum(increase(timeline_model_cost_microusd_total{${T}}[1h])) / ${USD}` },
      {
        unit: 'currencyUSD',
        decimals: 2,
        warn: 2,
        bad: 5,
        description: 'At 5 USD there is an alert.',
      },
    ),
    number(
      'Tokens',
      { '{{direction}}': `sum by (direction) (increase(timeline_model_tokens_total{${T}}[$__range]))` },
      {
        unit: 'short',
        decimals: 1,
        description: 'Sent and received in the time that is shown.',
      },
    ),
    number(
      'Questions without an answer',
      {
        share: `sum(increase(timeline_model_calls_total{${T}, outcome=~"refused|lost|quota|unavailable"}[$__range])) / (sum(increase(timeline_model_calls_total{${T}}[$__range])) > 0) or vector(0)`,
      },
      {
        unit: 'percentunit',
        decimals: 1,
        warn: 0.1,
        bad: 0.5,
        description: 'Share of all questions in the time that is shown.',
      },
    ),
    number(
      'Events written',
      { events: `sum(increase(timeline_events_total{${T}}[$__range]))` },
      {
        unit: 'short',
        decimals: 0,
        description: 'New or changed, in the time that is shown.',
      },
    ),
    number(
      'Cost of an event',
      {
        USD: `sum(increase(timeline_model_cost_microusd_total{${T}}[$__range])) / ${USD} / (sum(increase(timeline_events_total{${T}}[$__range])) > 0) or vector(0)`,
      },
      { unit: 'currencyUSD', decimals: 4, description: 'Spent for each event written, in the time that is shown.' },
    ),
    row('Cost'),
    graph(
      'USD an hour, by model',
      {
        '{{provider}} {{model}}': `sum by (provider, model) (${rate('timeline_model_cost_microusd_total')}) * 3600 / ${USD}`,
      },
      {
        unit: 'currencyUSD',
        min: 0,
        bad: 5,
        stacked: true,
        width: 12,
        description: 'The rate of spending. The line is the alert of all models together.',
      },
    ),
    graph(
      'Tokens a second, by model',
      {
        '{{direction}} {{model}}': `sum by (direction, model) (${rate('timeline_model_tokens_total')})`,
      },
      { unit: 'short', min: 0, width: 12, description: 'Sent and received.' },
    ),
    table(
      'By model',
      {
        '': `sum by (provider, model) (increase(timeline_model_cost_microusd_total{${T}}[$__range])) / ${USD}`,
      },
      { unit: 'currencyUSD', decimals: 2, description: 'Spent in the time that is shown.' },
    ),
    graph(
      'Generations that ended',
      { '{{status}}': `sum by (status) (increase(timeline_generations_total{${T}}[$__rate_interval]))` },
      {
        unit: 'short',
        min: 0,
        stacked: true,
        width: 12,
        description: 'By their status.',
      },
    ),
    row('Questions'),
    graph(
      'Questions a second',
      { '{{outcome}}': `sum by (outcome) (${rate('timeline_model_calls_total')})` },
      {
        unit: 'reqps',
        min: 0,
        stacked: true,
        description: 'By what came of them. Stored answers are not asked for again.',
      },
    ),
    graph(
      'Time of a question',
      {
        'p95 {{provider}}': `histogram_quantile(0.95, sum by (provider, le) (${rate('timeline_model_call_seconds_bucket')}))`,
        'p50 {{provider}}': `histogram_quantile(0.5, sum by (provider, le) (${rate('timeline_model_call_seconds_bucket')}))`,
      },
      { unit: 's', min: 0, warn: 60, description: 'To the last byte of the answer, or to the failure.' },
    ),
    graph(
      'Chunks a second',
      { '{{outcome}}': `sum by (outcome) (${rate('timeline_chunks_total')})` },
      {
        unit: 'ops',
        min: 0,
        stacked: true,
        description: 'Pieces of sources that have an outcome.',
      },
    ),
    graph(
      'Events a second',
      { '{{status}}': `sum by (status) (${rate('timeline_events_total')})` },
      {
        unit: 'ops',
        min: 0,
        stacked: true,
        description: 'Written by generations, by the status that they have since.',
      },
    ),
  ],
});
