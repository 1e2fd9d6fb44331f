import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { ConfigError } from '../config';
import { workflowSource } from './bundle';

let directory: string;
let bundleFile: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'bundle-'));
  bundleFile = path.join(directory, 'workflow-bundle.js');
  await writeFile(bundleFile, 'first line\nsecond line');
});
afterAll(async () => rm(directory, { recursive: true, force: true }));

const source = (more: Partial<Parameters<typeof workflowSource>[0]>) =>
  workflowSource({ source: 'bundle', profile: 'local', bundleFile, workflowsPath: directory, ...more });

test('platform: a bundle is loaded as it is, unless the worker has something to tell it, on its first line', () => {
  expect(source({})).toEqual({ workflowBundle: { codePath: bundleFile } });
  expect(source({ encodeFailures: true, versioned: true })).toEqual({
    workflowBundle: { code: 'var __ENCODE_FAILURES__ = true; var __VERSIONED__ = true; first line\nsecond line' },
  });
});

test('platform: a worker in production, or of a version, bundles no folder on the fly', () => {
  expect(source({ source: 'folder' })).toMatchObject({ workflowsPath: directory });
  for (const more of [{ profile: 'production' }, { versioned: true }] as const) {
    expect(() => source({ source: 'folder', ...more })).toThrow(ConfigError);
    expect(() => source({ source: 'folder', ...more })).toThrow('WORKFLOW_SOURCE');
  }
});
