// npm run histories: records the set `next` anew (docs/versions.md): what the workflow tests start, one history for each workflow
// and shape, and what the demo starts, which comes from a real server. Sets of releases stay as they are: a history that was
// recorded is a promise to executions that are still open.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { ROOT, ensureBuilt, ensureInstalled, run } from './lib/bootstrap.mjs';
import { createStatus } from './lib/status.mjs';

const require = createRequire(import.meta.url);
const status = createStatus();
/** What the demo imports that can be taken back. */
const DEMO_IMPORTS = {
  tracc: { importId: 'demo-first-national', userId: 'demo' },
  timeline: { importId: 'demo-events', userId: 'swaminarayan' },
};

const directory = await mkdtemp(path.join(os.tmpdir(), 'tenants-histories-'));
const recorded = path.join(directory, 'recorded');
try {
  await ensureInstalled(status);
  await ensureBuilt(status);
  await status.step('running the workflow tests (some minutes)', () =>
    run(path.join(ROOT, 'node_modules', '.bin', 'jest'), ['--selectProjects', 'wf'], {
      env: { RECORD_HISTORIES: recorded, TEST_PREBUILT: '1' },
    }),
  );
  await recordDemo();
  for (const tenant of await readdir(recorded)) await replaceNext(tenant);
} catch (error) {
  status.line(error.message);
  process.exitCode = 1;
} finally {
  status.stop();
  await rm(directory, { recursive: true, force: true });
}

/** Puts what was recorded in the place of the tenant's set `next`. */
async function replaceNext(tenant) {
  const { saveHistories, selectHistories } = require('@backend/shared/testing');
  const selected = selectHistories(path.join(recorded, tenant));
  const target = path.join(ROOT, 'test', 'histories', tenant, 'next');
  await rm(target, { recursive: true, force: true });
  await saveHistories(target, selected);
  status.line(`✓ ${tenant}: ${selected.length} histories`);
}

async function recordDemo() {
  const { runDemo } = await import('./demo/run.mjs');
  const { connectClient } = require('@backend/shared/temporal');
  const { fetchRuns, saveHistories, typeOf } = require('@backend/shared/testing');
  await runDemo({
    status,
    directory: path.join(directory, 'demo'),
    afterwards: async ({ stack, workflows }) => {
      const { address } = stack.temporal;
      for (const { name: tenant, namespace } of stack.tenants) {
        const { client, close } = await connectClient({ address, namespace, connection: { address } });
        const executions = workflows.filter((workflow) => workflow.workflowId.startsWith(`${tenant}/`));
        executions.push(...(await runSchedule(client, tenant)), ...(await runRevert(client, tenant)));
        for (const { workflowId } of executions) {
          const runs = await fetchRuns(client.workflow, { workflowId, runId: await firstRun(client, workflowId) });
          const name = workflowId.replace(`${tenant}/`, '').replaceAll('/', '-');
          await saveHistories(
            path.join(recorded, tenant),
            runs.map((history, index) => ({
              name: `${typeOf(history)}.demo-${name}${index > 0 ? `-run-${index + 1}` : ''}`,
              workflowId,
              history,
            })),
          );
        }
        await close();
      }
    },
  });
}

/** What no command starts: the run that a user's Schedule makes, in the tenant that has them. */
async function runSchedule(client, tenant) {
  const { TASK_QUEUE, WORKFLOW_TYPES, budgetScheduleRunId } = contractOf(tenant);
  if (!WORKFLOW_TYPES.scheduledBudget) return [];
  const userId = 'demo';
  const workflowId = budgetScheduleRunId({ userId, kind: 'report' });
  await client.workflow.execute(WORKFLOW_TYPES.scheduledBudget, {
    workflowId,
    taskQueue: TASK_QUEUE,
    args: [{ userId, mode: 'full' }],
  });
  return [{ workflowId }];
}

/** What the demo does not end with: an import that is taken back, in a tenant that imports. */
async function runRevert(client, tenant) {
  const { REVERT_IMPORT_WORKFLOW_TYPE, revertWorkflowId } = require('@backend/importer/contract');
  const { TASK_QUEUE, WORKFLOW_TYPES } = contractOf(tenant);
  const input = DEMO_IMPORTS[tenant];
  if (!input || !Object.values(WORKFLOW_TYPES).includes(REVERT_IMPORT_WORKFLOW_TYPE)) return [];
  const workflowId = revertWorkflowId({ tenant, importId: input.importId });
  await client.workflow.execute(REVERT_IMPORT_WORKFLOW_TYPE, {
    workflowId,
    taskQueue: TASK_QUEUE,
    args: [input],
  });
  return [{ workflowId }];
}

function contractOf(tenant) {
  return require(`../apps/${tenant}-worker/dist/contract`);
}

/** The first run of a chain that was continued as new. */
async function firstRun(client, workflowId) {
  const { runId, raw } = await client.workflow.getHandle(workflowId).describe();
  return raw.workflowExecutionInfo?.firstRunId || runId;
}
