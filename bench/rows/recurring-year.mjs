import { createRequire } from 'node:module';
import path from 'node:path';
import { bundleAnchor } from '../anchor/bundle.mjs';
import { ownCpuMs } from '../lib/machine.mjs';
import { median, range } from '../lib/numbers.mjs';
import { addTemplates, daysFromNow } from '../lib/recurring.mjs';
import { BUSY_CORES } from '../lib/run-row.mjs';
import { startBenchStack, tracc } from '../lib/stack.mjs';

// A year of monthly postings under time-skipping: real activities on a real database.
export const name = 'recurring-year';
export const goal = '<= 0.3 s; busy: CPU ratio <= 2';

const SECONDS_MAX = 0.3;
/** 0.3 s to the 0.15 s that the twin takes on an idle machine. */
const CPU_RATIO_MAX = 2;
const ROUNDS = 5;

export async function run(context) {
  const { quick, step, signal } = context;
  const stack = await startBenchStack(context, { temporal: false });
  const { env, product, twin } = await step('starting the time-skipping server and both workers', (note) =>
    startRigs(context, stack, note),
  );
  const executions = await addTemplates(stack, {
    prefix: 'year',
    count: ROUNDS + 1,
    startDate: daysFromNow(1, await env.currentTimeMs()),
    end: { count: 12 },
  });
  // The clock runs ahead by a year with each; a template of today's would have to catch up instead of sleeping.
  const runProduct = async (index) => {
    const [input] = executions[index].args;
    const startDate = daysFromNow(1, await env.currentTimeMs());
    const schedule = { ...input.schedule, day: Math.min(28, Number(startDate.slice(8))) };
    return timed(() =>
      product.execute(executions[index].type, {
        workflowId: executions[index].workflowId,
        args: [{ ...input, startDate, schedule }],
      }),
    );
  };
  const runTwin = async (index) =>
    timed(() => twin.execute('Year', { workflowId: `twin-${index}`, args: [{ id: `twin-${index}` }] }));

  await step('warming up', async () => {
    await runTwin(0);
    await runProduct(0);
  });
  const busy = context.busyMeter();
  const rounds = quick ? 2 : ROUNDS;
  const pairs = await step(`a year, ${rounds} times`, async () => {
    const measured = [];
    for (const round of range(rounds)) {
      signal.throwIfAborted();
      const order = round % 2 === 0 ? [runProduct, runTwin] : [runTwin, runProduct];
      const results = [await order[0](round + 1), await order[1](round + 1)];
      const [ours, theirs] = round % 2 === 0 ? results : results.reverse();
      measured.push({ ours, theirs });
    }
    return measured;
  });
  const otherCores = busy.otherCores();
  const [{ posted }] = await stack.query(
    `select count(*)::int as posted from recurring_occurrences where outcome = 'posted'`,
  );
  if (posted !== 12 * (rounds + 1)) throw new Error(`${posted} occurrences were posted, not ${12 * (rounds + 1)}`);

  const of = (side, figure) => median(pairs.map((pair) => pair[side][figure]));
  const wallRatio = median(pairs.map(({ ours, theirs }) => ours.seconds / theirs.seconds));
  // Ticks of 10 ms are coarse for one round: the sums are compared.
  const sum = (side) => pairs.reduce((total, pair) => total + pair[side].cpuMs, 0);
  const cpuRatio = sum('ours') / sum('theirs');
  const perYear = (side) => Math.round(sum(side) / rounds);
  const isBusy = otherCores > BUSY_CORES;
  const ratio = isBusy ? cpuRatio : wallRatio;
  return {
    ours: of('ours', 'seconds'),
    theirs: of('theirs', 'seconds'),
    unit: 's',
    anchor: 'bare SDK: 12 timers, 12 INSERTs',
    ratio,
    otherCores,
    ok: of('ours', 'seconds') <= SECONDS_MAX || (isBusy && cpuRatio <= CPU_RATIO_MAX),
    notes: [
      `median of ${rounds}; wall ratio ${wallRatio.toFixed(2)}`,
      ...(Number.isNaN(cpuRatio)
        ? []
        : [
            `CPU of all processes ${perYear('ours')} ms a year, the anchor's ${perYear('theirs')} ms: ratio ${cpuRatio.toFixed(2)}`,
          ]),
    ],
  };
}

/** The product's worker and the twin's, in this process, on one time-skipping server. */
async function startRigs({ directory, onClose }, stack, note) {
  const require = createRequire(import.meta.url);
  const { resolveTimeSkippingServer } = require('@backend/devstack');
  const { createBlobStore } = require('@backend/shared/blob');
  const { createGuardedFetch } = require('@backend/shared/http');
  const { createPool, openScope } = require('@backend/shared/pg');
  const { createRig, startTimeSkipping } = require('@backend/shared/testing');
  const pino = require('pino');
  const { createMetrics } = require('@backend/shared/telemetry');
  const { createActivities } = tracc('activities/index.js');
  const { TRACC_METRICS } = tracc('metrics.js');
  const { FILES, NAMESPACE_NEEDS } = tracc('config.js');

  const twinBundle = path.join(directory, 'twin-bundle.js');
  await bundleAnchor(twinBundle);
  await stack.query('create table bench_rows (id text, month int, primary key (id, month))');
  await stack.query('grant insert on bench_rows to public');

  const env = await startTimeSkipping(await resolveTimeSkippingServer({ log: note }), NAMESPACE_NEEDS.searchAttributes);
  onClose(() => env.teardown());
  const pool = createPool({ url: stack.workerUrl, max: 10, name: 'bench' });
  onClose(() => pool.end());
  const open = async (bundlePath, activities) => {
    const rig = await createRig({ client: env.client, connection: env.nativeConnection, bundlePath, activities });
    // On Ctrl-C the SDK's runtime stops its workers itself, and a second shutdown is refused.
    onClose(() => rig.stop().catch(() => undefined));
    return rig;
  };
  const activities = createActivities({
    scope: openScope(pool),
    blobs: createBlobStore(path.join(directory, 'blobs')),
    fetch: createGuardedFetch({ allowHosts: [] }),
    mailer: undefined,
    importDirectory: directory,
    metrics: createMetrics(TRACC_METRICS).metrics,
    reportBaseUrl: undefined,
    log: pino({ level: 'silent' }),
  });
  const insertRow = async ({ id, month }) => {
    await pool.query('insert into bench_rows (id, month) values ($1, $2)', [id, month]);
  };
  return { env, product: await open(FILES.bundle, activities), twin: await open(twinBundle, { insertRow }) };
}

async function timed(work) {
  const cpuBefore = ownCpuMs();
  const before = performance.now();
  await work();
  return { seconds: (performance.now() - before) / 1000, cpuMs: ownCpuMs() - cpuBefore };
}
