export { type Log } from './progress';
export { findPromtool, makePromtool } from './promtool';
export { startPostgres, type PostgresOptions, type RunningPostgres } from './postgres';
export { startStack, type Stack, type StackOptions } from './stack';
export { startTemporal, type RunningTemporal, type TemporalOptions } from './temporal';
export {
  devServerConfig,
  type DynamicConfig,
  type SearchAttribute,
  type SearchAttributeType,
} from './temporal-arguments';
export { resolveTimeSkippingServer } from './time-skipping';
