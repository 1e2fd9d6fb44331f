import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

// Every guard of .oxlintrc.json is tripped here, and what is allowed is shown to pass: a guard that nobody tests stops
// guarding. The files are written to a folder shaped like the repository and linted in one call.

const ROOT = path.join(__dirname, '..');

type Allowed = 'value' | 'type' | 'never';
type Column =
  | 'domain'
  | 'kernel'
  | 'failures'
  | 'contract'
  | 'activities'
  | 'repositories'
  | 'pg'
  | 'temporal worker'
  | 'config'
  | 'the other app';

/** The table of who may import whom, by what a file writes after `from`. */
const SPECIFIERS: Readonly<Record<Column, readonly string[]>> = {
  domain: ['../domain/budget/status'],
  kernel: ['@backend/shared/kernel'],
  failures: ['@backend/shared/failures'],
  contract: ['../contract'],
  activities: ['../activities', '../activities/check-budget-status'],
  repositories: ['../repositories', '../repositories/budgets'],
  pg: ['pg'],
  'temporal worker': ['@temporalio/worker'],
  config: ['../config'],
  'the other app': ['../../../timeline-worker/src/contract', 'timeline-worker/dist/contract', 'timeline-worker'],
};

const row = (...allowed: readonly Allowed[]): Readonly<Record<Column, Allowed>> =>
  Object.fromEntries(Object.keys(SPECIFIERS).map((column, index) => [column, allowed[index] ?? 'never'])) as Record<
    Column,
    Allowed
  >;

const TABLE: Readonly<Record<string, Readonly<Record<Column, Allowed>>>> = {
  // columns:            domain   kernel   failures contract activities repositories pg     worker   config
  'domain/x.ts': row('value', 'value', 'value', 'type'),
  'workflows/x.ts': row('value', 'value', 'value', 'value', 'type'),
  'activities/x.ts': row('value', 'value', 'value', 'value', 'value', 'value', 'type'),
  'repositories/x.ts': row('value', 'value', 'value', 'never', 'never', 'value', 'value'),
  'cli/x.ts': row('value', 'value', 'value', 'value', 'value', 'value', 'value', 'value', 'value'),
  // main.ts is in the folder above; that its specifiers start with `..` makes no difference to the rule.
  'main.ts': row('value', 'value', 'value', 'value', 'value', 'value', 'value', 'value', 'value'),
};

/** A file with one import per line; the names are used, so that only the import can be wrong. */
function importing(specifiers: readonly string[], kind: 'value' | 'type'): string {
  const lines = specifiers.map((specifier, index) =>
    kind === 'type'
      ? `import type { T as T${index} } from '${specifier}';`
      : `import { v as v${index} } from '${specifier}';`,
  );
  const names = specifiers.map((_specifier, index) => (kind === 'type' ? `T${index}` : `v${index}`)).join(', ');
  return `${lines.join('\n')}\nexport ${kind === 'type' ? 'type Used =' : 'const used ='} [${names}];\n`;
}

interface Case {
  readonly file: string;
  readonly code: string;
  /** Rule and line of everything that must be reported. */
  readonly reported: readonly string[];
}

const tableCases = Object.entries(TABLE).flatMap(([name, allowed]) =>
  (['value', 'type'] as const).map((kind): Case => {
    const specifiers = (Object.keys(SPECIFIERS) as Column[]).flatMap((column) =>
      SPECIFIERS[column].map((specifier) => ({ column, specifier })),
    );
    const fits = (column: Column): boolean => allowed[column] === 'value' || allowed[column] === kind;
    // Two files cannot have the same name: the types are in a sibling folder that the same override covers.
    const file =
      name === 'main.ts' ? (kind === 'value' ? 'main.ts' : 'main-types.ts') : name.replace('x.ts', `${kind}s.ts`);
    return {
      file: `apps/tracc-worker/src/${file}`,
      code: importing(
        specifiers.map(({ specifier }) => specifier),
        kind,
      ),
      reported: specifiers.flatMap(({ column }, index) => (fits(column) ? [] : [`no-restricted-imports:${index + 1}`])),
    };
  }),
);

/** All of these lines are refused. */
const refused = (file: string, specifiers: readonly string[]): Case => ({
  file,
  code: importing(specifiers, 'value'),
  reported: specifiers.map((_specifier, index) => `no-restricted-imports:${index + 1}`),
});
const allowed = (file: string, specifiers: readonly string[]): Case => ({
  file,
  code: importing(specifiers, 'value'),
  reported: [],
});
/** One rule is tripped on one line. */
const trips = (rule: string, file: string, code: string, line = 1): Case => ({
  file,
  code,
  reported: [`${rule}:${line}`],
});

