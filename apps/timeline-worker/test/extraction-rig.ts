import type { TestDatabase } from '@backend/shared/testing';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { Deps } from '../src/activities';
import { type ExtractionSlice, aiExtractEvents } from '../src/activities/ai-extract-events';
import { fetchHistoricalSources } from '../src/activities/fetch-historical-sources';
import type { AITimelineGenerationInput } from '../src/contract';
import { resolveInput } from '../src/workflows/generation-input';
import { type ModelServer, startModelServer } from './model-server';
import { openTimelineDeps } from './support';
import { townInput } from './town';

type ExtractionInput = Parameters<typeof aiExtractEvents>[1];

/** The activity that extracts events, on a database of its own and a scripted model. */
export interface ExtractionRig {
  readonly database: TestDatabase;
  readonly model: ModelServer;
  readonly deps: Deps;
  /** Makes a request whose source, of {@link CHUNKS} chunks, is fetched. */
  readonly request: (
    timelineId: string,
    change?: Partial<AITimelineGenerationInput>,
    deps?: Deps,
  ) => Promise<ExtractionInput>;
  /** Runs slice after slice, until something else than time ends one. */
  readonly extract: (given: ExtractionInput, env?: MockActivityEnvironment, deps?: Deps) => Promise<ExtractionSlice>;
  stop(): Promise<void>;
}

/** Chunks of a request: each has one sentence with a date, of the years from 1800 on. */
export const CHUNKS = 12;

const TEXT = Array.from(
  { length: CHUNKS },
  (_, index) =>
    `${'The chronicle tells of quiet years and good harvests. '.repeat(3)}The house number ${index} was finished in ${1800 + index}.`,
).join('\n\n');

export const HOUR_MS = 3_600_000;

/** An attempt of the activity, so long after the first one. */
export function attempt(number = 1, triedMs = 0): MockActivityEnvironment {
  return new MockActivityEnvironment({
    attempt: number,
    scheduledTimestampMs: 1,
    currentAttemptScheduledTimestampMs: 1 + triedMs,
    scheduleToCloseTimeoutMs: 2 * HOUR_MS,
  });
}

export async function startExtractionRig(): Promise<ExtractionRig> {
  const model = await startModelServer();
  const { database, deps: own, close } = await openTimelineDeps({ extractors: model.extractors() });
  return {
    database,
    model,
    deps: own,
    async request(timelineId, change = {}, deps = own) {
      const input = townInput(timelineId, {
        chunk: { maxChars: 240, overlapChars: 0 },
        sources: [{ sourceId: 'chronicle', title: 'Chronicle', tier: 1, kind: 'text', text: TEXT }],
        ...change,
      });
      await new MockActivityEnvironment({ scheduledTimestampMs: Date.now() }).run(async () =>
        fetchHistoricalSources(deps, { settings: resolveInput(input), sources: input.sources }),
      );
      return { timelineId, requestId: input.requestId, addedTokens: 0 };
    },
    async extract(given, env = attempt(), deps = own) {
      for (;;) {
        const slice = (await env.run(async () => aiExtractEvents(deps, given))) as ExtractionSlice;
        if (slice.stopped !== 'slice') return slice;
      }
    },
    async stop() {
      await model.close();
      await close();
    },
  };
}
