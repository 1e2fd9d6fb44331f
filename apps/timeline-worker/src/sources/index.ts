export { documentText } from './document-text';
export { type SourceDeps, mediaTypeOf, readSource, sourceFailureOf } from './read-source';
