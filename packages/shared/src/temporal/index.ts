export {
  type TemporalSettings,
  connectClient,
  connectWorker,
  describeTemporalError,
  temporalSettings,
  waitForServer,
} from './connection';
export { createLogger } from './logger';
export { installRuntime } from './runtime';
export { type ProbeServer, startProbes } from './probes';
export { type WorkerHost, runWorkerHost } from './worker-host';
export { bundleWorkflows, workflowSource } from './bundle';
