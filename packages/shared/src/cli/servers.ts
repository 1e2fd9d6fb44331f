import type { Client } from '@temporalio/client';
import { type Scope, createPool, openScope } from '../pg';
import { createRedactor, startTracing } from '../telemetry';
import { type TemporalSettings, connectClient } from '../temporal';

/** What a command reaches its tenant with. */
export interface Servers {
  readonly scope: Scope;
  /** Connects when it is first called. */
  client(): Promise<Client>;
}

/** Of a tenant's configuration what leads to its servers. */
export interface ServerSettings {
  readonly env: { readonly DATABASE_URL: string };
  readonly temporal: TemporalSettings;
  readonly secrets: readonly string[];
  readonly traces: boolean;
}

/** Runs a command's work with the tenant's servers, and closes what it opened. */
export async function withServers<T>(
  { tenant, config }: { tenant: string; config: ServerSettings },
  work: (servers: Servers) => Promise<T>,
): Promise<T> {
  const { env, temporal, secrets, traces } = config;
  const tracing = traces ? await startTracing({ serviceName: tenant, redactor: createRedactor(secrets) }) : undefined;
  const connect = async () => connectClient(temporal, tracing ? { interceptors: tracing.clientInterceptors } : {});
  const pool = createPool({ url: env.DATABASE_URL, max: 2, name: `${tenant}-cli` });
  let connection: ReturnType<typeof connectClient> | undefined;
  try {
    return await work({
      scope: openScope(pool),
      client: async () => (await (connection ??= connect())).client,
    });
  } finally {
    await connection?.then(async ({ close }) => close()).catch(() => undefined);
    await pool.end();
    await tracing?.stop();
  }
}
