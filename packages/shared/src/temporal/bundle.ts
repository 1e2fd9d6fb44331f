import { existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { bundleWorkflowCode, DefaultLogger, type WorkerOptions } from '@temporalio/worker';

/** Writes the workflow bundle of a tenant, as the image build and the tests use it. Returns its size in bytes. */
export async function bundleWorkflows({ workflowsPath, outFile }: { workflowsPath: string; outFile: string }): Promise<number> {
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') });
  await mkdir(path.dirname(outFile), { recursive: true });
  await writeFile(`${outFile}.tmp`, code);
  await rename(`${outFile}.tmp`, outFile);
  return Buffer.byteLength(code);
}

/**
 * Where a worker takes its workflows from: the prebuilt bundle in production (a missing one is an error: what runs
 * is what was tested), else the folder, bundled on the fly.
 */
export function workflowSource({
  production,
  bundleFile,
  workflowsPath,
}: {
  production: boolean;
  bundleFile: string;
  workflowsPath: string;
}): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> {
  if (existsSync(bundleFile)) return { workflowBundle: { codePath: bundleFile } };
  if (production) throw new Error(`The workflow bundle ${path.basename(bundleFile)} is missing; build the image with it ("npm run build").`);
  return { workflowsPath };
}
