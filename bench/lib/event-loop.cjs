'use strict';
// Loaded into a worker process before everything else (NODE_OPTIONS --require): tells the bench how late the main thread's event
// loop was since it was asked last. The activities, the probes and the connection to Temporal live there.
const { monitorEventLoopDelay } = require('node:perf_hooks');
const { isMainThread } = require('node:worker_threads');

const RESOLUTION_MS = 10;

if (isMainThread) {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  const ms = (nanoseconds) => nanoseconds / 1e6;
  process.on('message', ({ type, request }) => {
    if (type !== 'event-loop') return;
    process.send({ request, p99Ms: ms(delays.percentile(99)), maxMs: ms(delays.max) });
    delays.reset();
  });
  // The listener would keep the process alive until its parent has ended.
  process.channel?.unref();
}
