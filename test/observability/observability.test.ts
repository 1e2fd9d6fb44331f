import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { findPromtool } from '@backend/devstack';
import type { MetricSpec } from '@backend/shared/telemetry';
import { parse } from 'yaml';
import { TENANTS, sourceOf } from '../support/tenants';
import { selectorsOf } from './promql';
import { DASHBOARDS, OBSERVABILITY, QUERIES, RULES, RULE_FILES, RULE_TEST_FILES, filledIn } from './queries';

const ROOT = path.join(OBSERVABILITY, '..', '..');
/** The metrics of every tenant; those that several have once. */
const CATALOGUE: readonly MetricSpec[] = [
  ...new Set(
    TENANTS.flatMap((tenant) => {
      const metrics = jest.requireActual<Record<string, Record<string, MetricSpec>>>(
        path.join(sourceOf(tenant), 'metrics'),
      );
      return Object.values(metrics[`${tenant.toUpperCase()}_METRICS`]!);
    }),
  ),
];
const usedMetrics = new Set(
  QUERIES.flatMap(({ expr }) =>
    selectorsOf(filledIn(expr)).map(({ metric }) => metric.replace(/_(bucket|sum|count)$/, '')),
  ),
);
/** Once for each name, and failing with all of them. */
const expectNone = (problems: readonly string[]): void => expect([...new Set(problems)]).toEqual([]);

test('platform: every query of every panel and rule parses', () => {
  expect(QUERIES.length).toBeGreaterThan(80);
  expectNone(
    QUERIES.flatMap(({ where, expr }) => {
      try {
        return selectorsOf(filledIn(expr)).length > 0 ? [] : [`${where} asks for nothing`];
      } catch (error) {
        return [`${where}: ${(error as Error).message}`];
      }
    }),
  );
  expect(() => selectorsOf('sum by (a) (rate(b[5m])')).toThrow('does not parse');
  expect(selectorsOf('sum by (a) (rate(b{c!="d"}[5m])) / on (e) f')).toEqual([
    { metric: 'b', matchers: [{ label: 'c', op: '!=', value: 'd' }], groupedBy: ['a', 'e'] },
    { metric: 'f', matchers: [], groupedBy: ['e'] },
  ]);
});

test('platform: the dashboards are what their sources say', () => {
  const make = path.join(OBSERVABILITY, 'grafana', 'make-dashboards.mjs');
  expect(spawnSync(process.execPath, [make, '--check'], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
});

test.each(DASHBOARDS)(
  'platform: dashboard $title: every panel says what it shows, in which unit, and has a place',
  (dashboard) => {
    const panels = dashboard.panels.filter(({ type }) => type !== 'row');
    expectNone(
      panels.flatMap(({ title, description, fieldConfig, targets, datasource }) => [
        ...(title && description ? [] : [`${title}: no description`]),
        ...(fieldConfig?.defaults.unit ? [] : [`${title}: no unit`]),
        ...(targets?.length ? [] : [`${title}: no query`]),
        ...([datasource, ...targets!.map((target) => target.datasource)].every(
          (source) => (source as { uid: string }).uid === '${datasource}',
        )
          ? []
          : [`${title}: a fixed data source`]),
      ]),
    );
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, n) => `${x + (n % w)},${y + Math.floor(n / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(dashboard.panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
    expect(dashboard.templating.list[0]).toMatchObject({ name: 'datasource', type: 'datasource' });
  },
);

test('platform: dashboards have ids of their own', () => {
  expect(new Set(DASHBOARDS.map(({ uid }) => uid)).size).toBe(DASHBOARDS.length);
});

test('platform: every rule says how urgent it is, what happened, what it means and what to do', () => {
  const page = readFileSync(path.join(ROOT, 'docs', 'observability.md'), 'utf8');
  expectNone(
    RULES.flatMap(({ alert, labels, annotations }) => [
      ...(['page', 'ticket', 'info'].includes(labels['severity']!) ? [] : [`${alert}: severity`]),
      ...(annotations['summary'] && annotations['description'] ? [] : [`${alert}: words`]),
      ...(annotations['runbook_url'] === `docs/observability.md#${alert.toLowerCase()}` ? [] : [`${alert}: runbook`]),
      ...(page.includes(`\n#### ${alert}\n`) ? [] : [`${alert}: not in docs/observability.md`]),
    ]),
  );
  const described = [...page.matchAll(/^#### (\w+)$/gm)].map(([, name]) => name);
  expect(described).toEqual(expect.arrayContaining(RULES.map(({ alert }) => alert)));
  expectNone(
    described.filter((name) => /^[A-Z]/.test(name!) && !RULES.some(({ alert }) => alert === name)) as string[],
  );
});

