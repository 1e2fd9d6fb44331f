import { CliFailure, UsageError, createProgressBar, followWorkflow, isJson, printJson, printTable } from '@backend/shared/cli';
import { SHARED_FAILURES, failureType } from '@backend/shared/failures';
import { type Command, InvalidArgumentError } from 'commander';
import {
  type AITimelineGenerationInput,
  type AITimelineGenerationResult,
  GENERATION_HANDLERS,
  type GenerationProgress,
  WORKFLOW_TYPES,
  generationWorkflowId,
} from '../contract';
import { resolveInput } from '../workflows/generation-input';
import { type Session, withSession } from './session';
import { readSourceList, toInput } from './source-list';
import { startWorkflow } from './start';

interface GenerateOptions {
  request?: string;
  model?: string;
  baseUrl?: string;
  watch?: boolean;
}

interface RequestOptions {
  timeline?: string;
  request: string;
}

/** `timeline generate SOURCES.yaml`, `timeline generate pause|resume|add-budget` */
export function addGenerateCommands(program: Command): void {
  const command = program
    .command('generate')
    .description('make timeline events from the sources of a list')
    .argument('[list]', 'a YAML file with timelineId, topic and sources')
    .option('--request <id>', 'an id of your own: the same id is the same request, however often it is asked for')
    .option('--model <name>', 'rules, or a model of the worker\'s provider; the list\'s, else LLM_MODEL by default')
    .option('--base-url <url>', 'where sources of kind url that have only a path are fetched from')
    .option('--watch', 'show progress until it is done')
    .addHelpText('after', '\nExample:\n  timeline generate examples/timeline/sources.yaml --watch')
    .action(async (list: string | undefined, options: GenerateOptions, self: Command) => {
      if (list === undefined) throw new UsageError('which list of sources? timeline generate SOURCES.yaml');
      await withSession({}, async (session) => generate(session, list, options, self));
    });

  const control = (name: string, description: string) =>
    command
      .command(name)
      .description(description)
      .option('--timeline <id>', 'whose request; TIMELINE_ID by default')
      .requiredOption('--request <id>', 'the request')
      .addHelpText('after', `\nExample:\n  timeline generate ${name} --timeline swaminarayan --request 4f1c${name === 'add-budget' ? ' --tokens 50000' : ''}`);

  control('pause', 'begin no new chunks').action(async (options: RequestOptions, self: Command) =>
    withRequest(options, self, async (handle) => handle.signal(GENERATION_HANDLERS.pause)),
  );
  control('resume', 'go on after a pause, or before a quota is due').action(async (options: RequestOptions, self: Command) =>
    withRequest(options, self, async (handle) => handle.signal(GENERATION_HANDLERS.resume)),
  );
  control('add-budget', 'give a request more tokens')
    .requiredOption('--tokens <count>', 'how many more', wholeNumber)
    .action(async (options: RequestOptions & { tokens: number }, self: Command) =>
      withRequest(options, self, async (handle) => handle.executeUpdate(GENERATION_HANDLERS.addBudget, { args: [{ tokens: options.tokens }] })),
    );
}

