/** A file too large for a payload, kept in blob storage. `ref` is `blob:<sha256>` or `file:<path below the import directory>`. */
export interface BlobRef {
  readonly ref: string;
  /** Lower-case hex. */
  readonly sha256: string;
  readonly bytes: number;
}

/** What a person needs to find an execution again. */
export interface RunIds {
  readonly workflowId: string;
  readonly runId: string;
}
