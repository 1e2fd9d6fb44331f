import { CliFailure, isJson, printJson } from '@backend/shared/cli';
import { type WorkflowHandle, WorkflowNotFoundError } from '@temporalio/client';
import { type Command, Option } from 'commander';
import { RECURRING_HANDLERS, type RecurringState, recurringWorkflowId } from '../../contract';
import { type Session, withSession } from '../session';
import { stateText } from './calendar';
import { USER_OPTION, type UserOption, requireTemplate } from './lookup';

/** `tracc recurring pause|resume|stop|skip|reschedule|post-now|retry|confirm` */
export function addOrderCommands(recurring: Command): void {
  const order = <Options extends UserOption>(
    usage: string,
    description: string,
    {
      example,
      send,
    }: { example: string; send: (handle: WorkflowHandle, texts: string[], options: Options) => Promise<unknown> },
  ): Command =>
    recurring
      .command(usage)
      .description(description)
      .option(...USER_OPTION)
      .addHelpText('after', `\nExample:\n  tracc recurring ${example}`)
      .action(async (id: string, ...rest: unknown[]) => {
        const command = rest.at(-1) as Command;
        const options = rest.at(-2) as Options;
        await withSession(options, async (session) => {
          const handle = await handleOf(session, id);
          await orNotRunning(id, send(handle, rest.slice(0, -2).map(String), options));
          const state = await orNotRunning(id, handle.query<RecurringState>(RECURRING_HANDLERS.state));
          if (isJson(command)) printJson(state);
          else process.stdout.write(`${id}: ${stateText(state)}\n`);
        });
      });

  order<UserOption & { catchUp?: boolean }>(
    'pause <id>',
    'post nothing until it is resumed; what is missed meanwhile is skipped',
    {
      example: 'pause rent',
      send: async (handle, _texts, { catchUp }) =>
        handle.signal(RECURRING_HANDLERS.pause, { onResume: catchUp ? 'catchUp' : 'skip' }),
    },
  ).addOption(new Option('--catch-up', 'post what is missed when it is resumed'));
  order('resume <id>', 'go on posting', {
    example: 'resume rent',
    send: async (handle) => handle.signal(RECURRING_HANDLERS.resume),
  });
  order('stop <id>', 'end it; nothing more is posted', {
    example: 'stop rent',
    send: async (handle) => handle.signal(RECURRING_HANDLERS.stop),
  });
  order('skip <id> <date>', 'do not post one occurrence', {
    example: 'skip rent 2026-03-31',
    send: async (handle, [nominalDate]) => handle.executeUpdate(RECURRING_HANDLERS.skip, { args: [{ nominalDate }] }),
  });
  order('reschedule <id> <date> <to>', 'book one occurrence on another date', {
    example: 'reschedule rent 2026-03-31 2026-04-02',
    send: async (handle, [nominalDate, toDate]) =>
      handle.executeUpdate(RECURRING_HANDLERS.reschedule, { args: [{ nominalDate, toDate }] }),
  });
  order('post-now <id>', 'post the next occurrence today; it is not posted again at its time', {
    example: 'post-now rent',
    send: async (handle) => handle.executeUpdate(RECURRING_HANDLERS.postNow),
  });
  order('retry <id> <date>', 'post an occurrence that had failed', {
    example: 'retry rent 2026-03-31',
    send: async (handle, [nominalDate]) => handle.executeUpdate(RECURRING_HANDLERS.retry, { args: [{ nominalDate }] }),
  });
  order(
    'confirm <id> <policy>',
    'say what becomes of more than 366 missed occurrences: all, latest or none are posted',
    {
      example: 'confirm rent latest',
      send: async (handle, [policy]) => handle.executeUpdate(RECURRING_HANDLERS.confirmCatchUp, { args: [{ policy }] }),
    },
  );
}

async function handleOf(session: Session, id: string): Promise<WorkflowHandle> {
  await requireTemplate(session, id);
  return (await session.client()).workflow.getHandle(recurringWorkflowId({ templateId: id }));
}

async function orNotRunning<T>(id: string, answer: Promise<T>): Promise<T> {
  return answer.catch((error: unknown) => {
    throw error instanceof WorkflowNotFoundError
      ? new CliFailure(`${id} is not running; start it with "tracc recurring create ${id}"`)
      : error;
  });
}
