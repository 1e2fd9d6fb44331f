// npm run histories: runs the demo and keeps the histories of its executions, which every later version must replay.
// Old ones stay: a history that was recorded is a promise to executions that are still open.
import { rm } from 'node:fs/promises';
import { mkdtemp } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { ROOT, ensureBuilt, ensureInstalled } from './lib/bootstrap.mjs';
import { createStatus } from './lib/status.mjs';

const require = createRequire(import.meta.url);
const label = process.argv[2] ?? new Date().toISOString().slice(0, 10);
const status = createStatus();
const directory = await mkdtemp(path.join(os.tmpdir(), 'tenants-histories-'));
try {
  await ensureInstalled(status);
  await ensureBuilt(status);
  const { runDemo } = await import('./demo/run.mjs');
  const { connectClient } = require('@backend/shared/temporal');
  const { fetchRuns, saveHistories } = require('@backend/shared/testing');
  await runDemo({
    status,
    directory,
    afterwards: async ({ stack, workflows }) => {
      const { address } = stack.temporal;
      for (const { name: tenant, namespace } of stack.tenants) {
        const { client, close } = await connectClient({ address, namespace, connection: { address } });
        const recorded = workflows.filter((workflow) => workflow.workflowId.startsWith(`${tenant}/`));
        if (tenant === 'tracc') recorded.push(await runSchedule(client));
        recorded.push(await runRevert(client, tenant));
        for (const { workflowId } of recorded) {
          const { runId } = await firstRun(client, workflowId);
          const runs = await fetchRuns(client.workflow, { workflowId, runId });
          const name = workflowId.replace(`${tenant}/`, '').replaceAll('/', '-');
          await saveHistories(
            path.join(ROOT, 'test', 'histories', tenant),
            runs.map((history, index) => ({
              name: `${name}.${label}${runs.length > 1 ? `.run-${index + 1}` : ''}`,
              workflowId,
              history,
            })),
          );
          status.line(`✓ ${workflowId}: ${runs.length} run${runs.length > 1 ? 's' : ''}`);
        }
        await close();
      }
    },
  });
} catch (error) {
  status.line(error.message);
  process.exitCode = 1;
} finally {
  status.stop();
  await rm(directory, { recursive: true, force: true });
}

/** What no command starts: the run that a user's Schedule makes. */
async function runSchedule(client) {
  const { TASK_QUEUE, WORKFLOW_TYPES, budgetScheduleRunId } = require('../apps/tracc-worker/dist/contract');
  const userId = 'demo';
  const workflowId = budgetScheduleRunId({ userId, kind: 'report' });
  await client.workflow.execute(WORKFLOW_TYPES.scheduledBudget, {
    workflowId,
    taskQueue: TASK_QUEUE,
    args: [{ userId, mode: 'full' }],
  });
  return { workflowId };
}

/** What the demo does not end with: an import that is taken back. */
async function runRevert(client, tenant) {
  const { REVERT_IMPORT_WORKFLOW_TYPE, revertWorkflowId } = require('@backend/importer/contract');
  const { TASK_QUEUE } = require(`../apps/${tenant}-worker/dist/contract`);
  const [importId, userId] = tenant === 'tracc' ? ['demo-first-national', 'demo'] : ['demo-events', 'swaminarayan'];
  const workflowId = revertWorkflowId({ tenant, importId });
  await client.workflow.execute(REVERT_IMPORT_WORKFLOW_TYPE, {
    workflowId,
    taskQueue: TASK_QUEUE,
    args: [{ importId, userId }],
  });
  return { workflowId };
}

/** The first run of a chain that was continued as new. */
async function firstRun(client, workflowId) {
  const { runId, raw } = await client.workflow.getHandle(workflowId).describe();
  return { runId: raw.workflowExecutionInfo?.firstRunId || runId };
}
