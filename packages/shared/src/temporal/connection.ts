import { Client, Connection, isGrpcServiceError, type ClientInterceptors } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { type KeyRing, payloadDataConverter, readPayloadKeys } from '../codec';
import { ConfigError, readTogether } from '../config';
import { type TemporalConnectionOptions, readConnection } from './read-connection';

/** How to reach the server, as TEMPORAL_* variables and `temporal.toml` profiles say (see `@temporalio/envconfig`). */
export interface TemporalSettings {
  readonly address: string;
  readonly namespace: string;
  readonly connection: TemporalConnectionOptions;
  /** The keys of payloads; without them payloads are not encrypted. */
  readonly payloadKeys?: KeyRing | undefined;
}

/**
 * Reads the connection settings; `namespace` is the tenant's own unless TEMPORAL_NAMESPACE says otherwise.
 * Throws one ConfigError with every problem, among them what the production profile must not be without.
 */
export function temporalSettings(
  env: Readonly<Record<string, string | undefined>>,
  { namespace }: { namespace: string },
): TemporalSettings {
  const given = Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => Boolean(entry[1])));
  const { connection, payloadKeys } = readTogether({
    connection: () => usableConnection(given),
    payloadKeys: () => readPayloadKeys(given),
  });
  return {
    address: connection.address,
    namespace: given['TEMPORAL_NAMESPACE'] ?? namespace,
    connection,
    ...(payloadKeys ? { payloadKeys } : {}),
  };
}

function usableConnection(given: Readonly<Record<string, string>>): TemporalConnectionOptions {
  const { connection, problems } = readConnection(given);
  if (!connection || problems.length > 0) throw new ConfigError(problems);
  return connection;
}

/** What of the settings is secret, wherever it came from (a variable, `temporal.toml`, a mounted file): no log line may hold it. */
export function connectionSecrets({ connection, payloadKeys }: TemporalSettings): string[] {
  const keys = [...(payloadKeys?.keys.values() ?? [])].map((key) => key.export().toString('base64'));
  // Headers that a profile of `temporal.toml` adds; the one that names the namespace is in every line.
  const headers = Object.entries(connection.metadata ?? {}).flatMap(([name, value]) =>
    typeof value === 'string' && name !== 'temporal-namespace' ? [value, value.replace(/^\w+ /, '')] : [],
  );
  return [...(typeof connection.apiKey === 'string' ? [connection.apiKey] : []), ...headers, ...keys];
}

/** A client for commands: connects at once or fails with the server's error; the caller closes the connection. */
export async function connectClient(
  settings: TemporalSettings,
  options: { interceptors?: ClientInterceptors } = {},
): Promise<{ client: Client; close: () => Promise<void> }> {
  const connection = await Connection.connect({ ...settings.connection, connectTimeout: '10 seconds' });
  const client = new Client({
    connection,
    namespace: settings.namespace,
    dataConverter: payloadDataConverter(settings.payloadKeys),
    ...options,
  });
  return { client, close: async () => connection.close() };
}

/**
 * For a connection that is closed while calls may be open. The client tries a failed call again after a pause, and a pause that
 * ends behind the close throws where nobody catches it, which ends the process (SDK 1.24). Its calls fail at once instead.
 */
export const WITHOUT_RETRIES = { interceptors: [] };

/** For a connection that asks whether a server is there: it tries again every second at most, and has no part in another one's pauses. */
export const INQUIRING = {
  ...WITHOUT_RETRIES,
  channelArgs: {
    'grpc.use_local_subchannel_pool': 1,
    'grpc.initial_reconnect_backoff_ms': 250,
    'grpc.max_reconnect_backoff_ms': 1000,
  },
};

/** Resolves when the server answers for the namespace within the bound; rejects with its error. */
export async function pingServer({ connection: options, namespace }: TemporalSettings, boundMs: number): Promise<void> {
  const until = Date.now() + boundMs;
  const connection = await Connection.connect({ ...options, ...INQUIRING, connectTimeout: boundMs });
  try {
    await connection.withDeadline(until, async () => connection.workflowService.describeNamespace({ namespace }));
  } finally {
    await connection.close();
  }
}

/** Resolves when the server answers within the bound, whatever namespaces it has; rejects with the client's error otherwise. */
export async function reachServer({ connection: options }: TemporalSettings, boundMs: number): Promise<void> {
  const connection = await Connection.connect({ ...options, ...INQUIRING, connectTimeout: boundMs });
  await connection.close();
}

/** The worker's own connection; call it when the server is known to answer, since this one fails at once when nothing listens. */
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
  if (/Namespace .* is not found|Namespace not found|NamespaceNotFound/.test(text)) {
    return `The Temporal server at ${address} has no namespace ${namespace}; make it with the command "temporal setup", or check TEMPORAL_NAMESPACE.`;
  }
  const [, started, listed] =
    /no mapping defined for search attribute (\w+)|column name '(\w+)' is not a valid search attribute/.exec(text) ??
    [];
  if (started !== undefined || listed !== undefined) {
    return `The namespace ${namespace} has no search attribute ${started ?? listed}; register it with the command "temporal setup".`;
  }
  if (isGrpcServiceError(error) || /UNAUTHENTICATED|PERMISSION_DENIED/.test(text)) {
    if (/UNAUTHENTICATED|PERMISSION_DENIED|Request unauthorized/.test(text)) {
      return `The Temporal server at ${address} refused the credentials for namespace ${namespace}.`;
    }
  }
  return undefined;
}
