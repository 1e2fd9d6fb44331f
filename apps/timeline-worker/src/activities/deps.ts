import type { ImportLimits } from '@backend/importer/activities';
import type { BlobStore } from '@backend/shared/blob';
import type { GuardedFetch } from '@backend/shared/http';
import type { Scope } from '@backend/shared/pg';
import type { Logger } from 'pino';
import type { Extractors } from '../extraction';
import type { TimelineMetrics } from '../metrics';

/** Everything that timeline's activities reach the world with. */
export interface Deps {
  /** Transactions confined to one timeline. */
  readonly scope: Scope;
  readonly blobs: BlobStore;
  /** For URLs that users give. */
  readonly fetch: GuardedFetch;
  /** Who extracts events, by the model's name. */
  readonly extractors: Extractors;
  readonly importDirectory: string;
  /** The pipeline's own when left out. */
  readonly importLimits?: ImportLimits;
  readonly metrics: TimelineMetrics;
  readonly log: Logger;
}
