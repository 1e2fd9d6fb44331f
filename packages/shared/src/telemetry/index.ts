export {
  type MetricCatalogue,
  type MetricLabels,
  type MetricSet,
  type MetricSpec,
  type Metrics,
  type OpenLabel,
  bucketsOf,
  counter,
  createMetrics,
  gauge,
  histogram,
} from './metrics';
export { HOST_METRICS } from './metrics-catalogue';
export { certificateExpiry, watchProcess, watchVisibility } from './metrics-watch';
export { createLogger, logUncaught } from './logger';
export { sdkLogger } from './log-context';
export { type Redactor, createRedactor, secretCutter } from './redact';
export { knownSecrets } from './secrets';
export { type Tracing, startTracing, wantsTraces } from './tracing';
