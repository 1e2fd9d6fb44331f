export { EVENT_ROLES } from './event-roles';
export {
  type EventDecisions,
  type EventRecord,
  type EventRowErrorCode,
  type ImportedCitation,
  createEventValidator,
  hasOpenOrder,
} from './event-record';
export { eventKey, importedEventId, importedSourceId } from './event-key';
export { suggestEventColumns, understandEvents } from './understand-events';
