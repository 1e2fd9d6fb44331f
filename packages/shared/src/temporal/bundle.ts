import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { bundleWorkflowCode, DefaultLogger, type WorkerOptions } from '@temporalio/worker';
import { WORKFLOW_FAILURE_CONVERTER } from '../codec';
import { ConfigError, type Profile } from '../config';

const WORKFLOW_TRACING = path.join(__dirname, '..', 'telemetry', 'workflow-tracing');

/** The bundle with interceptors for traces, beside the one without: a worker that makes no traces pays nothing for them. */
export function tracedBundle(bundleFile: string): string {
  return bundleFile.replace(/\.js$/, '.traced.js');
}

/** Writes the workflow bundle of a tenant, as the image build and the tests use it. Returns its size in bytes. */
export async function bundleWorkflows({
  workflowsPath,
  outFile,
  traced = false,
}: {
  workflowsPath: string;
  outFile: string;
  /** With the interceptors that make spans. */
  traced?: boolean;
}): Promise<number> {
  const { code } = await bundleWorkflowCode({
    workflowsPath,
    ...bundlerOptions(workflowsPath, WORKFLOW_FAILURE_CONVERTER, ...(traced ? [WORKFLOW_TRACING] : [])),
    failureConverterPath: WORKFLOW_FAILURE_CONVERTER,
    workflowInterceptorModules: traced ? [WORKFLOW_TRACING] : [],
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
function bundlerOptions(...modules: string[]): { readonly preloadModules: string[] } {
  return { preloadModules: modules };
}

export type WorkflowSource = Pick<
  WorkerOptions,
  'workflowBundle' | 'workflowsPath' | 'bundlerOptions' | 'interceptors'
>;

/**
 * Where a worker takes its workflows from: the prebuilt bundle, or in development the folder, bundled on the fly. A
 * missing bundle is an error and never a reason to bundle at run time: what runs is what was tested. Throws ConfigError for a folder
 * in production, or of a worker that is a version: nobody can tell which code that would be.
 */
export function workflowSource({
  source,
  profile,
  bundleFile,
  workflowsPath,
  encodeFailures = false,
  traced = false,
  versioned = false,
}: {
  source: 'bundle' | 'folder';
  profile: Profile;
  bundleFile: string;
  workflowsPath: string;
  /** Whether messages and stack traces of failures go into payloads: when there are keys to encrypt them with. */
  encodeFailures?: boolean;
  /** Whether workflows make spans. */
  traced?: boolean;
  /** Whether the worker is a version of a Worker Deployment. */
  versioned?: boolean;
}): WorkflowSource {
  if (source === 'folder') {
    if (profile === 'production' || versioned)
      throw new ConfigError([
        `WORKFLOW_SOURCE is wrong: a worker ${versioned ? 'with TEMPORAL_DEPLOYMENT_NAME' : 'in production'} runs the prebuilt bundle; it should be bundle.`,
      ]);
    return {
      workflowsPath,
      bundlerOptions: bundlerOptions(workflowsPath, ...(traced ? [WORKFLOW_TRACING] : [])),
      ...(traced ? { interceptors: { workflowModules: [WORKFLOW_TRACING] } } : {}),
    };
  }
  const file = traced ? tracedBundle(bundleFile) : bundleFile;
  if (!existsSync(file))
    throw new Error(`The workflow bundle ${path.basename(file)} is missing; make it with "npm run build".`);
  const flags = [...(encodeFailures ? ['__ENCODE_FAILURES__'] : []), ...(versioned ? ['__VERSIONED__'] : [])];
  if (flags.length === 0) return { workflowBundle: { codePath: file } };
  return { workflowBundle: { code: withFlags(readFileSync(file, 'utf8'), flags) } };
}

/**
 * A workflow bundle that is told what its worker is: one bundle is built and tested, and whoever loads it sets the flags that its
 * modules look at. On the bundle's first line, so that lines of stack traces stay what they are.
 */
function withFlags(code: string, flags: readonly string[]): string {
  return `${flags.map((flag) => `var ${flag} = true; `).join('')}${code}`;
}
