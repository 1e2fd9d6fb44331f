import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { UsageError, isJson, printJson, printTable } from '@backend/shared/cli';
import { SHARED_FAILURES, failureType, userFailure } from '@backend/shared/failures';
import type { Command } from 'commander';
import { decideEvent } from '../activities/decide-event';
import { type EventPatch, FAILURES, type ReviewDecision, type ReviewOutcome } from '../contract';
import { displayDate } from '../domain/dates/display';
import { checkDecision, isUuid } from '../domain/review-decision';
import { listEvents } from '../repositories';
import { withSession } from './session';
import { readEventToDecide, tellEvent } from './show-event';

interface DecideOptions {
  timeline?: string;
  user?: string;
}

interface EditOptions extends DecideOptions {
  title?: string;
  summary?: string;
  date?: string;
  places?: string[];
  people?: string[];
}

/** `timeline review list|show|approve|reject|edit` */
export function addReviewCommands(program: Command): void {
  const review = program.command('review').description('events that wait for a person');
  const timeline = ['--timeline <id>', 'which timeline; TIMELINE_ID by default'] as const;
  const user = ['--user <name>', 'who decides; your login name by default'] as const;

  review
    .command('list')
    .description('what waits, and why')
    .option(...timeline)
    .option('--limit <count>', 'at most so many', '50')
    .addHelpText('after', '\nExample:\n  timeline review list --timeline swaminarayan')
    .action(async (options: { timeline?: string; limit: string }, command: Command) =>
      withSession(options, async (session) => {
        if (!/^[1-9]\d{0,4}$/.test(options.limit))
          throw new UsageError(`--limit should be a whole number from 1 to 99999, not ${options.limit}`);
        const events = await session.scope(session.timelineId(), async (tx) =>
          listEvents(tx, { statuses: ['needs_review'], limit: Number(options.limit) }),
        );
        if (isJson(command)) return printJson(events);
        if (events.length === 0) return void process.stdout.write('nothing waits for review\n');
        printTable(
          ['event', 'date', 'title', 'confidence', 'why'],
          events.map((event) => [
            event.eventId,
            displayDate(event.date),
            event.title,
            event.confidence.toFixed(2),
            [...event.flags, ...event.date.flags].join(', ') || 'confidence',
          ]),
        );
        process.stdout.write('timeline review show <event> shows one with its quotes\n');
      }),
    );

  review
    .command('show <event>')
    .description('an event with its quotes in their sources, and what contradicts it')
    .option(...timeline)
    .addHelpText(
      'after',
      '\nExample:\n  timeline review show 6f2a1c9e-2f43-5a0b-9d6e-0b7f1c2d3e4f --timeline swaminarayan',
    )
    .action(async (eventId: string, options: { timeline?: string }, command: Command) =>
      withSession(options, async (session) => {
        const timelineId = session.timelineId();
        if (!isUuid(eventId)) throw new UsageError(`${eventId} is not the UUID of an event; see timeline review list`);
        const event = await session.scope(timelineId, async (tx) => readEventToDecide(tx, eventId));
        if (!event)
          throw userFailure(FAILURES.EventNotFound, `There is no event ${eventId} in the timeline ${timelineId}.`);
        if (isJson(command)) return printJson(event);
        process.stdout.write(`${tellEvent(event).join('\n')}\n`);
      }),
    );

  for (const [action, description] of [
    ['approve', 'publish events'],
    ['reject', 'take events out of the timeline'],
  ] as const) {
    review
      .command(`${action} <event...>`)
      .description(description)
      .option(...timeline)
      .option(...user)
      .addHelpText(
        'after',
        `\nExample:\n  timeline review ${action} 6f2a1c9e-2f43-5a0b-9d6e-0b7f1c2d3e4f --timeline swaminarayan`,
      )
      .action(async (eventIds: string[], options: DecideOptions, command: Command) =>
        decideAll(
          eventIds.map((eventId) => ({ eventId, action, user: whoIs(options) })),
          options,
          command,
        ),
      );
  }

  review
    .command('edit <event>')
    .description('change fields of an event; later runs leave them alone')
    .option(...timeline)
    .option(...user)
    .option('--title <text>', 'what happened')
    .option('--summary <text>', 'in a sentence or two')
    .option('--date <date>', 'EDTF, ISO, or words such as "1 June 1830" or "Samvat 1886 Jeth sud 10"')
    .option('--places <names...>', 'where')
    .option('--people <names...>', 'who')
    .addHelpText(
      'after',
      '\nExample:\n  timeline review edit 6f2a1c9e-2f43-5a0b-9d6e-0b7f1c2d3e4f --timeline swaminarayan --date 1830-06-01',
    )
    .action(async (eventId: string, options: EditOptions, command: Command) => {
      const { title, summary, date, places, people } = options;
      const patch: EventPatch = {
        ...(title === undefined ? {} : { title }),
        ...(summary === undefined ? {} : { summary }),
        ...(date === undefined ? {} : { date }),
        ...(places === undefined ? {} : { places }),
        ...(people === undefined ? {} : { people }),
      };
      if (Object.keys(patch).length === 0)
        throw new UsageError('what should be changed? Give --title, --summary, --date, --places or --people');
      await decideAll([{ eventId, action: 'edit', patch, user: whoIs(options) }], options, command);
    });
}

function whoIs({ user }: DecideOptions): string {
  return user ?? userInfo().username;
}

/** What cannot be a decision stops them all before the first; what fails on the way hides none that is made by then. */
async function decideAll(
  decisions: readonly ReviewDecision[],
  options: DecideOptions,
  command: Command,
): Promise<void> {
  const checked = decisions.map(checkedDecision);
  await withSession(options, async (session) => {
    const timelineId = session.timelineId();
    const outcomes: ReviewOutcome[] = [];
    try {
      for (const decision of checked) {
        const key = `decide:${randomUUID()}`;
        const outcome = await decideEvent(session, { timelineId, decision, key }).catch(asUsageError);
        outcomes.push(outcome);
        const { eventId, status } = outcome;
        if (!isJson(command)) process.stdout.write(`${eventId}: ${status.replaceAll('_', ' ')}\n`);
      }
    } finally {
      if (isJson(command)) printJson(outcomes);
    }
  });
}

function checkedDecision(decision: ReviewDecision): ReviewDecision {
  try {
    return checkDecision(decision);
  } catch (error) {
    return asUsageError(error);
  }
}

function asUsageError(error: unknown): never {
  if (failureType(error) === SHARED_FAILURES.InvalidInput) throw new UsageError((error as Error).message);
  throw error;
}
