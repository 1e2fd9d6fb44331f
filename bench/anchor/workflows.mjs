// The anchors: what the bare SDK costs for the same sleep and the same year.
import { condition, defineSignal, proxyActivities, setHandler, sleep } from '@temporalio/workflow';

const wake = defineSignal('wake');
const { insertRow } = proxyActivities({ startToCloseTimeout: '10 seconds' });

/** The smallest workflow that sleeps and can be woken; it holds on to its state. */
export async function Sleeper(state) {
  let woken = false;
  setHandler(wake, () => {
    woken = true;
  });
  await condition(() => woken);
  return state;
}

/** A year of months: twelve timers, twelve activities. */
export async function Year({ id }) {
  for (let month = 1; month <= 12; month += 1) {
    await sleep('30 days');
    await insertRow({ id, month });
  }
}
