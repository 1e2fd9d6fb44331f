'use strict';
// A worker as the SDK's documentation starts one: a connection, a prebuilt bundle, activities, and nothing else. CommonJS as the
// product's is, since a module of the other kind would start later.
const { NativeConnection, Worker } = require('@temporalio/worker');

const { BARE_ACTIVITIES, BARE_BUNDLE, BARE_TASK_QUEUE, BARE_TUNED, TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE } = process.env;

/** The product's numbers, for what is not about them. */
const TUNED = {
  maxConcurrentWorkflowTaskExecutions: 100,
  workflowTaskPollerBehavior: { type: 'autoscaling', minimum: 2, maximum: 32, initial: 4 },
  activityTaskPollerBehavior: { type: 'autoscaling', minimum: 2, maximum: 32, initial: 4 },
};

async function main() {
  const connection = await NativeConnection.connect({ address: TEMPORAL_ADDRESS });
  const worker = await Worker.create({
    connection,
    namespace: TEMPORAL_NAMESPACE,
    taskQueue: BARE_TASK_QUEUE,
    workflowBundle: { codePath: BARE_BUNDLE },
    activities: require(BARE_ACTIVITIES),
    ...(BARE_TUNED ? { ...TUNED, ...JSON.parse(BARE_TUNED) } : {}),
  });
  await worker.run();
  await connection.close();
}

void main().then(
  () => process.exit(),
  (error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exit(1);
  },
);
