import { Connection, type ConnectionOptions } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';
import { messageOf, pollUntil } from './progress';
import type { SearchAttribute, SearchAttributeType } from './temporal-arguments';

const callTimeoutMs = 5_000;
/** A namespace made on a running server is known to all its parts after their caches have been refreshed. */
const namespaceTimeoutMs = 30_000;
const retention = '3 days';

const notFound = 5;
const alreadyExists = 6;

/** The numbers of temporal.api.enums.v1.IndexedValueType. */
const typeNumbers: Readonly<Record<SearchAttributeType, number>> = {
  TEXT: 1,
  KEYWORD: 2,
  INT: 3,
  DOUBLE: 4,
  BOOL: 5,
  DATETIME: 6,
  KEYWORD_LIST: 7,
};

/** What a server needs to have before it is handed to a caller. */
export interface ServerNeeds {
  readonly connection: ConnectionOptions;
  readonly namespaces: readonly string[];
  readonly searchAttributes: readonly SearchAttribute[];
}

/**
 * Asks a server for its version and its health, and makes the namespaces and search attributes that are missing.
 * Returns when every namespace answers. Throws what the server said, as an Error that names the step.
 */
export async function makeReady(needs: ServerNeeds): Promise<{ version: string }> {
  const connection = await Connection.connect({ ...needs.connection, connectTimeout: callTimeoutMs });
  try {
    const call = <T>(step: string, work: () => Promise<T>): Promise<T> =>
      connection.withDeadline(Date.now() + callTimeoutMs, work).catch((error: unknown) => {
        throw Object.assign(new Error(`${step}: ${messageOf(error)}`), { code: codeOf(error) });
      });
    const info = await call('GetSystemInfo', () => connection.workflowService.getSystemInfo({}));
    await call('health check', async () => {
      const { status } = await connection.healthService.check({
        service: 'temporal.api.workflowservice.v1.WorkflowService',
      });
      // 1 is SERVING in grpc.health.v1.
      if ((status as number) !== 1) throw new Error(`the server says it is not serving (${status})`);
    });
    for (const namespace of needs.namespaces) {
      await ensureNamespace({ connection, call, namespace });
      await ensureSearchAttributes({ connection, call, namespace, wanted: needs.searchAttributes });
    }
    return { version: info.serverVersion ?? 'unknown' };
  } finally {
    await connection.close();
  }
}

type Call = <T>(step: string, work: () => Promise<T>) => Promise<T>;

async function ensureNamespace(input: { connection: Connection; call: Call; namespace: string }): Promise<void> {
  const { connection, call, namespace } = input;
  const service = connection.workflowService;
  try {
    await call(`namespace ${namespace}`, () => service.describeNamespace({ namespace }));
  } catch (error) {
    if (codeOf(error) !== notFound) throw error;
    const request = { namespace, workflowExecutionRetentionPeriod: msToTs(retention) };
    await call(`making namespace ${namespace}`, () => service.registerNamespace(request)).catch((refused: unknown) => {
      if (codeOf(refused) !== alreadyExists) throw refused;
    });
  }
  let last: unknown;
  const answered = await pollUntil({
    attempt: async () => {
      try {
        // Goes through the caches and the store of visibility, as a worker's first calls do.
        await call(`namespace ${namespace}`, () => service.countWorkflowExecutions({ namespace }));
        return true;
      } catch (error) {
        last = error;
        return undefined;
      }
    },
    everyMs: 50,
    timeoutMs: namespaceTimeoutMs,
  });
  if (answered === undefined) throw new Error(`namespace ${namespace} does not answer: ${messageOf(last)}`);
}

async function ensureSearchAttributes(input: {
  connection: Connection;
  call: Call;
  namespace: string;
  wanted: readonly SearchAttribute[];
}): Promise<void> {
  const { connection, call, namespace } = input;
  if (input.wanted.length === 0) return;
  const list = (): Promise<Record<string, unknown>> =>
    call(`search attributes of ${namespace}`, async () => {
      const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
      return customAttributes ?? {};
    });
  const existing = await list();
  for (const { name, type } of input.wanted) {
    const found = existing[name];
    if (found !== undefined && found !== typeNumbers[type]) {
      throw new Error(`search attribute ${name} of namespace ${namespace} exists with another type than ${type}`);
    }
  }
  const missing = input.wanted.filter(({ name }) => existing[name] === undefined);
  if (missing.length === 0) return;
  await call(`making search attributes of ${namespace}`, () =>
    connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map(({ name, type }) => [name, typeNumbers[type]])),
    }),
  ).catch((error: unknown) => {
    if (codeOf(error) !== alreadyExists) throw error;
  });
  const known = await pollUntil({
    attempt: async () => {
      const now = await list();
      return missing.every(({ name }) => now[name] !== undefined) ? true : undefined;
    },
    everyMs: 100,
    timeoutMs: namespaceTimeoutMs,
  });
  if (known === undefined) throw new Error(`search attributes of namespace ${namespace} were made and do not appear`);
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | undefined)?.code;
}
