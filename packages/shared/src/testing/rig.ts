import { randomUUID } from 'node:crypto';
import type { Client, WorkflowHandleWithStartDetails, WorkflowStartOptions } from '@temporalio/client';
import { type NativeConnection, Worker } from '@temporalio/worker';
import { type Run, fetchRuns, replayAll } from './histories';
import { summariesOf } from './summaries';

/** A worker for the tests of one file, and a record of all that they start. */
export interface Rig {
  readonly taskQueue: string;
  start(
    workflowType: string,
    options: { workflowId: string; args: unknown[] } & Partial<WorkflowStartOptions>,
  ): Promise<WorkflowHandleWithStartDetails>;
  execute<T>(
    workflowType: string,
    options: { workflowId: string; args: unknown[] } & Partial<WorkflowStartOptions>,
  ): Promise<T>;
  /**
   * To be called when each test ends: every execution that the test started must have ended, and all of its runs must
   * replay with the bundle and say what each step does. `open` names, with the reason, an execution that is meant to be still running.
   */
  verify(options?: { open?: Readonly<Record<string, string>> }): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a worker with the production bundle on a task queue of its own. */
export async function createRig({
  client,
  connection,
  bundlePath,
  activities,
  namespace,
  record,
}: {
  client: Client;
  connection: NativeConnection;
  bundlePath: string;
  activities: object;
  namespace?: string | undefined;
  /** Called with every run that has been replayed. */
  record?: ((run: Run) => Promise<void>) | undefined;
}): Promise<Rig> {
  const taskQueue = `test-${randomUUID()}`;
  const worker = await Worker.create({
    connection,
    taskQueue,
    activities,
    workflowBundle: { codePath: bundlePath },
    ...(namespace ? { namespace } : {}),
    // As in the worker host: a cancellation arrives with a heartbeat.
    maxHeartbeatThrottleInterval: '5 seconds',
  });
  const running = worker.run();
  // A worker that dies is reported by stop(); without this the rejection would have no listener until then.
  running.catch(() => undefined);
  let started: { workflowId: string; runId: string }[] = [];

  const start: Rig['start'] = async (workflowType, options) => {
    const handle = await client.workflow.start(workflowType, { ...options, taskQueue });
    started.push({ workflowId: handle.workflowId, runId: handle.firstExecutionRunId });
    return handle;
  };

  return {
    taskQueue,
    start,
    async execute<T>(workflowType: string, options: Parameters<Rig['start']>[1]) {
      const handle = await start(workflowType, options);
      return (await handle.result()) as T;
    },
    async verify({ open = {} } = {}) {
      const executions = started;
      started = [];
      const runs: Run[] = [];
      for (const { workflowId, runId } of executions) {
        const { status } = await client.workflow.getHandle(workflowId).describe();
        if (status.name === 'RUNNING' && !(workflowId in open)) {
          await client.workflow.getHandle(workflowId).terminate('left open by a test');
          throw new Error(`${workflowId} was still running when its test ended`);
        }
        for (const history of await fetchRuns(client.workflow, { workflowId, runId }))
          runs.push({ workflowId, history });
      }
      if (runs.length === 0) return;
      for (const { workflowId, history } of runs)
        if (summariesOf(history).includes(undefined)) throw new Error(`a step of ${workflowId} has no summary`);
      for await (const { error } of replayAll(runs, { bundlePath })) if (error) throw error;
      for (const run of runs) await record?.(run);
    },
    async stop() {
      worker.shutdown();
      await running;
    },
  };
}
