import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { ROOT } from '../lib/bootstrap.mjs';
import { startLocalStack, startWorker } from '../lib/local-stack.mjs';
import { checkEffects } from './checks.mjs';
import { startDesk } from './desk.mjs';
import { printSummary } from './summary.mjs';
import { createCommands } from './commands.mjs';

const EXAMPLES = path.join(ROOT, 'examples');
const MONTH = '2025-11';
/** Where the demo's data stays from run to run. */
const HOME = path.join(ROOT, '.devstack', 'demo');

/**
 * The demo as a user would do it: commands of both tenants against two workers. Everything that it makes has a fixed id, so a
 * second run shows that nothing happens twice. Data stays in `.devstack/demo`; nothing stays running, unless `keep`.
 */
export async function runDemo({ status, json = false, keep = false, directory = HOME, afterwards }) {
  const startedAt = Date.now();
  await mkdir(directory, { recursive: true });
  const stop = stopOnSignal();
  const closers = [];
  try {
    const desk = await startDesk(path.join(EXAMPLES, 'timeline', 'sources'));
    closers.push(() => desk.close());
    const stack = await startLocalStack({
      status,
      directory,
      durable: true,
      publish: directory === HOME,
      signal: stop.signal,
      env: {
        all: { HTTP_ALLOW_HOSTS: desk.host, LOG_LEVEL: 'info' },
        tracc: { TRACC_USER: 'demo' },
        timeline: { TIMELINE_ID: 'swaminarayan' },
      },
    });
    closers.push(() => stack.stop());
    const workers = await status.step('starting both workers', () =>
      Promise.all(
        stack.tenants.map((tenant) => startWorker({ tenant, env: stack.environments[tenant.name], directory })),
      ),
    );
    closers.push(() => Promise.all(workers.map((worker) => worker.stop())));

    const workflows = await runWorkflows({ status, stack, desk, directory });
    const files = workflows.files;
    const checks = await status.step('checking the effects in PostgreSQL', () =>
      checkEffects({ stack, month: MONTH, examples: EXAMPLES }),
    );
    await printSummary({
      stack,
      workflows: workflows.list,
      files,
      checks,
      alerts: desk.alerts,
      keep,
      seconds: (Date.now() - startedAt) / 1000,
    });
    if (json) {
      const document = {
        temporal: { version: stack.temporal.version, address: stack.temporal.address },
        postgres: { version: stack.postgres.version },
        workflows: workflows.list,
        files,
      };
      process.stdout.write(`${JSON.stringify(document)}\n`);
    }
    const wrong = [
      ...checks.filter(({ ok }) => !ok).map(({ name }) => name),
      ...workflows.list.filter((w) => w.status !== 'COMPLETED').map((w) => `${w.workflowId} ${w.status}`),
    ];
    if (wrong.length > 0) throw new Error(`not as it should be: ${wrong.join('; ')}`);
    await afterwards?.({ stack, workflows: workflows.list });
    if (keep) {
      status.line(
        'everything is up; commands in another terminal: npx tracc --help, npx timeline --help; Ctrl-C ends it',
      );
      await stop.requested;
    }
  } finally {
    stop.dispose();
    for (const close of closers.reverse()) await close();
  }
}

async function runWorkflows({ status, stack, desk, directory }) {
  const commands = createCommands(stack);
  const { tracc, timeline } = commands;
  await status.step('adding the sample household and the timeline', () =>
    Promise.all([tracc(['db', 'seed']), timeline(['db', 'seed'])]),
  );
  await tracc([
    'budget',
    'set',
    'fun',
    '--name',
    'Fun',
    '--limit',
    '220',
    '--category',
    'leisure',
    'subscriptions',
    '--rollover',
    'full',
    '--since',
    '2025-01',
    '--threshold',
    '75',
    '90',
    '100',
    '--webhook',
    desk.alertUrl,
  ]);

  const sources = path.join(EXAMPLES, 'timeline', 'sources.yaml');
  const bank = (file) => path.join(EXAMPLES, 'bank', file);
  const started = await Promise.all([
    status.step('RecurringTransactionWorkflow: twelve rents on the last day of each month', async () => {
      const { workflowId } = await tracc(['recurring', 'create', 'rent']);
      return commands.finished('tracc', workflowId);
    }),
    status.step('DataImportWorkflow: a German bank, 5,203 clean rows', async () => {
      const { importId } = await tracc([
        'import',
        bank('sparkasse-2025.csv'),
        '--account',
        'checking',
        '--id',
        'demo-sparkasse',
      ]);
      return commands.finished('tracc', `tracc/import/${importId}`);
    }),
    status.step('DataImportWorkflow: an American bank, 5,396 rows, 37 of them bad', async () => {
      const { importId } = await tracc([
        'import',
        bank('first-national-2025.csv'),
        '--account',
        'usd',
        '--id',
        'demo-first-national',
      ]);
      return commands.finished('tracc', `tracc/import/${importId}`);
    }),
    status.step('DataImportWorkflow: 150 timeline events, 5 of them bad', async () => {
      const { importId } = await timeline([
        'import',
        path.join(EXAMPLES, 'timeline', 'events.csv'),
        '--timeline',
        'swaminarayan',
        '--id',
        'demo-events',
      ]);
      return commands.finished('timeline', `timeline/import/${importId}`);
    }),
    status.step('AITimelineGenerationWorkflow: six sources, read by rules', async () => {
      await timeline(['generate', sources, '--request', 'demo', '--base-url', desk.baseUrl]);
      return commands.finished('timeline', 'timeline/gen/swaminarayan/demo');
    }),
  ]);
  // The report comes last, so that it shows the rent.
  const budget = await status.step(`MonthlyBudgetWorkflow: six budgets of ${MONTH}`, async () => {
    const report = await tracc(['budget', 'report', MONTH, '--out', directory]);
    return { ...(await commands.finished('tracc', `tracc/budget/demo/${MONTH}`)), files: report.files };
  });
  const { files: reportFiles, ...budgetRun } = budget;
  const html = path.join(directory, 'timeline.html');
  const timelineJs = path.join(directory, 'timeline.json');
  await Promise.all([
    timeline(['export', '--timeline', 'swaminarayan', '--format', 'html', '--out', html]),
    timeline(['export', '--timeline', 'swaminarayan', '--format', 'timelinejs', '--out', timelineJs]),
  ]);
  const { file: rejects } = await tracc(['import', 'rejects', 'demo-first-national']);
  const rejectsFile = path.join(directory, 'first-national-rejects.csv');
  await copyFile(rejects, rejectsFile);
  await commands.close();
  return {
    list: [budgetRun, ...started],
    files: [reportFiles.html, reportFiles.json, reportFiles.csv, rejectsFile, html, timelineJs],
  };
}

function stopOnSignal() {
  const controller = new AbortController();
  let request;
  const requested = new Promise((resolve) => {
    request = resolve;
  });
  const onSignal = () => {
    controller.abort(new Error('stopped'));
    request();
  };
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  // A pending promise alone does not keep the process alive while it is kept up.
  const alive = setInterval(() => undefined, 60_000);
  return {
    signal: controller.signal,
    requested,
    dispose() {
      clearInterval(alive);
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}
