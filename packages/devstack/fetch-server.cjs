'use strict';

/**
 * Lets the SDK fetch its own server into a folder. A process of its own, because the SDK's download cannot be
 * called off: the caller bounds it by ending this process.
 *
 * argv: kind ('dev-server' | 'time-skipping'), folder, version
 */
const { TestWorkflowEnvironment } = require('@temporalio/testing');

const [kind, downloadDir, version] = process.argv.slice(2);
const server = { executable: { type: 'cached-download', downloadDir, version } };
const started =
  kind === 'dev-server'
    ? TestWorkflowEnvironment.createLocal({ server })
    : TestWorkflowEnvironment.createTimeSkipping({ server });

started
  .then((environment) => environment.teardown())
  .then(() => process.exit(0))
  .catch((error) => {
    // The library repeats the same cause in each layer of its message: the last layer is the cause itself.
    const layers = String(error?.message ?? error).split(': ');
    process.stderr.write(`${layers.slice(-2).join(': ')}\n`);
    process.exit(1);
  });
