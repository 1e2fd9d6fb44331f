export { type TimelineRow, findTimeline, lockTimeline, touchTimeline, upsertTimeline } from './timelines';
export { type RequestRow, findRequest, finishRequest, openRequest, replaceRejections, saveMerged } from './requests';
export {
  type RequestSourceRow,
  type RequestText,
  type SourceRow,
  dropRequestSource,
  listRequestSources,
  listSources,
  readRequestTexts,
  recordRequestSource,
  saveText,
  upsertSource,
} from './sources';
export {
  type CallRow,
  type ChunkEvents,
  type ChunkOutcome,
  type ChunkState,
  type NewChunk,
  type Usage,
  insertCall,
  readChunkEvents,
  readChunkStates,
  saveChunk,
  sumCalls,
} from './chunks';
export {
  type DecidedEvent,
  type EventRow,
  type EventsToStore,
  countByStatus,
  findEvent,
  insertDecision,
  listEvents,
  saveDecided,
  upsertEvents,
} from './events';
export { type ImportedEvent, loadImportedEvents, summariseImportedEvents } from './imported-events';
export { countImportedEvents, deleteUneditedEvents } from './reverted-events';
