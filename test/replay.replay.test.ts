import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { type StoredHistory, loadHistories, quietRuntime, replayAll } from '@backend/shared/testing';
import { HISTORIES, bundleOf } from './support/histories';
import { TENANTS } from './support/tenants';

const MOST_BYTES = 100 * 1024;
const MOST_BYTES_IN_ALL = 2 * 1024 ** 2;
const MOST_EVENTS = 4000;

beforeAll(quietRuntime);

const histories = Object.fromEntries(TENANTS.map((tenant) => [tenant, loadHistories(path.join(HISTORIES, tenant))]));

describe.each(TENANTS)('%s', (tenant) => {
  test('reliability R13: has recorded histories', () => {
    const missing =
      histories[tenant]!.length === 0 ? `the tenant ${tenant} has no histories: npm run histories` : undefined;
    expect(missing).toBeUndefined();
  });

  test('reliability R13: every recorded history replays with the production bundle', async () => {
    const failed: string[] = [];
    for await (const { replayed, error } of replayAll(histories[tenant]!, { bundlePath: bundleOf(tenant) }))
      if (error) failed.push(`${replayed.name}: ${error.message}`);
    expect(failed).toEqual([]);
  }, 300_000);
});

test('reliability R13: there are 60 histories and more', () => {
  expect(Object.values(histories).flat().length).toBeGreaterThanOrEqual(60);
});

test('reliability R19: recorded histories are short, and small in the repository', () => {
  const bytes = TENANTS.flatMap((tenant) =>
    histories[tenant]!.map(({ name }) => statSync(path.join(HISTORIES, tenant, `${name}.history.gz`)).size),
  );
  expect(Math.max(...bytes)).toBeLessThan(MOST_BYTES);
  expect(bytes.reduce((sum, each) => sum + each, 0)).toBeLessThan(MOST_BYTES_IN_ALL);
  for (const { history } of Object.values(histories).flat()) expect(history.events!.length).toBeLessThan(MOST_EVENTS);
});

test('recorded histories tell nothing of the machines and people that made them', () => {
  const told = Object.values(histories).flatMap((ofTenant) => ofTenant.flatMap(tracesOf));
  expect(told).toEqual([]);
});

/** Paths, addresses and names of processes in a history. */
function tracesOf({ name, history }: StoredHistory): string[] {
  const texts: string[] = [];
  const collect = (value: unknown): void => {
    if (typeof value === 'string') texts.push(value);
    else if (ArrayBuffer.isView(value))
      texts.push(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString());
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(collect);
  };
  collect(history.events);
  const own =
    /(?:^|["\s(:])(\/(?:home|root|work|tmp|var|usr|Users|private)\/[^"\s)]*)|\b\d+@[\w-]+|file:\/\/\/?[^"\s]*/;
  return texts.flatMap((text) => {
    const [found] = own.exec(text) ?? [];
    return found === undefined ? [] : [`${name}: ${found}`];
  });
}

describe('modules of workflows, which are evaluated once for all executions of a worker', () => {
  test.each(TENANTS)('%s: ours keep no state', (tenant) => {
    const modules = ownModules(readFileSync(bundleOf(tenant), 'utf8'));
    expect([...modules.keys()].filter((name) => name.endsWith('/dist/workflows/index.js'))).toHaveLength(1);
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
