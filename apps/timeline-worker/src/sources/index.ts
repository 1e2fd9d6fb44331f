export { readDocument } from './read-document';
export { type SourceDeps, SourceFailure, mediaTypeOf, readSource, sourceFailureOf } from './read-source';
