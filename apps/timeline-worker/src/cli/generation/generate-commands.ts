import { CliFailure, UsageError, isJson, printJson } from '@backend/shared/cli';
import { SHARED_FAILURES, failureType } from '@backend/shared/failures';
import type { Command } from 'commander';
import {
  type AITimelineGenerationInput,
  SEARCH_ATTRIBUTES,
  WORKFLOW_TYPES,
  generationWorkflowId,
} from '../../contract';
import { edtfBounds } from '../../domain/dates/edtf';
import { resolveInput } from '../../workflows/generation-input';
import { type Session, withSession } from '../session';
import { readSourceList, toInput } from '../source-list';
import { startWorkflow } from '../start';
import { addControlCommands } from './control-commands';
import { followGeneration } from './follow-generation';
import { exportFiles, printResult } from './result-text';

interface GenerateOptions {
  request?: string;
  model?: string;
  baseUrl?: string;
  out?: string;
  watch?: boolean;
}

/** `timeline generate SOURCES.yaml` and what can be done with a request */
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

  addControlCommands(command);
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
    timelineId,
    typedSearchAttributes: [{ key: SEARCH_ATTRIBUTES.generationStatus, value: 'running' }],
    staticSummary: `Request ${input.requestId}: ${input.sources.length} sources`,
    args: [input],
  });
  const result = await followGeneration({ handle, request: input, watch: options.watch === true });
  const files = await exportFiles(session.blobs, result, options.out);
  if (isJson(command)) printJson({ timelineId, requestId: input.requestId, ...result, ...(files ? { files } : {}) });
  else printResult(result, files);
  if (result.status === 'cancelled') throw new CliFailure('the request was cancelled; what was extracted is kept');
}

/** The checks of the workflow and of its first activity, before anything is started; the words of a wrong list are a matter of usage. */
function check(input: AITimelineGenerationInput, list: string): void {
  try {
    resolveInput(input);
  } catch (error) {
    if (failureType(error) !== SHARED_FAILURES.InvalidInput) throw error;
    throw new UsageError(`${list}: ${(error as Error).message}`);
  }
  // Not the workflow's matter: what reads EDTF is too heavy for its bundle.
  if (input.range !== undefined && !edtfBounds(input.range))
    throw new UsageError(
      `${list}: range should be an EDTF interval such as 1700/2030, not ${JSON.stringify(input.range)}.`,
    );
}
