export { type TestDatabase, createTestDatabase, makeTemplate } from './database';
export { quietRuntime } from './quiet';
export { type RecordedMetrics, recordMetrics } from './metrics';
export { startTimeSkipping } from './time-skipping';
export { type Rig, createRig } from './rig';
export {
  type History,
  type Run,
  type StoredHistory,
  attributesOf,
  fetchRuns,
  loadHistories,
  replayAll,
  saveHistories,
  typeOf,
} from './histories';
export { recordHistory, selectHistories } from './recording';
export { summariesOf } from './summaries';
