import { Client, Connection } from '@temporalio/client';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { payloadDataConverter } from '../codec';
import { certificateExpiry, watchProcess, watchVisibility } from '../telemetry';
import { type TemporalSettings, WITHOUT_RETRIES } from './connection';
import type { MetricsExport } from './runtime';

/** For all the questions of one look at visibility. */
const OBSERVE_TIMEOUT_MS = 20_000;

/** Keeps the figures of process, pool and certificate up to date; answers with what ends that. */
export function watchHost(
  { set }: MetricsExport,
  { pool, temporal }: { pool: Pool; temporal: TemporalSettings },
): () => Promise<void> {
  const { tls } = temporal.connection;
  const { clientCertPair } = typeof tls === 'object' ? (tls ?? {}) : {};
  if (clientCertPair) set.metrics.certificateExpiry.set(certificateExpiry(clientCertPair.crt));
  const { stop } = watchProcess(set.metrics, pool);
  return async () => stop();
}

/** Lets a tenant read its figures from the Temporal server, over a connection of its own; answers with what ends that. */
export function observeTenant(
  { set }: MetricsExport,
  { temporal, observe, log }: { temporal: TemporalSettings; observe: (client: Client) => Promise<void>; log: Logger },
): () => Promise<void> {
  const connection = Connection.lazy({ ...temporal.connection, ...WITHOUT_RETRIES });
  const { namespace } = temporal;
  const client = new Client({ connection, namespace, dataConverter: payloadDataConverter(temporal.payloadKeys) });
  const { stop } = watchVisibility(set.metrics, {
    log,
    observe: async () => connection.withDeadline(Date.now() + OBSERVE_TIMEOUT_MS, async () => observe(client)),
  });
  return async () => {
    stop();
    await connection.close();
  };
}
