export {
  DEFAULT_RECORD_LIMITS,
  DELIMITERS,
  type Delimiter,
  type ImportProfile,
  type Position,
  type RecordLimits,
  type RecordProblem,
  type SourceRecord,
} from './types';
export { cutText } from './cut-text';
export { type FileProblem, type FileProblemCode, FileProblemError } from './problem';
export {
  type DetectedEncoding,
  type Encoding,
  type EncodingSource,
  type EncodingWarning,
  detectEncoding,
  encodingOfLabel,
  settleEncoding,
} from './encoding';
export { firstForeignWord } from './foreign-word';
export { type ByteSource, bufferSource, fileSource, readHead } from './byte-source';
export { type FileScan, scanFile } from './scan-file';
export { type RecordScanner, type RecordScannerOptions, createRecordScanner } from './record-scanner';
export { type ReadRecordsOptions, type RecordChunk, readRecordChunks } from './read-records';
export {
  type RoleCatalogue,
  type RoleColumns,
  compileCatalogue,
  matchRoles,
  missingRequirements,
  normaliseHeader,
} from './roles';
export { type Transcription, fileLine } from './header';
export {
  type DelimiterSource,
  type FileLayout,
  LAYOUT_HEAD_BYTES,
  type LayoutOutcome,
  type MissingColumn,
  detectLayout,
} from './layout';