async function generate(session: Session, list: string, options: GenerateOptions, command: Command): Promise<void> {
  const { baseUrl, request: requestId } = options;
  if (baseUrl !== undefined && !URL.canParse(baseUrl)) throw new UsageError(`--base-url should be an http or https URL, not ${baseUrl}`);
  const listed = await readSourceList(list);
  const model = options.model ?? (listed.settings['model'] === undefined ? session.config.env.LLM_MODEL : undefined);
  const input = await toInput(
    options.model ? { ...listed, settings: { ...listed.settings, model: options.model } } : listed,
    { blobs: session.blobs, baseUrl, model, requestId },
  );
  check(input, list);
  const { timelineId } = input;
  const handle = await startWorkflow(session, WORKFLOW_TYPES.aiTimelineGeneration, {
    workflowId: generationWorkflowId(input),
    workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
    args: [input],
  });
  const bar = options.watch ? createProgressBar({ label: timelineId, unit: 'chunks' }) : undefined;
  let told: string | undefined;
  const result = await followWorkflow<AITimelineGenerationResult, GenerationProgress>({
    handle,
    progress: async () => handle.query<GenerationProgress>(GENERATION_HANDLERS.progress),
    onProgress: (state) => {
      if (state.chunksTotal > 0) bar?.update(state.chunksDone, state.chunksTotal, state.phase);
      if (state.phase === told) return;
      told = state.phase;
      if (state.phase === 'waitingQuota') process.stderr.write("the provider's quota is used up; waiting for it\n");
      if (state.phase === 'budgetExhausted') {
        throw new CliFailure(
          `the budget is used up with ${state.chunksTotal - state.chunksDone} chunks left; give more within 7 days: timeline generate add-budget --timeline ${timelineId} --request ${input.requestId} --tokens N`,
        );
      }
    },
    onOutage: () => process.stderr.write('the server cannot be reached; waiting for it\n'),
  }).finally(() => bar?.stop());
  const files = await exportFiles(session, result);
  if (isJson(command)) printJson({ timelineId, requestId: input.requestId, ...result, ...(files ? { files } : {}) });
  else printResult(result, files);
  if (result.status === 'cancelled') throw new CliFailure('the request was cancelled; what was extracted is kept');
}

/** The workflow's own check, before anything is started; the words of a wrong list are a matter of usage. */
function check(input: AITimelineGenerationInput, list: string): void {
  try {
    resolveInput(input);
  } catch (error) {
    if (failureType(error) !== SHARED_FAILURES.InvalidInput) throw error;
    throw new UsageError(`${list}: ${(error as Error).message}`);
  }
}

async function exportFiles(session: Session, { exportRef }: AITimelineGenerationResult): Promise<{ html: string; timelineJs: string } | undefined> {
  if (!exportRef) return undefined;
  const [html, timelineJs] = await Promise.all([session.blobs.locate(exportRef.html), session.blobs.locate(exportRef.timelineJs)]);
  return { html, timelineJs };
}

function printResult(result: AITimelineGenerationResult, files?: { html: string; timelineJs: string }): void {
  const { sources, chunks, tokens } = result;
  const rejected = Object.entries(result.rejected).map(([code, count]) => `${code} ${count}`);
  const refused = Object.values(result.rejected).reduce((sum, count) => sum + count, 0);
  printTable(
    ['what', 'count', 'of which'],
    [
      ['sources read', String(sources.ok), sources.failed.map(({ sourceId, code }) => `${sourceId} not: ${code}`).join(', ')],
      ['chunks', String(chunks.total), `${chunks.done} done, ${chunks.failed} failed, ${chunks.refused} refused, ${result.remainingChunks} left`],
      ['calls', String(result.calls), `${result.cachedCalls} chunks answered before, ${tokens.in} tokens in, ${tokens.out} out`],
      ['events extracted', String(result.extracted), refused > 0 ? `${refused} rejected: ${rejected.join(', ')}` : ''],
      ['events merged into another', String(result.merged), result.conflicts > 0 ? `${result.conflicts} with conflicting dates` : ''],
      ['events published', String(result.published), ''],
      ['events to review', String(result.needsReview), ''],
    ],
  );
  process.stdout.write(`\n${result.status.replaceAll('_', ' ')}, extracted by ${result.extractor}\n`);
  if (files) process.stdout.write(`the timeline's files:\n  ${files.html}\n  ${files.timelineJs}\n`);
}

async function withRequest(
  options: RequestOptions,
  command: Command,
  act: (handle: ReturnType<Awaited<ReturnType<Session['client']>>['workflow']['getHandle']>) => Promise<unknown>,
): Promise<void> {
  await withSession(options, async (session) => {
    // The parent command has an option of this name too, and commander gives the value to whichever saw it first.
    const requestId = options.request ?? command.optsWithGlobals<GenerateOptions>().request;
    const workflowId = generationWorkflowId({ timelineId: session.timelineId(), requestId });
    await act((await session.client()).workflow.getHandle(workflowId));
    if (isJson(command)) printJson({ workflowId });
    else process.stdout.write(`${workflowId}\n`);
  });
}

function wholeNumber(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= 1_000_000_000) return value;
  throw new InvalidArgumentError('It should be a whole number from 1 to 1000000000.');
}
