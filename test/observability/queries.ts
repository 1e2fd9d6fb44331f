import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

export const OBSERVABILITY = path.join(__dirname, '..', '..', 'infra', 'observability');

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: unknown;
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string; readonly datasource: unknown }[];
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string; readonly definition?: string }[];
  };
}

export interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A query, and where it stands. */
export interface UsedQuery {
  readonly where: string;
  /** As it was written. */
  readonly expr: string;
}

const filesOf = (folder: string, suffix: string): string[] =>
  readdirSync(path.join(OBSERVABILITY, folder))
    .filter((name) => name.endsWith(suffix))
    .map((name) => path.join(OBSERVABILITY, folder, name));

export const DASHBOARDS = filesOf('grafana/dashboards', '.json').map(
  (file) => JSON.parse(readFileSync(file, 'utf8')) as Dashboard,
);

export const RULE_FILES = filesOf('prometheus/rules', '.yml');
export const RULE_TEST_FILES = filesOf('prometheus/tests', '.yml');

export const RULES = RULE_FILES.flatMap((file) => {
  const { groups } = parse(readFileSync(file, 'utf8')) as { groups: { rules: Rule[] }[] };
  return groups.flatMap(({ rules }) => rules);
});

/** Everything that is asked of Prometheus. */
export const QUERIES: readonly UsedQuery[] = [
  ...DASHBOARDS.flatMap(({ title, panels, templating }) => [
    ...panels.flatMap((panel) =>
      (panel.targets ?? []).map(({ expr }) => ({ where: `panel "${title}: ${panel.title}"`, expr })),
    ),
    ...templating.list.flatMap(({ name, definition }) =>
      definition ? [{ where: `variable "${title}: ${name}"`, expr: `${/\((\w+),/.exec(definition)?.[1]}` }] : [],
    ),
  ]),
  ...RULES.map(({ alert, expr }) => ({ where: `rule ${alert}`, expr })),
];

/** A query with Grafana's variables filled in, as Prometheus gets it. */
export function filledIn(expr: string): string {
  return expr.replaceAll('$__rate_interval', '2m').replaceAll('$__range', '6h').replaceAll('"$tenant"', '".+"');
}
