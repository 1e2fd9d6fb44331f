// npm run histories:check -- TENANT FILE.jsonl: replays what histories:export has written with the workflows as they are now, as the
// replay gate does with the recorded ones: what an installation has run is what a new version has to go on with. Encrypted payloads
// need the PAYLOAD_KEYS of the tenant.
import { createReadStream, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { ROOT, ensureBuilt, ensureInstalled } from './lib/bootstrap.mjs';
import { createStatus } from './lib/status.mjs';

const require = createRequire(import.meta.url);
const status = createStatus();
try {
  const [tenant, file, ...rest] = process.argv.slice(2);
  if (!tenant || !file || rest.length > 0)
    throw new Error('give a tenant and a file: npm run histories:check -- tracc tracc.jsonl');
  const app = path.join(ROOT, 'apps', `${tenant}-worker`);
  for (const each of [app, file]) if (!existsSync(each)) throw new Error(`there is no ${each}`);
  await ensureInstalled(status);
  await ensureBuilt(status);
  const { replayed, failed } = await status.step(`replaying ${file}`, (note) => replay({ app, file, note }));
  for (const sentence of failed) process.stdout.write(`${sentence}\n`);
  process.stdout.write(`${replayed - failed.length} of ${replayed} histories replay\n`);
  if (failed.length > 0) process.exitCode = 1;
} catch (error) {
  status.line(error.message);
  process.exitCode = 1;
}
status.stop();
process.stdout.write('', () => process.exit());

async function replay({ app, file, note }) {
  const { quietRuntime, replayAll } = require('@backend/shared/testing');
  const { payloadDataConverter } = require('@backend/shared/codec');
  const { loadConfig } = require(path.join(app, 'dist', 'config.js'));
  const { temporal } = loadConfig();
  quietRuntime();
  const bundlePath = path.join(app, 'dist', 'workflow-bundle.js');
  const dataConverter = payloadDataConverter(temporal.payloadKeys);
  const failed = [];
  let replayed = 0;
  for await (const { replayed: run, error } of replayAll(readRuns(file), { bundlePath, dataConverter })) {
    replayed += 1;
    note(`${replayed} histories`);
    if (error) failed.push(`${run.workflowId} (${run.runId}): ${error.message}`);
  }
  return { replayed, failed };
}

async function* readRuns(file) {
  const { historyFromJSON } = require('@temporalio/common/lib/proto-utils');
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    const { workflowId, runId, history } = JSON.parse(line);
    yield { workflowId, runId, history: historyFromJSON(history) };
  }
}
