import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import {
  CliFailure,
  UsageError,
  createProgressBar,
  followWorkflow,
  isJson,
  printJson,
  printTable,
} from '@backend/shared/cli';
import { SHARED_FAILURES, failureType } from '@backend/shared/failures';
import { WorkflowNotFoundError, type WorkflowHandle } from '@temporalio/client';
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
  out?: string;
  watch?: boolean;
}

interface RequestOptions {
  timeline?: string;
}

/** `timeline generate SOURCES.yaml`, `timeline generate pause|resume|add-budget` */
export function addGenerateCommands(program: Command): void {
  const command = program
    .command('generate')
    .description('make timeline events from the sources of a list')
    .argument('[list]', 'a YAML file with timelineId, topic and sources')
    .option('--request <id>', 'an id of your own: the same id is the same request, however often it is asked for')
    .option('--model <name>', "rules, or a model of the worker's provider; the list's, else LLM_MODEL by default")
    .option('--base-url <url>', 'where sources of kind url that have only a path are fetched from')
    .option('--out <folder>', 'also write the page and the TimelineJS file here')
    .option('--watch', 'show progress until it is done')
    .addHelpText('after', '\nExample:\n  timeline generate examples/timeline/sources.yaml --watch')
    .action(async (list: string | undefined, options: GenerateOptions, self: Command) => {
      if (list === undefined) throw new UsageError('which list of sources? timeline generate SOURCES.yaml');
      await withSession({}, async (session) => generate(session, list, options, self));
    });

  const control = (name: string, description: string, example = '') =>
    command
      .command(`${name} <request>`)
      .description(description)
      .option('--timeline <id>', 'whose request; TIMELINE_ID by default')
      .addHelpText('after', `\nExample:\n  timeline generate ${name} 1b6a99463f44 --timeline swaminarayan${example}`);

  control('pause', 'begin no new chunks').action(async (request: string, options: RequestOptions, self: Command) =>
    withRequest(request, options, self, async (handle) => handle.signal(GENERATION_HANDLERS.pause)),
  );
  control('resume', 'go on after a pause, or before a quota is due').action(
    async (request: string, options: RequestOptions, self: Command) =>
      withRequest(request, options, self, async (handle) => handle.signal(GENERATION_HANDLERS.resume)),
  );
  control('add-budget', 'give a request more tokens', ' --tokens 50000')
    .requiredOption('--tokens <count>', 'how many more', wholeNumber)
    .action(async (request: string, options: RequestOptions & { tokens: number }, self: Command) =>
      withRequest(request, options, self, async (handle) =>
        handle.executeUpdate(GENERATION_HANDLERS.addBudget, { args: [{ tokens: options.tokens }] }),
      ),
    );
}

async function generate(session: Session, list: string, options: GenerateOptions, command: Command): Promise<void> {
  const { baseUrl, request: requestId } = options;
  if (baseUrl !== undefined && !URL.canParse(baseUrl))
    throw new UsageError(`--base-url should be an http or https URL, not ${baseUrl}`);
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
          `the budget is used up with ${state.chunksTotal - state.chunksDone} chunks left; give more within 7 days: timeline generate add-budget ${input.requestId} --timeline ${timelineId} --tokens N`,
        );
      }
    },
    onOutage: () => process.stderr.write('the server cannot be reached; waiting for it\n'),
  }).finally(() => bar?.stop());
  const files = await exportFiles(session, result, options.out);
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

interface Files {
  readonly html: string;
  readonly timelineJs: string;
}

/** Paths of the page and the TimelineJS file: in the blob store, or under names for people in a folder of their choice. */
async function exportFiles(
  session: Session,
  { exportRef }: AITimelineGenerationResult,
  folder: string | undefined,
): Promise<Files | undefined> {
  if (!exportRef) return undefined;
  const [html, timelineJs] = await Promise.all([
    session.blobs.locate(exportRef.html),
    session.blobs.locate(exportRef.timelineJs),
  ]);
  if (folder === undefined) return { html, timelineJs };
  const files = { html: path.join(folder, 'timeline.html'), timelineJs: path.join(folder, 'timeline.json') };
  try {
    await mkdir(folder, { recursive: true });
    await copyFile(html, files.html);
    await copyFile(timelineJs, files.timelineJs);
  } catch (error) {
    throw new CliFailure(`the folder ${folder} cannot be written to (${(error as NodeJS.ErrnoException).code})`);
  }
  return files;
}

function printResult(result: AITimelineGenerationResult, files?: Files): void {
  const { sources, chunks, tokens } = result;
  const rejected = Object.entries(result.rejected).map(([code, count]) => `${code} ${count}`);
  const refused = Object.values(result.rejected).reduce((sum, count) => sum + count, 0);
  printTable(
    ['what', 'count', 'of which'],
    [
      [
        'sources read',
        String(sources.ok),
        sources.failed.map(({ sourceId, code }) => `${sourceId} not: ${code}`).join(', '),
      ],
      [
        'chunks',
        String(chunks.total),
        `${chunks.done} done, ${chunks.failed} failed, ${chunks.refused} refused, ${result.remainingChunks} left`,
      ],
      [
        'calls',
        String(result.calls),
        `${result.cachedCalls} chunks answered before, ${tokens.in} tokens in, ${tokens.out} out`,
      ],
      ['events extracted', String(result.extracted), refused > 0 ? `${refused} rejected: ${rejected.join(', ')}` : ''],
      [
        'events merged into another',
        String(result.merged),
        result.conflicts > 0 ? `${result.conflicts} with conflicting dates` : '',
      ],
      ['events published', String(result.published), ''],
      ['events to review', String(result.needsReview), ''],
    ],
  );
  process.stdout.write(`\n${result.status.replaceAll('_', ' ')}, extracted by ${result.extractor}\n`);
  if (files) process.stdout.write(`the timeline's files:\n  ${files.html}\n  ${files.timelineJs}\n`);
}

async function withRequest(
  requestId: string,
  options: RequestOptions,
  command: Command,
  act: (handle: WorkflowHandle) => Promise<unknown>,
): Promise<void> {
  await withSession(options, async (session) => {
    const workflowId = generationWorkflowId({ timelineId: session.timelineId(), requestId });
    await act((await session.client()).workflow.getHandle(workflowId)).catch((error: unknown) => {
      if (error instanceof WorkflowNotFoundError)
        throw new CliFailure(`no request ${requestId} of this timeline is running`);
      throw error;
    });
    if (isJson(command)) printJson({ workflowId });
    else process.stdout.write(`${workflowId}\n`);
  });
}

function wholeNumber(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= 1_000_000_000) return value;
  throw new InvalidArgumentError('It should be a whole number from 1 to 1000000000.');
}
