// npm run histories:export -- TENANT --to FILE.jsonl: every closed execution of a tenant, one line of JSON each:
// {workflowId, runId, workflowType, status, startTime, closeTime, history}, the history as the server's JSON. What FILE has already is
// not fetched again, so that it can be run each night, and after it was interrupted; FILE itself changes only when all is there.
// The connection is that of the tenant's commands (TEMPORAL_*). Payloads stay as they are kept, encrypted or not.
import { createReadStream, existsSync } from 'node:fs';
import { copyFile, open, rename, truncate } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { ROOT, ensureBuilt, ensureInstalled } from './lib/bootstrap.mjs';
import { createStatus } from './lib/status.mjs';

const require = createRequire(import.meta.url);
const status = createStatus();
try {
  const [tenant, option, to, ...rest] = process.argv.slice(2);
  if (!tenant || option !== '--to' || !to || rest.length > 0)
    throw new Error('give a tenant and a file: npm run histories:export -- tracc --to tracc.jsonl');
  const app = path.join(ROOT, 'apps', `${tenant}-worker`);
  if (!existsSync(app)) throw new Error(`there is no tenant ${tenant}`);
  await ensureInstalled(status);
  await ensureBuilt(status);
  const { added, known } = await status.step(`exporting the histories of ${tenant}`, (note) =>
    exportHistories({ app, file: path.resolve(to), note }),
  );
  process.stdout.write(`${to}: ${added} histories added, ${known + added} in all\n`);
} catch (error) {
  status.line(error.message);
  process.exitCode = 1;
}
status.stop();
// The SDK's runtime has threads that would keep the process alive.
process.stdout.write('', () => process.exit());

async function exportHistories({ app, file, note }) {
  const { connectClient, describeTemporalError } = require('@backend/shared/temporal');
  const { historyToJSON } = require('@temporalio/common/lib/proto-utils');
  const { temporal } = require(path.join(app, 'dist', 'config.js')).loadConfig();
  const part = `${file}.part`;
  if (!existsSync(part) && existsSync(file)) await copyFile(file, part);
  const known = existsSync(part) ? await wholeLines(part) : new Set();
  const { client, close } = await connectClient(temporal).catch((error) => {
    throw new Error(describeTemporalError(error, temporal) ?? error.message);
  });
  const output = await open(part, 'a');
  let added = 0;
  try {
    for await (const execution of client.workflow.list({ query: "ExecutionStatus != 'Running'" })) {
      const { workflowId, runId, type: workflowType, status: ended, startTime, closeTime } = execution;
      if (known.has(runId)) continue;
      const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
      const line = { workflowId, runId, workflowType, status: ended.name, startTime, closeTime };
      // The history is JSON already, in the form of the server's own commands.
      const text = `${JSON.stringify(line).slice(0, -1)},"history":${JSON.stringify(JSON.parse(historyToJSON(history)))}}\n`;
      await output.appendFile(text);
      added += 1;
      note(`${added} histories, ${workflowType} of ${closeTime?.toISOString().slice(0, 10)}`);
    }
    await output.sync();
  } finally {
    await output.close();
    await close();
  }
  await rename(part, file);
  return { added, known: known.size };
}

/** The runs that a file has. A last line that was not finished is cut off. */
async function wholeLines(file) {
  const runs = new Set();
  let bytes = 0;
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    const runId = runOf(line);
    if (runId === undefined) break;
    runs.add(runId);
    bytes += Buffer.byteLength(line) + 1;
  }
  await truncate(file, bytes);
  return runs;
}

function runOf(line) {
  try {
    return JSON.parse(line).runId;
  } catch {
    return undefined;
  }
}
