import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { workerDeployment } from './versioning';

const directory = mkdtempSync(path.join(os.tmpdir(), 'versioning-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function bundle(code: string): string {
  const file = path.join(directory, 'bundle.js');
  writeFileSync(file, code);
  return file;
}
const buildIdOf = (code: string) =>
  workerDeployment({ deploymentName: 'tracc-worker', buildId: undefined, bundleFile: bundle(code) })?.version.buildId;

test('platform: without the name of a deployment a worker is not versioned, whatever build it is', () => {
  expect(workerDeployment({ deploymentName: undefined, buildId: 'b1', bundleFile: bundle('1') })).toBeUndefined();
});

test('platform: a version has the build id that is given, and a workflow that says nothing is pinned', () => {
  expect(workerDeployment({ deploymentName: 'tracc-worker', buildId: 'b1', bundleFile: undefined })).toEqual({
    version: { deploymentName: 'tracc-worker', buildId: 'b1' },
    useWorkerVersioning: true,
    defaultVersioningBehavior: 'PINNED',
  });
});

test('platform: a build id that is not given is that of the workflows, wherever they were built', () => {
  const id = buildIdOf('work();\n//# sourceMappingURL=data:of-one-folder');
  expect(id).toMatch(/^[0-9a-f]{12}$/);
  expect(buildIdOf('work();\n//# sourceMappingURL=data:of-another')).toBe(id);
  expect(buildIdOf('otherWork();\n//# sourceMappingURL=data:of-one-folder')).not.toBe(id);
});

test.each([
  ['tracc.worker', 'TEMPORAL_DEPLOYMENT_NAME'],
  ['__tracc', 'TEMPORAL_DEPLOYMENT_NAME'],
  ['a b', 'TEMPORAL_DEPLOYMENT_NAME'],
  ['tracc-worker', 'TEMPORAL_WORKER_BUILD_ID'],
])('platform: a version of %p that nobody can name refuses to start: %s is at fault', (deploymentName, variable) => {
  const missing = path.join(directory, 'missing.js');
  expect(() => workerDeployment({ deploymentName, buildId: undefined, bundleFile: missing })).toThrow(variable);
});
