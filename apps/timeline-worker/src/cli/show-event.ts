import { fitText, printable, terminal, wrapText } from '@backend/shared/cli';
import type { Queryable } from '@backend/shared/pg';
import { citationsInContext } from '../activities/export-timeline';
import { displayDate } from '../domain/dates/display';
import type { ExportCitation } from '../domain/export/model';
import type { NormalisedDate } from '../domain/types';
import { type EventRow, type SourceRow, findEvent, listSources } from '../repositories';

/** An event with all that a person needs to decide on it. */
export interface EventToDecide extends Omit<EventRow, 'citations' | 'conflicts'> {
  /** Each with what stands around it in its source. */
  readonly citations: readonly ExportCitation[];
  readonly conflicts: readonly { readonly date: NormalisedDate; readonly citations: readonly ExportCitation[] }[];
  readonly sources: readonly SourceRow[];
  /** The events that it may be a double of. */
  readonly doubles: readonly Pick<EventRow, 'eventId' | 'title' | 'date' | 'status'>[];
}

/** Reads an event for {@link tellEvent}; undefined when the timeline has none of that id. */
export async function readEventToDecide(tx: Queryable, eventId: string): Promise<EventToDecide | undefined> {
  const event = await findEvent(tx, eventId);
  if (!event) return undefined;
  const inContext = await citationsInContext(tx, [event]);
  const doubles: EventRow[] = [];
  for (const id of event.possibleConflictWith) {
    const other = await findEvent(tx, id);
    if (other) doubles.push(other);
  }
  return {
    ...event,
    citations: event.citations.map(inContext),
    conflicts: event.conflicts.map(({ date, citations }) => ({ date, citations: citations.map(inContext) })),
    sources: await listSources(tx),
    doubles: doubles.map(({ eventId: id, title, date, status }) => ({ eventId: id, title, date, status })),
  };
}

const INDENT = '  ';

/** An event in lines for people: what it says, why it waits, what its sources say word for word, and what contradicts it. */
export function tellEvent(event: EventToDecide): string[] {
  const titles = new Map(event.sources.map(({ sourceId, title, tier }) => [sourceId, `${title} (tier ${tier})`]));
  const quoted = (citations: readonly ExportCitation[]): string[] =>
    citations.flatMap((citation) => [
      `${INDENT}${printable(titles.get(citation.sourceId) ?? citation.sourceId)}`,
      ...wrapped(`${citation.before}[${citation.quote}]${citation.after}`, INDENT.repeat(2)),
    ]);
  const why = [...event.flags, ...event.date.flags].join(', ');
  return [
    ...field('event', event.eventId),
    ...field('title', event.title),
    ...field('date', dateInWords(event.date)),
    ...field('summary', event.summary),
    ...field('places', event.places.join(', ')),
    ...field('people', event.people.join(', ')),
    ...field(
      'status',
      `${event.status.replaceAll('_', ' ')}${event.decidedBy === null ? '' : `, decided by ${event.decidedBy}`}`,
    ),
    ...field('why', why === '' ? `confidence ${event.confidence.toFixed(2)}` : why),
    ...field('locked', event.lockedFields.join(', ')),
    '',
    event.citations.length > 0 ? 'quotes' : 'no source is quoted',
    ...quoted(event.citations),
    ...event.conflicts.flatMap(({ date, citations }) => ['', `but ${dateInWords(date)}`, ...quoted(citations)]),
    ...(event.doubles.length > 0 ? ['', 'may be the same as'] : []),
    ...event.doubles.map(({ eventId, title, date }) =>
      fitText(`${INDENT}${eventId}  ${displayDate(date)}  ${printable(title)}`, terminal().width),
    ),
  ];
}

/** What it is taken to be, and how the source writes it where that is not the same. */
function dateInWords(date: NormalisedDate): string {
  const written = date.originalText === date.edtf ? '' : `, written “${printable(date.originalText)}”`;
  const calendar = date.originalCalendar === 'gregorian' ? '' : `, ${date.originalCalendar}`;
  return `${displayDate(date)} (${date.edtf}${written}${calendar})`;
}

function field(name: string, value: string): string[] {
  if (value === '') return [];
  const [first = '', ...rest] = wrapped(value, ' '.repeat(10));
  return [`${name.padEnd(10)}${first.trimStart()}`, ...rest];
}

function wrapped(text: string, indent: string): string[] {
  return wrapText(printable(text), terminal().width - indent.length).map((line) => indent + line);
}
