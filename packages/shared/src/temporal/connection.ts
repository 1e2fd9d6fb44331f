import {
  Client,
  Connection,
  type ConnectionOptions,
  isGrpcServiceError,
  type ClientInterceptors,
} from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection, type NativeConnectionOptions } from '@temporalio/worker';
import type { Logger } from 'pino';
import { waitUntil } from './wait-until';

/** How to reach the server, as TEMPORAL_* variables and `temporal.toml` profiles say (see `@temporalio/envconfig`). */
export interface TemporalSettings {
  readonly address: string;
  readonly namespace: string;
  readonly connection: ConnectionOptions & NativeConnectionOptions;
}

/** Reads the connection settings; `namespace` is the tenant's own unless TEMPORAL_NAMESPACE says otherwise. */
export function temporalSettings(
  env: Readonly<Record<string, string | undefined>>,
  { namespace }: { namespace: string },
): TemporalSettings {
  const given = Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => Boolean(entry[1])));
  const config = loadClientConnectConfig({ overrideEnvVars: given });
  const connection = config.connectionOptions as ConnectionOptions & NativeConnectionOptions;
  const address = connection.address ?? '127.0.0.1:7233';
  return {
    address,
    namespace: given['TEMPORAL_NAMESPACE'] ?? namespace,
    connection: { ...connection, address },
  };
}

/** A client for commands: connects at once or fails with the server's error; the caller closes the connection. */
export async function connectClient(
  settings: TemporalSettings,
  options: { interceptors?: ClientInterceptors } = {},
): Promise<{ client: Client; close: () => Promise<void> }> {
  const connection = await Connection.connect({ ...settings.connection, connectTimeout: '10 seconds' });
  const client = new Client({ connection, namespace: settings.namespace, ...options });
  return { client, close: async () => connection.close() };
}

/** Resolves when the server can be connected to; waits with growing pauses (at most 5 s) until the deadline or the signal. */
export async function waitForServer(
  settings: TemporalSettings,
  { log, deadlineMs, signal }: { log: Logger; deadlineMs: number; signal?: AbortSignal },
): Promise<void> {
  await waitUntil(
    async () => {
      const connection = await Connection.connect({ ...settings.connection, connectTimeout: '5 seconds' });
      await connection.close();
    },
    {
      deadlineMs,
      ...(signal ? { signal } : {}),
      onWait: (pauseMs) =>
        log.info({ address: settings.address, retryInMs: pauseMs }, 'waiting for the Temporal server'),
    },
  );
}

/** The worker's own connection; call {@link waitForServer} first, since this one fails at once when nothing listens. */
export async function connectWorker(settings: TemporalSettings): Promise<NativeConnection> {
  return NativeConnection.connect(settings.connection);
}

/** One sentence for a person about a failed call; undefined when it is not an error of the server or the way to it. */
export function describeTemporalError(
  error: unknown,
  { address, namespace }: { address: string; namespace: string },
): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const messages: string[] = [];
  for (let current: unknown = error; current instanceof Error; current = current.cause) messages.push(current.message);
  const text = messages.join(' ');
  if (
    /ECONNREFUSED|UNAVAILABLE|Failed to connect before the deadline|DEADLINE_EXCEEDED|ENOTFOUND|EAI_AGAIN/.test(text)
  ) {
    return `The Temporal server at ${address} cannot be reached; check TEMPORAL_ADDRESS and that the server runs.`;
  }
  if (/Namespace .* is not found|NamespaceNotFound/.test(text)) {
    return `The Temporal server at ${address} has no namespace ${namespace}; create it or check TEMPORAL_NAMESPACE.`;
  }
  if (isGrpcServiceError(error) || /UNAUTHENTICATED|PERMISSION_DENIED/.test(text)) {
    if (/UNAUTHENTICATED|PERMISSION_DENIED|Request unauthorized/.test(text)) {
      return `The Temporal server at ${address} refused the credentials for namespace ${namespace}.`;
    }
  }
  return undefined;
}
