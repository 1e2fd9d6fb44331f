import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type StoredHistory, loadHistories, quietRuntime, replay } from '@backend/shared/testing';
import { bundleWorkflows } from '@backend/shared/temporal';
import { FILES as TIMELINE_FILES } from '../apps/timeline-worker/src/config';
import { FILES as TRACC_FILES } from '../apps/tracc-worker/src/config';

const TENANTS = [
  { tenant: 'tracc', bundle: TRACC_FILES.bundle },
  { tenant: 'timeline', bundle: TIMELINE_FILES.bundle },
] as const;
beforeAll(quietRuntime);

const directory = (tenant: string): string => path.join(__dirname, 'histories', tenant);

describe.each(TENANTS)('$tenant', ({ tenant, bundle }) => {
  const histories = loadHistories(directory(tenant));

  test.each(histories.map((history) => [history.name, history] as const))(
    'replays %s with the production bundle',
    async (_name, history) => {
      await replay({ bundlePath: bundle, ...history });
    },
  );

  // A guard that cannot fail guards nothing: the same workflows with one activity more must be refused.
  test('each workflow with one activity more does not replay', async () => {
    const temporary = mkdtempSync(path.join(os.tmpdir(), 'broken-bundle-'));
    try {
      const broken = path.join(temporary, 'bundle.js');
      await bundleWorkflows({
        workflowsPath: path.join(__dirname, 'fixtures', 'broken-workflows', `${tenant}.js`),
        outFile: broken,
      });
      expect(existsSync(broken)).toBe(true);
      const types = new Map<string, StoredHistory>();
      for (const history of histories) types.set(typeOf(history), history);
      for (const [type, history] of types) {
        await expect(replay({ bundlePath: broken, ...history }).then(() => `${type} replayed`)).rejects.toThrow(
          /Nondeterminism|determinis/i,
        );
      }
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
  });
});

describe('modules of workflows, which are evaluated once for all executions of a worker', () => {
  test.each(TENANTS)('$tenant: ours keep no state', ({ bundle }) => {
    const modules = ownModules(readFileSync(bundle, 'utf8'));
    expect(modules.size).toBeGreaterThan(20);
    const state = [...modules].flatMap(([name, code]) => statesOf(code).map((line) => `${name}: ${line}`));
    expect(state).toEqual([]);
  });

  test.each([
    'let last = 0;',
    'var seen;',
    'const seen = new Map();',
    'const known = new Set([1]);',
    'const held = [];',
  ])('a module with %p would be seen', (line) => {
    expect(statesOf(`"use strict";\n${line}\nconst NAMES = ['a'];\n`)).toEqual([line]);
  });
});

/** The compiled modules of this repository in a bundle, by their path. */
function ownModules(bundle: string): Map<string, string> {
  return new Map(
    bundle
      .split(/^\/\*\*\*\/ "/m)
      .filter((part) => /^(?!.*node_modules)[^"]*\/dist\//.test(part))
      .map((part) => [part.slice(0, part.indexOf('"')), part] as const),
  );
}

/** Top-level lines that declare what can change: variables, empty collections, and filled ones that are not named as tables are. */
function statesOf(code: string): string[] {
  const variable = /^(?:let|var) (?!.*__webpack_require__)/;
  const empty = /^const \w+ = (?:new (?:Weak)?(?:Map|Set)\(\)|\[\]|\{\});/;
  const filled = /^const (?![A-Z_]+ )\w+ = new (?:Weak)?(?:Map|Set)\(/;
  return code.split('\n').filter((line) => [variable, empty, filled].some((state) => state.test(line)));
}

test('every workflow type has a recorded history', () => {
  const types = TENANTS.flatMap(({ tenant }) =>
    loadHistories(directory(tenant)).map((history) => `${tenant} ${typeOf(history)}`),
  );
  expect([...new Set(types)].sort()).toEqual([
    'timeline AITimelineGenerationWorkflow',
    'timeline DataImportWorkflow',
    'timeline RevertImportWorkflow',
    'tracc DataImportWorkflow',
    'tracc MonthlyBudgetWorkflow',
    'tracc RecurringTransactionWorkflow',
    'tracc RevertImportWorkflow',
    'tracc ScheduledBudgetWorkflow',
  ]);
});

function typeOf({ history }: StoredHistory): string {
  return history.events?.[0]?.workflowExecutionStartedEventAttributes?.workflowType?.name ?? 'unknown';
}
