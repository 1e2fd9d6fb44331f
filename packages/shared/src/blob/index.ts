export { type BlobStore, createBlobStore, sha256File } from './blob-store';
export { resolveImportPath } from './import-path';
