import { CliFailure, followWorkflow, isJson, printJson, printTable } from '@backend/shared/cli';
import { failureType, rootFailure } from '@backend/shared/failures';
import { WorkflowNotFoundError, type WorkflowHandle } from '@temporalio/client';
import { type Command, InvalidArgumentError } from 'commander';
import {
  type AITimelineGenerationResult,
  type AddedBudget,
  GENERATION_HANDLERS,
  type GenerationProgress,
  generationWorkflowId,
} from '../../contract';
import { type RequestRow, findRequest } from '../../repositories';
import { type Session, withSession } from '../session';
import { type Moment, type RequestName, followGeneration, look } from './follow-generation';
import { addListCommand } from './list';
import { exportFiles, minuteOf, printResult } from './result-text';

interface TimelineOptions {
  timeline?: string;
}

/** A request that a command is about. */
interface Order {
  readonly session: Session;
  readonly request: RequestName;
  readonly handle: WorkflowHandle;
  readonly json: boolean;
}

/** `timeline generate list|show|pause|resume|cancel|add-budget` */
export function addControlCommands(generate: Command): void {
  const timeline = ['--timeline <id>', 'whose request; TIMELINE_ID by default'] as const;
  addListCommand(generate);

  const control = (name: string, description: string, example = '') =>
    generate
      .command(`${name} <request>`)
      .description(description)
      .option(...timeline)
      .addHelpText('after', `\nExample:\n  timeline generate ${name} 1b6a99463f44 --timeline swaminarayan${example}`);

  control('show', 'how far a request is, or what it came to')
    .option('--watch', 'show progress until it is done')
    .action(async (requestId: string, options: TimelineOptions & { watch?: boolean }, command: Command) =>
      withRequest(requestId, options, command, options.watch ? watch : show),
    );
  control('pause', 'begin no new chunks').action(
    async (requestId: string, options: TimelineOptions, command: Command) =>
      withRequest(requestId, options, command, async (order) => signal(order, 'pause')),
  );
  control('resume', 'go on after a pause, or before a quota is due').action(
    async (requestId: string, options: TimelineOptions, command: Command) =>
      withRequest(requestId, options, command, async (order) => signal(order, 'resume')),
  );
  control('cancel', 'end a request; the chunks that were answered stay, and are not paid for again').action(
    async (requestId: string, options: TimelineOptions, command: Command) =>
      withRequest(requestId, options, command, cancel),
  );
  control('add-budget', 'give a request more tokens', ' --tokens 50000')
    .option('--tokens <count>', 'how many more', wholeNumber(1_000_000_000))
    .option('--cost <micro-usd>', 'millionths of a dollar more, for a request with maxCostMicroUsd', wholeNumber(1e12))
    .action(
      async (requestId: string, options: TimelineOptions & { tokens?: number; cost?: number }, command: Command) =>
        withRequest(requestId, options, command, async (order) =>
          addBudget(order, {
            ...(options.tokens === undefined ? {} : { tokens: options.tokens }),
            ...(options.cost === undefined ? {} : { costMicroUsd: options.cost }),
          }),
        ),
    );
}

async function withRequest(
  requestId: string,
  options: TimelineOptions,
  command: Command,
  act: (order: Order) => Promise<void>,
): Promise<void> {
  await withSession(options, async (session) => {
    const request = { timelineId: session.timelineId(), requestId };
    const handle = (await session.client()).workflow.getHandle(generationWorkflowId(request));
    await act({ session, request, handle, json: isJson(command) });
  });
}

async function watch(order: Order): Promise<void> {
  const { session, request, handle, json } = order;
  await known(request, async () => handle.describe());
  const result = await followGeneration({ handle, request, watch: true });
  const files = await exportFiles(session.blobs, result);
  if (json) printJson({ ...request, ...result, ...(files ? { files } : {}) });
  else printResult(result, files);
}

