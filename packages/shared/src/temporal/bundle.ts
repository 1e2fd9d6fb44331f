import { existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { bundleWorkflowCode, DefaultLogger, type WorkerOptions } from '@temporalio/worker';

/** Writes the workflow bundle of a tenant, as the image build and the tests use it. Returns its size in bytes. */
export async function bundleWorkflows({
  workflowsPath,
  outFile,
}: {
  workflowsPath: string;
  outFile: string;
}): Promise<number> {
  const { code } = await bundleWorkflowCode({
    workflowsPath,
    ...bundlerOptions(workflowsPath),
    logger: new DefaultLogger('WARN'),
  });
  await mkdir(path.dirname(outFile), { recursive: true });
  await writeFile(`${outFile}.tmp`, code);
  await rename(`${outFile}.tmp`, outFile);
  return Buffer.byteLength(code);
}

/**
 * All modules of the bundle are evaluated once for a worker, and not once for every execution, which kept tens of KiB of each of
 * them in memory. So they may hold no state of an execution: that lives in the workflow's function.
 */
function bundlerOptions(workflowsPath: string): { readonly preloadModules: string[] } {
  return { preloadModules: [workflowsPath] };
}

/**
 * Where a worker takes its workflows from: the prebuilt bundle, or in development the folder, bundled on the fly. A
 * missing bundle is an error and never a reason to bundle at run time: what runs is what was tested.
 */
export function workflowSource({
  source,
  bundleFile,
  workflowsPath,
}: {
  source: 'bundle' | 'folder';
  bundleFile: string;
  workflowsPath: string;
}): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath' | 'bundlerOptions'> {
  if (source === 'folder') return { workflowsPath, bundlerOptions: bundlerOptions(workflowsPath) };
  if (!existsSync(bundleFile))
    throw new Error(`The workflow bundle ${path.basename(bundleFile)} is missing; make it with "npm run build".`);
  return { workflowBundle: { codePath: bundleFile } };
}
