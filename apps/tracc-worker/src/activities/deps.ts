import type { ImportLimits } from '@backend/importer/activities';
import type { BlobStore } from '@backend/shared/blob';
import type { GuardedFetch } from '@backend/shared/http';
import type { Scope } from '@backend/shared/pg';
import type { Logger } from 'pino';
import type { TraccMetrics } from '../metrics';
import type { Mailer } from '../notifications';

/** Everything that tracc's activities reach the world with. */
export interface Deps {
  /** Transactions confined to one user. */
  readonly scope: Scope;
  readonly blobs: BlobStore;
  /** For URLs that users give. */
  readonly fetch: GuardedFetch;
  /** Undefined when the operator has no mail server. */
  readonly mailer: Mailer | undefined;
  readonly importDirectory: string;
  /** The pipeline's own when left out. */
  readonly importLimits?: ImportLimits;
  readonly reportBaseUrl: string | undefined;
  readonly metrics: TraccMetrics;
  readonly log: Logger;
}