test('platform: every rule has a case in which it fires and one in which it does not', () => {
  const cases = RULE_TEST_FILES.flatMap((file) => {
    const { tests } = parse(readFileSync(file, 'utf8')) as {
      tests: { alert_rule_test: { alertname: string; exp_alerts: unknown[] }[] }[];
    };
    return tests.flatMap((one) => one.alert_rule_test);
  });
  expectNone(
    RULES.flatMap(({ alert }) => {
      const own = cases.filter(({ alertname }) => alertname === alert);
      return [
        ...(own.some(({ exp_alerts: alerts }) => alerts.length > 0) ? [] : [`${alert} never fires`]),
        ...(own.some(({ exp_alerts: alerts }) => alerts.length === 0) ? [] : [`${alert} always fires`]),
      ];
    }),
  );
});

const promtool = findPromtool(process.env);
// scripts/test.mjs knows it by its title: the one test that may be skipped.
(promtool ? describe : describe.skip)('with promtool', () => {
  test('platform: promtool accepts the rules, and their tests pass', () => {
    const run = (...args: string[]) => execFileSync(promtool!, args, { encoding: 'utf8', stdio: 'pipe' });
    expect(run('check', 'rules', ...RULE_FILES)).toContain('SUCCESS');
    expect(run('test', 'rules', ...RULE_TEST_FILES)).toContain('SUCCESS');
  });
});

test('platform: names of metrics follow Prometheus, and none of our own is left unused', () => {
  expectNone(
    CATALOGUE.flatMap(({ name, kind, unit, help, labels }) => [
      ...(/^[a-z][a-z0-9_]*$/.test(name) ? [] : [`${name}: characters`]),
      ...(name.endsWith('_total') === (kind === 'counter') ? [] : [`${name}: _total is for counters`]),
      ...(unit.startsWith('seconds') && !name.endsWith('_seconds') ? [`${name}: unit`] : []),
      ...(unit === 'bytes' && !name.endsWith('_bytes') ? [`${name}: unit`] : []),
      ...(help.endsWith('.') ? [] : [`${name}: help is no sentence`]),
      ...Object.keys(labels).filter((label) => /user|account|workflow|run|timeline_?id|tenant/i.test(label)),
      ...(usedMetrics.has(name) ? [] : [`${name} is on no dashboard and in no rule`]),
    ]),
  );
  expect(new Set(CATALOGUE.map(({ name }) => name)).size).toBe(CATALOGUE.length);
});

test('platform: docs/observability.md lists our metrics as the catalogue has them', () => {
  const page = readFileSync(path.join(ROOT, 'docs', 'observability.md'), 'utf8');
  const cell = (text: string) => text.replaceAll('|', '\\|');
  const rows = CATALOGUE.map(({ name, kind, unit, labels, help }) => {
    const names = Object.keys(labels).map((label) => `\`${label}\``);
    return `| \`${name}\` | ${kind}, ${unit} | ${names.join(', ') || '-'} | ${cell(help)} |`;
  });
  // UPDATE_METRICS_TABLE=1 prints the table to be pasted.
  if (process.env['UPDATE_METRICS_TABLE']) process.stderr.write(`${rows.join('\n')}\n`);
  expectNone(rows.filter((row) => !page.includes(row)));
  const listed = [...page.matchAll(/^\| `([a-z0-9_]+)` \| (?:counter|gauge|histogram),/gm)].map(([, name]) => name!);
  expect(listed.toSorted()).toEqual(CATALOGUE.map(({ name }) => name).toSorted());
});
