import { CliFailure, createProgressBar, failureWaitedOn, followWorkflow, heartbeatNumber } from '@backend/shared/cli';
import type { WorkflowHandle } from '@temporalio/client';
import {
  type AITimelineGenerationResult,
  GENERATION_HANDLERS,
  type GenerationPhase,
  type GenerationProgress,
} from '../../contract';

/** Who asks, and for what. */
export interface RequestName {
  readonly timelineId: string;
  readonly requestId: string;
}

/**
 * Waits for the result of a run; draws a bar when it is watched. What it waits for is told on standard error. Ends with a
 * CliFailure when the budget is used up: the run goes on when someone gives it more.
 */
export async function followGeneration({
  handle,
  request: { timelineId, requestId },
  watch,
}: {
  handle: WorkflowHandle;
  request: RequestName;
  watch: boolean;
}): Promise<AITimelineGenerationResult> {
  const bar = watch ? createProgressBar({ label: timelineId, unit: 'chunks' }) : undefined;
  let phaseTold: GenerationPhase | undefined;
  let waitTold: string | undefined;
  return followWorkflow<AITimelineGenerationResult, Moment>({
    handle,
    progress: async () => look(handle),
    onProgress: ({ progress: { phase, chunksDone, chunksTotal }, waits = waitTold }) => {
      if (chunksTotal > 0) bar?.update(chunksDone, chunksTotal, phase);
      if (waits !== waitTold) process.stderr.write(`it waits: ${waits}\n`);
      waitTold = waits;
      if (phase === phaseTold) return;
      phaseTold = phase;
      if (phase === 'waitingQuota')
        process.stderr.write(
          `the provider's quota is used up, or it cannot be reached; waiting for it, or for: timeline generate resume ${requestId} --timeline ${timelineId}\n`,
        );
      if (phase === 'budgetExhausted')
        throw new CliFailure(
          `the budget is used up with ${chunksTotal - chunksDone} chunks left; give more within 7 days: timeline generate add-budget ${requestId} --timeline ${timelineId} --tokens N`,
        );
    },
    onOutage: () => process.stderr.write('the server cannot be reached; waiting for it\n'),
  }).finally(() => bar?.stop());
}

/** A run as it is now. */
export interface Moment {
  readonly progress: GenerationProgress;
  /** After what failure its work is tried again, while it waits for that. */
  readonly waits?: string;
}

/** The workflow hears of chunks when a slice of them ends; the activity that has them done tells of each. */
export async function look(handle: WorkflowHandle): Promise<Moment> {
  const progress = await handle.query<GenerationProgress>(GENERATION_HANDLERS.progress);
  if (progress.phase !== 'extracting' || progress.chunksTotal === 0) return { progress };
  const description = await handle.describe();
  const chunksDone = Math.min(progress.chunksDone + heartbeatNumber(description, 'done'), progress.chunksTotal);
  const waits = failureWaitedOn(description);
  return { progress: { ...progress, chunksDone }, ...(waits === undefined ? {} : { waits }) };
}
