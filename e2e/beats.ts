import { setTimeout as delay } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { temporal } from '@temporalio/proto';

const LOOK_EVERY_MS = 200;

/** One attempt of an activity, as the server saw it; all times in milliseconds since the epoch. */
export interface WatchedAttempt {
  readonly type: string;
  readonly startedAt: number;
  /** Ascending. */
  readonly beats: readonly number[];
  /** When the server last said that it is under way. */
  readonly lastSeenAt: number;
}

/** Looks at an execution's heartbeats until it is stopped. `attempts` stand in the order in which they began. */
export function watchBeats(handle: WorkflowHandle): { attempts(): WatchedAttempt[]; stop(): Promise<void> } {
  const attempts = new Map<string, { type: string; startedAt: number; beats: Set<number>; lastSeenAt: number }>();
  let stopped = false;

  const look = async (): Promise<void> => {
    const { raw } = await handle.describe();
    for (const pending of raw.pendingActivities ?? []) {
      const startedAt = msOf(pending.lastStartedTime);
      if (startedAt === undefined) continue;
      const key = `${pending.activityId} ${startedAt}`;
      const known = attempts.get(key) ?? {
        type: pending.activityType!.name!,
        startedAt,
        beats: new Set(),
        lastSeenAt: 0,
      };
      attempts.set(key, known);
      known.lastSeenAt = Date.now();
      const beat = msOf(pending.lastHeartbeatTime);
      // That of an attempt before stays until this one has its own.
      if (beat !== undefined && beat >= startedAt) known.beats.add(beat);
    }
  };
  const watching = (async () => {
    while (!stopped) {
      await look();
      await delay(LOOK_EVERY_MS);
    }
  })();
  // What stopped it is told by stop().
  watching.catch(() => undefined);

  return {
    attempts: () => [...attempts.values()].map((attempt) => ({ ...attempt, beats: [...attempt.beats] })),
    async stop() {
      stopped = true;
      await watching;
    },
  };
}

/** The longest time in milliseconds between two of the moments. */
export function longestGap(moments: readonly number[]): number {
  return Math.max(0, ...moments.slice(1).map((moment, index) => moment - moments[index]!));
}

/** The id of the activity of that name that a worker has taken. */
export async function runningActivity(handle: WorkflowHandle, name: string): Promise<string | undefined> {
  const { raw } = await handle.describe();
  const running = raw.pendingActivities?.find(
    ({ activityType, state }) =>
      activityType?.name === name &&
      state === temporal.api.enums.v1.PendingActivityState.PENDING_ACTIVITY_STATE_STARTED,
  );
  return running?.activityId ?? undefined;
}

function msOf(time: { seconds?: unknown; nanos?: number | null } | null | undefined): number | undefined {
  return time ? Number(time.seconds) * 1000 + Math.floor((time.nanos ?? 0) / 1e6) : undefined;
}
