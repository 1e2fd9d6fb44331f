import { Connection, isGrpcServiceError } from '@temporalio/client';
import type { Pool } from 'pg';
import { createPoolCheck, describeDatabaseError, pingDatabase } from '../pg';
import { type TemporalSettings, INQUIRING, describeTemporalError } from './connection';
import type { ReadinessCheck } from './probes';

/** Below the bound of a check, so that what failed is told by who knows more than that it is late. */
const CALL_TIMEOUT_MS = 2500;

/**
 * The server stamps a poller when a poll comes and when it ends, a minute later at most. Between two polls the SDK waits 10 s at
 * most. What is older than both, with some room, is a worker that has stopped asking.
 */
const OLDEST_POLL_MS = 90_000;

/** Older than this, the poll that one partition tells of may not be the last one. */
const FRESH_POLL_MS = 30_000;

/** The numbers of temporal.api.enums.v1.TaskQueueType. */
const QUEUE_TYPES = { workflow: 1, activity: 2 } as const;
type QueueType = keyof typeof QUEUE_TYPES;

/** The gRPC status codes DEADLINE_EXCEEDED and UNAVAILABLE. */
const NO_ANSWER = [4, 14];

/** The number of SERVING in grpc.health.v1. */
const SERVING = 1;

export interface ReadinessOptions {
  readonly temporal: TemporalSettings;
  readonly taskQueue: string;
  /** Of this process and of no other one, before or beside it. */
  readonly identity: string;
  readonly pool: Pool;
  /** Whether every place for an activity is taken: such a worker asks for none. */
  readonly activitiesFull: () => boolean;
}

/**
 * What a worker needs to work, asked of those who know. The SDK's own state says RUNNING through an outage.
 * `temporal`: the server's gRPC health, over a connection of its own. `polls`: when the server last heard this worker ask for tasks.
 * `database`: a new connection answers. `pool`: there is a client to be had.
 */
export function readinessChecks({ temporal, taskQueue, identity, pool, activitiesFull }: ReadinessOptions): {
  checks: Readonly<Record<string, ReadinessCheck>>;
  close: () => Promise<void>;
} {
  const server = ownConnection(temporal);
  const poolCheck = createPoolCheck(pool, CALL_TIMEOUT_MS);
  const polls = { workflow: pollAge(), activity: pollAge() };

  const checkPolls = async (type: QueueType): Promise<void> => {
    if (type === 'activity' && activitiesFull()) return polls[type].renew();
    const age = polls[type];
    const isKnown = await server.call(async (connection) =>
      askForPolls(connection, { namespace: temporal.namespace, taskQueue, type, identity, age }),
    );
    if (!isKnown) throw new Error(`The Temporal server knows of no ${type} poll of this worker yet.`);
    if (age.ms() > OLDEST_POLL_MS)
      throw new Error(
        `The last ${type} poll that the Temporal server knows of was ${Math.round(age.ms() / 1000)} s ago.`,
      );
  };

  return {
    checks: {
      temporal: async () => {
        const { status } = await server.call(async ({ healthService }) =>
          healthService.check({ service: 'temporal.api.workflowservice.v1.WorkflowService' }),
        );
        if ((status as number) !== SERVING)
          throw new Error(`The Temporal server at ${temporal.address} says that it is not serving.`);
      },
      polls: async () => void (await Promise.all([checkPolls('workflow'), checkPolls('activity')])),
      database: async () => inWords(pool, async () => pingDatabase(pool, CALL_TIMEOUT_MS)),
      pool: async () => inWords(pool, poolCheck),
    },
    close: async () => server.close(),
  };
}

async function inWords(pool: Pool, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const sentence = describeDatabaseError(error, pool.options.connectionString ?? '');
    throw sentence === undefined ? error : new Error(sentence, { cause: error });
  }
}

/**
 * A connection for nothing but questions. Kept while the server answers, be it with a refusal; without an answer the next call makes a
 * new one: that one waits for no pause of the old one, nor for a network that has forgotten it.
 */
function ownConnection(temporal: TemporalSettings) {
  let current: Connection | undefined;
  return {
    async call<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
      const connection = (current ??= Connection.lazy({ ...temporal.connection, ...INQUIRING }));
      try {
        return await connection.withDeadline(Date.now() + CALL_TIMEOUT_MS, async () => work(connection));
      } catch (error) {
        if (!isGrpcServiceError(error) || NO_ANSWER.includes(error.code)) {
          if (current === connection) current = undefined;
          void connection.close().catch(() => undefined);
        }
        throw new Error(describeTemporalError(error, temporal) ?? String(error), { cause: error });
      }
    },
    async close(): Promise<void> {
      await current?.close();
    },
  };
}

interface PollAge {
  /** Since the last stamp that was new, or the last renewal. */
  ms(): number;
  /** Takes what a partition has for our polls. */
  note(partition: string, stamp: number): void;
  renew(): void;
}

/**
 * How old the newest poll is, by this machine's own clock: the stamps are the server's, and its clock may be another one. A stamp
 * that is new to us is taken as of now, so that a poll counts for one round more than it might.
 */
function pollAge(): PollAge {
  const stamps = new Map<string, number>();
  let since = Number.NEGATIVE_INFINITY;
  const renew = (): void => {
    since = performance.now();
  };
  return {
    ms: () => performance.now() - since,
    note(partition, stamp) {
      if (stamps.get(partition) === stamp) return;
      stamps.set(partition, stamp);
      renew();
    },
    renew,
  };
}

/**
 * Asks when the server last heard an identity ask for tasks; answers whether it knows of that at all. Asks the first partition of
 * the queue; the polls of a large fleet do not all get there, so when it has nothing fresh to say the others are asked too.
 */
async function askForPolls(
  { workflowService }: Connection,
  {
    namespace,
    taskQueue,
    type,
    identity,
    age,
  }: { namespace: string; taskQueue: string; type: QueueType; identity: string; age: PollAge },
): Promise<boolean> {
  const ask = async (name: string): Promise<boolean> => {
    const { pollers } = await workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name },
      taskQueueType: QUEUE_TYPES[type],
    });
    // One for each version that is polled for; the process has one.
    const own = pollers.find((poller) => poller.identity === identity);
    if (own) age.note(name, millis(own.lastAccessTime));
    return own !== undefined;
  };
  const isFirst = await ask(taskQueue);
  if (isFirst && age.ms() < FRESH_POLL_MS) return true;
  const { workflowTaskQueuePartitions, activityTaskQueuePartitions } = await workflowService.listTaskQueuePartitions({
    namespace,
    taskQueue: { name: taskQueue },
  });
  const partitions = type === 'workflow' ? workflowTaskQueuePartitions : activityTaskQueuePartitions;
  const others = partitions.map(({ key }) => key).filter((key): key is string => Boolean(key) && key !== taskQueue);
  return [isFirst, ...(await Promise.all(others.map(ask)))].some(Boolean);
}

function millis(time: { seconds?: unknown; nanos?: number | null } | null | undefined): number {
  return Number(time?.seconds ?? 0) * 1000 + (time?.nanos ?? 0) / 1e6;
}