async function show(order: Order): Promise<void> {
  const { session, request, json } = order;
  const row = await session.scope(request.timelineId, async (tx) => findRequest(tx, request.requestId));
  const state = await stateOf(order, row);
  if (state.result) {
    const files = await exportFiles(session.blobs, state.result);
    if (json) printJson({ ...request, ...state.result, ...(files ? { files } : {}) });
    else printResult(state.result, files);
    return;
  }
  if (json) return printJson({ ...request, ...state });
  const { progress } = state;
  printTable(
    ['what', 'state'],
    [
      ['request', request.requestId],
      ...(row ? [['begun', minuteOf(row.createdAt)]] : []),
      ['status', state.status.replaceAll('_', ' ')],
      ...(progress
        ? [
            ['phase', progress.phase],
            ['sources', `${progress.sources.ok} read, ${progress.sources.failed.length} not`],
            ['chunks', `${progress.chunksDone} of ${progress.chunksTotal}`],
            ['tokens', `${progress.tokens.in} in, ${progress.tokens.out} out`],
            ['events stored', String(progress.events)],
          ]
        : []),
      ...(state.waits === undefined ? [] : [['waits', state.waits]]),
      ...(state.failure === undefined ? [] : [['why', state.failure]]),
    ],
  );
}

interface State extends Partial<Moment> {
  readonly status: string;
  readonly failure?: string;
  readonly result?: AITimelineGenerationResult;
}

/** Where a request is; of one that failed, why. The database says it when the server has forgotten the workflow. */
async function stateOf({ request, handle }: Order, row: RequestRow | undefined): Promise<State> {
  try {
    const { status } = await handle.describe();
    if (status.name === 'RUNNING') return { status: 'running', ...(await look(handle)) };
    if (status.name === 'COMPLETED') return { status: 'completed', result: (await handle.result()) as never };
    const failure = await handle.result().then(() => undefined, failureText);
    return { status: status.name.toLowerCase(), ...(failure === undefined ? {} : { failure }) };
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    if (!row) throw unknown(request);
    return {
      status: row.status,
      ...(row.result && row.status !== 'failed' ? { result: row.result as AITimelineGenerationResult } : {}),
    };
  }
}

function failureText(error: unknown): string | undefined {
  return rootFailure(error)?.message;
}

async function signal({ request, handle, json }: Order, name: 'pause' | 'resume'): Promise<void> {
  await known(request, async () => handle.signal(GENERATION_HANDLERS[name]));
  const { chunksDone, chunksTotal } = await handle.query<GenerationProgress>(GENERATION_HANDLERS.progress);
  if (json) return printJson({ ...request, chunksDone, chunksTotal });
  const figures = chunksTotal > 0 ? `, ${chunksDone} of ${chunksTotal} chunks done` : '';
  process.stdout.write(`${name}d ${request.requestId}${figures}\n`);
  if (name === 'pause')
    process.stdout.write(`timeline generate resume ${request.requestId} --timeline ${request.timelineId} goes on\n`);
}

async function cancel(order: Order): Promise<void> {
  const { request, handle, json } = order;
  const { status } = await known(request, async () => handle.describe());
  // The server takes the order, and does nothing about it.
  if (status.name !== 'RUNNING') throw new CliFailure(`the request ${request.requestId} has ended already`);
  await handle.cancel();
  const result = await followWorkflow<AITimelineGenerationResult, never>({ handle });
  if (json) printJson({ ...request, ...result });
  else printResult(result);
}

async function addBudget({ request, handle, json }: Order, added: AddedBudget): Promise<void> {
  const progress = await known(request, async () =>
    handle.executeUpdate<GenerationProgress, [AddedBudget]>(GENERATION_HANDLERS.addBudget, { args: [added] }),
  );
  if (json) return printJson({ ...request, progress });
  process.stdout.write(
    `${request.requestId} has more budget; ${progress.chunksTotal - progress.chunksDone} chunks are left\n`,
  );
}

/** An order to a run that is there and has not ended. */
async function known<T>(request: RequestName, order: () => Promise<T>): Promise<T> {
  try {
    return await order();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw unknown(request);
    if (failureType(error) === 'AcceptedUpdateCompletedWorkflow')
      throw new CliFailure(`the request ${request.requestId} has ended already`);
    throw error;
  }
}

function unknown({ timelineId, requestId }: RequestName): CliFailure {
  return new CliFailure(
    `no request ${requestId} of the timeline ${timelineId} is running; timeline generate list --timeline ${timelineId} names all`,
  );
}

function wholeNumber(max: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : 0;
    if (value >= 1 && value <= max) return value;
    throw new InvalidArgumentError(`It should be a whole number from 1 to ${max}.`);
  };
}
