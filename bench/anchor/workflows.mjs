// The anchors: what the bare SDK costs for the same sleep and the same year.
import {
  condition,
  defineSignal,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  sleep,
} from '@temporalio/workflow';

const wake = defineSignal('wake');
const { nothing } = proxyLocalActivities({ startToCloseTimeout: '5 seconds' });
const { insertRow } = proxyActivities({ startToCloseTimeout: '10 seconds' });

/**
 * The smallest workflow that sleeps on a timer and can be woken; it holds on to its state. Like the product's it asks an activity
 * something first: the SDK's core keeps more memory for a workflow that has done nothing yet but start.
 */
export async function Sleeper(state) {
  let woken = false;
  setHandler(wake, () => {
    woken = true;
  });
  await nothing();
  await condition(() => woken, '90 days');
  return state;
}

/** A year of months: twelve timers, twelve activities. */
export async function Year({ id }) {
  for (let month = 1; month <= 12; month += 1) {
    await sleep('30 days');
    await insertRow({ id, month });
  }
}
