import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// All recorded histories, replayed with the production bundles as the gate does (docs/versions.md): how long the gate takes, and
// how long the slowest run would hold up the workflow tasks of others on the worker that takes it over.
export const name = 'replay-gate';
export const goal = 'all recorded histories <= 20 s of CPU; of a run <= 1 s for each 1,000 events that it begins';

const MOST_S = 20;
const MOST_S_PER_THOUSAND = 1;
const HISTORIES = new URL('../../test/histories/', import.meta.url);

export async function run({ step }) {
  const { loadHistories, quietRuntime, replayAll } = await import('@backend/shared/testing');
  quietRuntime();
  const replayed = [];
  for (const tenant of readdirSync(HISTORIES)) {
    const histories = loadHistories(fileURLToPath(new URL(tenant, HISTORIES)));
    const bundle = new URL(`../../apps/${tenant}-worker/dist/workflow-bundle.js`, import.meta.url);
    await step(`replaying ${histories.length} histories of ${tenant}`, async () => {
      for await (const { replayed: run, error, cpuMs } of replayAll(histories, { bundlePath: fileURLToPath(bundle) })) {
        if (error) throw error;
        replayed.push({ name: `${tenant}/${run.name}`, events: run.history.events.length, seconds: cpuMs / 1000 });
      }
    });
  }
  const total = replayed.reduce((sum, { seconds }) => sum + seconds, 0);
  const share = ({ events, seconds }) => seconds / Math.ceil(events / 1000);
  const slowest = replayed.reduce((a, b) => (share(a) >= share(b) ? a : b));
  return {
    ours: total,
    anchor: 'limit',
    unit: 's CPU',
    theirs: MOST_S,
    ratio: total / MOST_S,
    ok: total <= MOST_S && share(slowest) <= MOST_S_PER_THOUSAND,
    notes: [
      `${replayed.length} histories; the slowest is ${slowest.name}: ${slowest.seconds.toFixed(2)} s for ${slowest.events} events`,
    ],
  };
}