const APP = 'apps/tracc-worker/src';
const CASES: readonly Case[] = [
  ...tableCases,

  // The sandbox
  refused(`${APP}/workflows/impure.ts`, [
    'node:fs',
    'fs',
    'node:crypto',
    'path',
    'pino',
    'undici',
    '@temporalio/activity',
    '@temporalio/client',
    '@backend/shared/pg',
    '@backend/shared/config',
    '@backend/shared/temporal',
    '@backend/shared/http',
    '@backend/importer/activities',
    '../main',
    '../../package.json',
  ]),
  allowed(`${APP}/workflows/pure.ts`, [
    '@temporalio/workflow',
    '@temporalio/common',
    '@backend/importer/workflow',
    './activity-options',
    '../domain',
    '../domain/budget',
  ]),
  refused('packages/importer/src/workflow/impure.ts', [
    'node:fs',
    'pg',
    '../activities',
    '../repositories',
    '../reading',
    '@backend/shared/blob',
  ]),
  {
    file: `${APP}/workflows/lazy.ts`,
    code: `export const lazy = async () => import('../activities');\nexport * from '../activities/x';\n`,
    reported: ['no-restricted-imports:1', 'no-restricted-imports:2'],
  },
  {
    file: `${APP}/workflows/globals.ts`,
    code: [
      'process.uptime()',
      'setImmediate',
      'fetch',
      'WeakRef',
      'FinalizationRegistry',
      'Buffer',
      'performance',
      'crypto',
      '__dirname',
    ]
      .map((name, index) => `export const g${index} = ${name};`)
      .join('\n'),
    reported: [...Array(9).keys()].map((index) => `no-restricted-globals:${index + 1}`),
  },
  trips('no-require-imports', `${APP}/activities/required.ts`, `export const pg = require('pg');`),

  // What the table says of packages and folders that are not in it
  refused(`${APP}/domain/impure.ts`, [
    'node:fs',
    'node:os',
    'fs',
    'os',
    '@temporalio/workflow',
    '@temporalio/common',
    '@backend/shared/pg',
    '@backend/shared/http',
    '@backend/importer/repositories',
    '../../config',
    '../../workflows',
  ]),
  allowed(`${APP}/domain/pure.ts`, [
    'node:crypto',
    './status',
    '../report',
    '@backend/importer/records',
    'temporal-polyfill',
  ]),
  refused(`${APP}/repositories/impure.ts`, [
    '@temporalio/activity',
    '@temporalio/common',
    'node:fs',
    '@backend/shared/blob',
    '@backend/shared/temporal',
    '@backend/importer/activities',
  ]),
  refused(`${APP}/activities/impure.ts`, [
    '@temporalio/workflow',
    '@temporalio/client',
    '@backend/shared/config',
    '@backend/shared/temporal',
    '../workflows',
    '../workflows/monthly-budget',
    '../main',
  ]),
  allowed(`${APP}/activities/pure.ts`, [
    '@temporalio/activity',
    '@backend/shared/pg',
    '@backend/shared/blob',
    'undici',
  ]),
  refused(`${APP}/contract.ts`, ['./domain', './config', 'pg', '@temporalio/client', '@backend/shared/pg']),
  refused('packages/shared/src/kernel/impure.ts', ['../config', 'node:fs', 'pg', '@backend/shared/failures']),
  refused('packages/shared/src/workflow/outside.ts', ['../temporal', '../kernel', 'node:fs', '@temporalio/client']),
  allowed('packages/shared/src/workflow/inside.ts', ['./summaries', '@temporalio/workflow', '@temporalio/common']),
  trips('no-restricted-globals', 'packages/shared/src/workflow/global.ts', 'export const { pid } = process;'),
  allowed(`${APP}/workflows/summed-up.ts`, ['@backend/shared/workflow']),
  refused('packages/shared/src/pg/upwards.ts', [
    '@backend/importer/records',
    '@backend/devstack',
    '../../../../apps/tracc-worker/src/contract',
  ]),
  refused('packages/importer/src/reading/upwards.ts', ['tracc-worker', '../../../../apps/tracc-worker/src/contract']),
  refused(`${APP}/cli/tools.ts`, ['@backend/devstack', '@backend/shared/testing']),
  refused('apps/tracc-worker/test/another.ts', ['../../timeline-worker/src/contract']),
  allowed('apps/tracc-worker/test/own.ts', [
    '../src/repositories',
    '../src/config',
    '../../../test/support/servers',
    '@backend/shared/testing',
    'pg',
  ]),
  allowed('test/support/both.ts', [
    '../../apps/timeline-worker/src/config',
    '../../apps/tracc-worker/src/config',
    '@backend/devstack',
  ]),

  // The clock and chance of the domain, the environment
  trips('no-restricted-properties', `${APP}/domain/clock.ts`, 'export const now = Date.now();'),
  trips('no-restricted-properties', `${APP}/domain/chance.ts`, 'export const any = Math.random();'),
  trips('no-restricted-properties', 'packages/shared/src/kernel/clock.ts', 'export const now = Date.now();'),
  trips('no-process-env', `${APP}/activities/environment.ts`, `export const url = process.env['DATABASE_URL'];`),
  trips('no-process-env', `${APP}/main-environment.ts`, 'export const { NODE_ENV } = process.env;'),
  { file: `${APP}/config.ts`, code: 'export const source = process.env;', reported: [] },

  // Promises and types
  trips(
    'no-floating-promises',
    `${APP}/workflows/floating.ts`,
    `declare function checkBudgetStatus(): Promise<void>;\nexport async function run(): Promise<void> {\n  checkBudgetStatus();\n}`,
    3,
  ),
  trips(
    'await-thenable',
    `${APP}/workflows/thenable.ts`,
    `export async function run(count: number): Promise<void> {\n  await count;\n}`,
    2,
  ),
  trips(
    'no-misused-promises',
    `${APP}/activities/misused.ts`,
    `export const due = (ask: () => Promise<boolean>): number => (ask() ? 1 : 0);`,
  ),
  trips('only-throw-error', `${APP}/activities/thrown.ts`, `export function fail(): never {\n  throw 'text';\n}`, 2),
  trips('no-explicit-any', `${APP}/domain/any.ts`, 'export const loose: any = 1;'),
  trips('no-unused-vars', `${APP}/domain/unused-import.ts`, `import { a } from './any';\nexport const b = 1;`),
  trips('no-unused-vars', `${APP}/domain/unused.ts`, `const left = 1;\nexport const b = 1;`),
  trips('eqeqeq', `${APP}/domain/loose.ts`, 'export const same = (a: unknown): boolean => a == 1;'),
  trips(
    'preserve-caught-error',
    `${APP}/activities/cause.ts`,
    `export function run(work: () => void): void {\n  try {\n    work();\n  } catch (error) {\n    throw new Error(String(error));\n  }\n}`,
    5,
  ),
  trips('no-cycle', `${APP}/domain/cycle-a.ts`, `import { b } from './cycle-b';\nexport const a = (): unknown => b;`),
  trips('no-cycle', `${APP}/domain/cycle-b.ts`, `import { a } from './cycle-a';\nexport const b = (): unknown => a;`),
  trips('no-focused-tests', `${APP}/domain/focused.test.ts`, `test.only('one', () => expect(1).toBe(1));`),
  trips('no-disabled-tests', `${APP}/domain/disabled.test.ts`, `test.skip('one', () => expect(1).toBe(1));`),
  trips('expect-expect', `${APP}/domain/empty.test.ts`, `test('one', () => {\n  JSON.parse('1');\n});`),
];

