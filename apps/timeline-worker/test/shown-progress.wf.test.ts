import { attributesOfExecution, detailsOf, summariesOfExecution } from '../../../test/support/shown';
import { GENERATION_HANDLERS, WORKFLOW_TYPES, generationWorkflowId } from '../src/contract';
import { type ModelServer, startModelServer } from './model-server';
import { type TimelineRig, startTimelineRig } from './support';
import { CHUNKS, reach, townInput } from './town';

// What a person sees of an execution in the Temporal UI, and finds it by.

let rig: TimelineRig;
let model: ModelServer;

beforeAll(async () => {
  model = await startModelServer();
  rig = await startTimelineRig({ deps: { extractors: model.extractors() } });
});
afterEach(async () => rig.verify());
afterAll(async () => {
  await rig.stop();
  await model.close();
});

test('platform: a request shows chunks, tokens and events, and is found by what it waits for', async () => {
  const input = townInput('shown', { budget: { maxTotalTokens: 10 } });
  const handle = await rig.start(WORKFLOW_TYPES.aiTimelineGeneration, {
    workflowId: generationWorkflowId(input),
    args: [input],
  });
  await reach(handle, 'budgetExhausted');
  expect(await attributesOfExecution(handle)).toEqual({ GenerationStatus: 'budgetExhausted' });
  expect(await detailsOf(handle)).toBe(
    `**budgetExhausted**: 0 of ${CHUNKS} chunks\n- 1 sources\n- 0 events stored\n- 0 tokens in, 0 out`,
  );

  await handle.signal(GENERATION_HANDLERS.pause);
  await handle.executeUpdate(GENERATION_HANDLERS.addBudget, { args: [{ tokens: 1_000_000 }] });
  await reach(handle, 'paused');
  expect(await attributesOfExecution(handle)).toEqual({ GenerationStatus: 'paused' });
  await handle.signal(GENERATION_HANDLERS.resume);
  await handle.result();
  expect(await attributesOfExecution(handle)).toEqual({ GenerationStatus: 'completed' });
  expect(await detailsOf(handle)).toMatch(
    new RegExp(
      `^\\*\\*done\\*\\*: ${CHUNKS} of ${CHUNKS} chunks\\n- 1 sources\\n- ${CHUNKS} events stored\\n- [1-9]\\d* tokens in, [1-9]\\d* out`,
    ),
  );
  expect(await summariesOfExecution(handle)).toEqual(
    expect.arrayContaining([
      'Read 1 source',
      'Extract events from chunks',
      'Wait for more budget',
      'Check quotes and dates, merge what is told twice',
      'Store events in batches of 100',
      'Write the page and the TimelineJS file',
      'Record the request as completed',
    ]),
  );
});

test('platform: a request that fails is found as failed', async () => {
  const input = townInput('failed', { model: 'no-such-model', sources: [] });
  const handle = await rig.start(WORKFLOW_TYPES.aiTimelineGeneration, {
    workflowId: generationWorkflowId(input),
    args: [{ ...input, sources: [{ ...townInput('x').sources[0]!, kind: 'blob', ref: `blob:${'0'.repeat(64)}` }] }],
  });
  await expect(handle.result()).rejects.toThrow();
  expect(await attributesOfExecution(handle)).toEqual({ GenerationStatus: 'failed' });
});
