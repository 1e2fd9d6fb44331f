export {
  type TemporalSettings,
  connectClient,
  connectionSecrets,
  connectWorker,
  describeTemporalError,
  reachServer,
  temporalSettings,
} from './connection';
export { installRuntime } from './runtime';
export { type ProbeServer, startProbes } from './probes';
export { ServersAbsent } from './servers';
export { waitUntil } from './wait-until';
export { type WorkerHost, runWorkerHost } from './worker-host';
export { bundleWorkflows, tracedBundle, workflowSource } from './bundle';
export {
  type NamespaceNeeds,
  type SearchAttributeDefinition,
  addSearchAttributes,
  missingSearchAttributes,
  registerSearchAttributes,
  searchAttributeList,
  setUpNamespace,
} from './namespace';
export { type KeywordAttribute, startedFor } from './start-options';
export { type ExecutionFilter, findExecutions, visibilityQuery } from './visibility';
export { type Tenant, hostSettings } from './tenant-host';
export { type SettingsReader, type TenantSettings, settingsReader } from './tenant-settings';