interface Diagnostic {
  readonly code: string;
  readonly filename: string;
  readonly labels: readonly { readonly span: { readonly line: number } }[];
}

const found = new Map<string, string[]>();
beforeAll(() => {
  const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'lint-guards-')));
  try {
    copyFileSync(path.join(ROOT, '.oxlintrc.json'), path.join(folder, '.oxlintrc.json'));
    const compilerOptions = {
      target: 'es2023',
      module: 'nodenext',
      moduleResolution: 'nodenext',
      strict: true,
      noEmit: true,
      types: [],
    };
    writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['**/*.ts'] }));
    for (const { file, code } of CASES) {
      mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
      writeFileSync(path.join(folder, file), code);
    }
    const { stdout, stderr } = spawnSync(
      path.join(ROOT, 'node_modules', '.bin', 'oxlint'),
      ['--type-aware', '--format=json'],
      { cwd: folder, encoding: 'utf8' },
    );
    if (!stdout.trimStart().startsWith('{')) throw new Error(`oxlint said no JSON: ${stdout}${stderr}`);
    for (const { code, filename, labels } of (JSON.parse(stdout) as { diagnostics: Diagnostic[] }).diagnostics) {
      const rule = /\(([a-z-]+)\)/.exec(code)?.[1] ?? code;
      found.set(filename, [...(found.get(filename) ?? []), `${rule}:${labels[0]?.span.line ?? 0}`]);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('style: no two cases are the same file', () => {
  expect(new Set(CASES.map(({ file }) => file)).size).toBe(CASES.length);
});

test.each(CASES)('style: $file is reported for $reported', ({ file, reported }) => {
  expect([...new Set(found.get(file))].sort()).toEqual([...reported].sort());
});
