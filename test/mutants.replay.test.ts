import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { loadHistories, quietRuntime, typeOf } from '@backend/shared/testing';
import { HISTORIES, RECORDED_TENANTS, bundleOf } from './support/histories';
import { instrumentBundle } from './support/instrument-bundle';
import { type Coverage, type Mutant, coverageOf, huntMutants, mutantsOf } from './support/mutants';
import { NOT_REPLAYED } from './support/not-replayed';
import { sourceOf } from './support/tenants';

// The replay gate is a guard, and a guard that cannot fail guards nothing. Here each call of every workflow is changed in the
// production bundle, and each change has to be noticed by the recorded histories.

beforeAll(quietRuntime);

describe.each(RECORDED_TENANTS)('%s', (tenant) => {
  const instrumented = instrumentBundle(readFileSync(bundleOf(tenant), 'utf8'));
  const mutants = mutantsOf(instrumented);
  const modules = [...instrumented.modules.keys()].flatMap((module) => {
    const own = mutants.filter((mutant) => mutant.module === module);
    // One that only branches has no calls to change.
    if (own.length === 0) return [];
    const count = (kind: Mutant['kind']) => own.filter((mutant) => mutant.kind === kind).length;
    const counts = `${count('drop')} left out, ${count('add')} made twice, ${count('swap')} exchanged`;
    return [{ module, own, counts }];
  });
  const workflows = Object.keys(jest.requireActual<object>(path.join(sourceOf(tenant), 'workflows')));
  const definedIn = (type: string) =>
    [...instrumented.modules].find(([, text]) => text.includes(`async function ${type}(`))?.[0];
  // A workflow of a package is the same in every bundle: what another tenant has recorded of it counts too.
  const shared = workflows.filter((type) => !definedIn(type)?.startsWith(`${tenant}-worker/`));
  const histories = RECORDED_TENANTS.flatMap((owner) =>
    loadHistories(path.join(HISTORIES, owner))
      .filter(({ history }) => owner === tenant || shared.includes(typeOf(history)))
      .map((history) => ({ ...history, name: `${owner}/${history.name}` })),
  );
  let directory: string;
  let coverage: Coverage;
  let caught: ReadonlyMap<Mutant, string | undefined>;

  beforeAll(async () => {
    directory = mkdtempSync(path.join(os.tmpdir(), 'mutants-'));
    const bundlePath = path.join(directory, 'bundle.js');
    writeFileSync(bundlePath, instrumented.code);
    coverage = await coverageOf(bundlePath, histories);
    caught = await huntMutants(bundlePath, { mutants, histories, coverage });
  }, 300_000);
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test('a bundle in which nothing is changed replays every history, so that what is noticed is the change', () => {
    expect(coverage.failed).toEqual([]);
  });

  test.each(modules)('reliability R13: in $module every changed call is noticed: $counts', ({ own }) => {
    expect(own.filter((mutant) => caught.get(mutant) === undefined).map(({ what }) => what)).toEqual([]);
  });

  test('reliability R13: every workflow has calls that were changed, and histories of its own that noticed it', () => {
    expect(workflows.filter((type) => definedIn(type) === undefined)).toEqual([]);
    expect(new Set(caught.values())).toEqual(new Set(workflows));
  });

  test('reliability R13: the recorded histories go every way that workflow code can go, but for what is named', () => {
    const missed = instrumented.branches
      .filter(({ id }) => !coverage.branches.has(id))
      .map(({ module, what }) => `${module} ${what}`);
    const exceptions = Object.keys(NOT_REPLAYED).filter((start) =>
      instrumented.branches.some(({ module, what }) => `${module} ${what}`.startsWith(start)),
    );
    expect(missed.filter((way) => !exceptions.some((start) => way.startsWith(start)))).toEqual([]);
    expect(exceptions.filter((start) => !missed.some((way) => way.startsWith(start)))).toEqual([]);
  });
});
