export { type TimelineRow, findTimeline, lockTimeline, touchTimeline, upsertTimeline } from './timelines';
export {
  type RequestRow,
  findCalendar,
  findRequest,
  finishRequest,
  listRequests,
  openRequest,
  replaceRejections,
  saveMerged,
} from './requests';
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
  type StoredAnswer,
  closeCall,
  deleteAnswers,
  deleteCall,
  findAnswer,
  insertFreeCall,
  lockRequest,
  openCall,
  readCalls,
  saveAnswer,
  sumCalls,
} from './calls';
export {
  type ChunkEvents,
  type ChunkOutcome,
  type ChunkState,
  type NewChunk,
  readChunkEvents,
  readChunkStates,
  saveChunk,
} from './chunks';
export {
  type DecidedEvent,
  type EventRow,
  type EventsToStore,
  countByStatus,
  deleteEvents,
  findEvent,
  insertDecision,
  listEventIds,
  listEvents,
  listEventsNear,
  saveDecided,
  saveDoubles,
  upsertEvents,
} from './events';
export { listClaims } from './event-claims';
export { type ImportedEvent, loadImportedEvents, summariseImportedEvents } from './imported-events';
export { countImportedEvents, deleteUneditedEvents } from './reverted-events';
export { type CitedText, listCitedTexts, readText } from './quote-contexts';
