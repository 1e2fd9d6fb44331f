'use strict';
// Loaded into a worker process before everything else, in each of its threads (NODE_OPTIONS --require): collects garbage
// when the bench asks for it. The workflows live in a thread of the SDK's, which the main thread's gc() does not reach.
const { BroadcastChannel, isMainThread } = require('node:worker_threads');

const MIB = 1024 * 1024;
const collect = () => {
  // Once is not enough: what one collection finalizes the next one frees.
  for (let round = 0; round < 3; round += 1) globalThis.gc();
  return process.memoryUsage().heapUsed / MIB;
};
const channel = new BroadcastChannel('bench-collect-garbage');

if (isMainThread) {
  let threads = 0;
  let pending;
  channel.onmessage = ({ data }) => {
    if (data.type === 'hello') threads += 1;
    if (data.type !== 'done' || data.request !== pending?.request) return;
    pending.heapsMiB.push(data.heapMiB);
    finish();
  };
  const finish = () => {
    if (pending.heapsMiB.length <= threads) return;
    process.send(pending);
    pending = undefined;
  };
  process.on('message', ({ type, request }) => {
    if (type !== 'collect-garbage') return;
    pending = { request, heapsMiB: [collect()] };
    channel.postMessage({ type, request });
    finish();
  });
  // The listener would keep the process alive until its parent has ended.
  process.channel?.unref();
} else {
  channel.onmessage = ({ data }) => {
    if (data.type === 'collect-garbage') {
      channel.postMessage({ type: 'done', request: data.request, heapMiB: collect() });
    }
  };
  channel.postMessage({ type: 'hello' });
}
channel.unref();
