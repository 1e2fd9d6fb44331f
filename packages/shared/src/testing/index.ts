export { type TestDatabase, createTestDatabase, makeTemplate } from './database';
export { quietRuntime } from './quiet';
export { startTimeSkipping } from './time-skipping';
export { type Rig, createRig } from './rig';
export { type StoredHistory, fetchRuns, loadHistories, replay, saveHistories } from './histories';
