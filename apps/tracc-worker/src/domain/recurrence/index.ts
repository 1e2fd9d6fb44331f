export { DEFAULT_POST_AT, DEFAULT_SCHEDULE, occurrenceKey, ruleOf } from './rule';
export {
  type Nominal,
  type NominalRange,
  isOccurrence,
  nominalOccurrences,
  occurrenceAt,
  occurrenceOf,
  planOccurrences,
  positionOf,
  postingDateOf,
} from './occurrences';
export { fireInstant, isZone, localDate } from './fire-time';
export { type FieldProblem, validateRule } from './validate';
