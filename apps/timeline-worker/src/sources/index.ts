export { readDocument } from './read-document';
export { type SourceDeps, mediaTypeOf, readSource, sourceFailureOf } from './read-source';
