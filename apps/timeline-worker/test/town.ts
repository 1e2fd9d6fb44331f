import type { WorkflowHandle } from '@temporalio/client';
import { readUntil } from '../../../test/support/wait';
import {
  type AITimelineGenerationInput,
  GENERATION_HANDLERS,
  type GenerationPhase,
  type GenerationProgress,
} from '../src/contract';

const BUILDINGS = 'bridge mill temple school market harbour tower library garden canal'.split(' ');

/** Chunks of the chronicle: each has one sentence with a date, of the years from 1800 on. */
export const CHUNKS = BUILDINGS.length;

const CHRONICLE = BUILDINGS.map(
  (building, index) =>
    `${'The chronicle tells of quiet years and good harvests. '.repeat(3)}The ${building} of the town was finished in ${1800 + index}.`,
).join('\n\n');

/** A request to a scripted model about the chronicle of a town. */
export function townInput(
  timelineId: string,
  change: Partial<AITimelineGenerationInput> = {},
): AITimelineGenerationInput {
  return {
    timelineId,
    requestId: 'r1',
    topic: 'A town',
    model: 'stub-1',
    budget: { maxTotalTokens: 1_000_000 },
    maxOutputTokensPerCall: 1000,
    chunk: { maxChars: 260, overlapChars: 0 },
    sources: [{ sourceId: 'chronicle', title: 'Chronicle', tier: 1, kind: 'text', text: CHRONICLE }],
    ...change,
  };
}

export const progressOf = async (handle: WorkflowHandle) =>
  handle.query<GenerationProgress>(GENERATION_HANDLERS.progress);

/** The progress of a run that has come to a phase, which must not end before. */
export async function reach(handle: WorkflowHandle, phase: GenerationPhase): Promise<GenerationProgress> {
  const state = await readUntil(
    async () => progressOf(handle),
    (progress) => [phase, 'done', 'failed'].includes(progress.phase),
    { what: `the run to be ${phase}` },
  );
  expect(state.phase).toBe(phase);
  return state;
}
