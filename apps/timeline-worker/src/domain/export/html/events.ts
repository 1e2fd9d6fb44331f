import { displayDate } from '../../dates/display';
import { escapeHtml, hashText, safeLink } from '../escape';
import type { ExportCitation, ExportEvent, ExportSource } from '../model';
import { shape } from './axis';
import type { Names } from './filters';
import type { ShownEvent } from './mark';
import { calendarName, counted, explainFlag, explainNote, periodName, thousands, tierName } from './words';

/** What the events of a page have in common. */
export interface Shared {
  timelineId: string;
  sources: ReadonlyMap<string, ExportSource>;
  /** eventId → title, of all events of the page. */
  titles: ReadonlyMap<string, string>;
  names: Names;
}

/** In a history of more than so many days decades would be too many. */
const LONG_HISTORY_DAYS = 500 * 365;

/** All events under the decades (or centuries) they belong to. */
export function eventsHtml(shown: readonly ShownEvent[], shared: Shared): string {
  const places = shown.map(({ mark }) => mark.place);
  const by = (places.at(-1) ?? 0) - (places[0] ?? 0) > LONG_HISTORY_DAYS ? 'century' : 'decade';
  const periods: { name: string; events: ShownEvent[] }[] = [];
  for (const one of shown) {
    const name = periodName(one.mark.place, by);
    const last = periods.at(-1);
    if (last?.name === name) last.events.push(one);
    else periods.push({ name, events: [one] });
  }
  return periods
    .map(
      ({ name, events }) => `<section class="period" style="--count:${events.length}">
<h2>${name} <span class="muted small">${counted(events.length, 'event')}</span></h2>
<ol class="events">
${events.map((one) => eventHtml(one, shared)).join('\n')}
</ol>
</section>`,
    )
    .join('\n');
}

function eventHtml({ event, mark }: ShownEvent, shared: Shared): string {
  const id = escapeHtml(event.eventId);
  const { date } = event;
  const cited = new Set(event.citations.map(({ sourceId }) => sourceId));
  const data = [
    `data-from="${date.sortMin}" data-to="${date.sortMax}" data-at="${mark.place}" data-status="${event.status}"`,
    dataOf('sources', [...cited], shared.names.sources),
    dataOf('places', event.places, shared.names.places),
    dataOf('people', event.people, shared.names.people),
  ];
  const isTold = event.citations.some(({ quote }) => sameWords(quote, event.summary));
  return `<li class="event" id="e-${id}" ${data.join('')}>
<span class="m ${mark.classes.join(' ')}" style="${shape(mark)}" aria-hidden="true"><i></i></span>
<article class="card" tabindex="-1" aria-labelledby="t-${id}">
<p class="when"><a href="#e-${id}">${escapeHtml(displayDate(date))}</a>${event.status === 'needs_review' ? ' <span class="chip">To review</span>' : ''}</p>
<h3 id="t-${id}" dir="auto">${escapeHtml(event.title)}</h3>
${writtenHtml(date)}
${isTold || event.summary === '' ? '' : `<p class="summary" dir="auto">${escapeHtml(event.summary)}</p>\n`}${quotesHtml(event, shared)}${namesHtml(event)}${reviewHtml(event, shared)}</article>
</li>`;
}

/** Numbers of names in the page's lists, since names may hold any sign. */
function dataOf(kind: string, names: readonly string[], all: ReadonlyMap<string, number>): string {
  return names.length === 0 ? '' : ` data-${kind}="${names.map((name) => all.get(name) ?? '').join(' ')}"`;
}

/** The date as its source writes it, and in which calendar. */
function writtenHtml(date: ExportEvent['date']): string {
  const told = [calendarName(date), ...date.notes.map(explainNote)].join(', ');
  return `<p class="written muted small">Written <q dir="auto">${escapeHtml(date.originalText)}</q> <span>${escapeHtml(told)}</span></p>`;
}

/** The quotes; where sources give dates that cannot all be true, under the date that each gives. */
function quotesHtml(event: ExportEvent, { sources }: Shared): string {
  const { citations, conflicts } = event;
  if (conflicts.length > 0) {
    const other = new Set(conflicts.flatMap((conflict) => conflict.citations.map(keyOf)));
    const claims = [
      { date: event.date, citations: ownQuotes(event, other), note: 'shown here' },
      ...conflicts.map((conflict) => ({ ...conflict, note: 'also given' })),
    ];
    return `<div class="claims" role="group" aria-label="Sources disagree on the date">${claims
      .map(
        ({ date, citations: own, note }) =>
          `<section class="claim"><h4>${escapeHtml(displayDate(date))} <span class="muted small">${note}, written <q dir="auto">${escapeHtml(date.originalText)}</q></span></h4>${own.map((citation) => quoteHtml(citation, sources)).join('')}</section>`,
      )
      .join('')}</div>\n`;
  }
  const [first, ...more] = citations.map((citation) => quoteHtml(citation, sources));
  if (first === undefined) return '<p class="muted">No quote supports this event yet.</p>\n';
  if (more.length === 0) return `${first}\n`;
  return `${first}<details><summary>${counted(more.length, 'more quote')}</summary>${more.join('')}</details>\n`;
}

/** The quotes of the date that is shown: one passage may give both dates, and no date stands without a quote. */
function ownQuotes({ citations, date }: ExportEvent, other: ReadonlySet<string>): readonly ExportCitation[] {
  const written = oneLine(date.originalText);
  const own = citations.filter((citation) => !other.has(keyOf(citation)) || oneLine(citation.quote).includes(written));
  return own.length > 0 ? own : citations;
}

function keyOf({ sourceId, start, end }: ExportCitation): string {
  return `${start} ${end} ${sourceId}`;
}

function quoteHtml(
  { quote, sourceId, start, end, before, after, textSha256 }: ExportCitation,
  sources: ReadonlyMap<string, ExportSource>,
): string {
  const source = sources.get(sourceId);
  const facts = [
    ...(source ? [tierName(source.tier)] : []),
    ...(textSha256 === null ? [] : [`characters ${thousands(start + 1)} to ${thousands(end)}`]),
  ];
  const context = (text: string): string =>
    text.trim() === '' ? '' : `<span class="context">${escapeHtml(oneLine(text))}</span>`;
  return `<figure class="quote"><blockquote dir="auto">${context(before)}<mark>${escapeHtml(oneLine(quote))}</mark>${context(after)}</blockquote><figcaption class="small"><cite dir="auto">${sourceName(source, sourceId)}</cite>${facts.length === 0 ? '' : ` <span class="muted">${facts.join(', ')}</span>`}</figcaption></figure>`;
}

/** The name of a source, with a link when it has an address that may be followed. */
export function sourceName(source: ExportSource | undefined, sourceId: string): string {
  const title = escapeHtml(source?.title ?? sourceId);
  const link = safeLink(source?.uri);
  return link === undefined ? title : `<a href="${escapeHtml(link)}" rel="noopener noreferrer nofollow">${title}</a>`;
}

/** Each name shows the events that have it. */
function namesHtml({ people, places }: ExportEvent): string {
  const listOf = (term: string, kind: string, names: readonly string[]): string =>
    names.length === 0
      ? ''
      : `<div><dt>${term}</dt>${names.map((name) => `<dd><a href="#${kind}=${hashText(name)}" dir="auto">${escapeHtml(name)}</a></dd>`).join('')}</div>`;
  const lists = listOf('People', 'person', people) + listOf('Places', 'place', places);
  return lists === '' ? '' : `<dl class="names small">${lists}</dl>\n`;
}

function reviewHtml(event: ExportEvent, { timelineId, titles }: Shared): string {
  const reasons = [...event.flags, ...event.date.flags].map((flag) => escapeHtml(explainFlag(flag)));
  for (const other of event.possibleConflictWith) {
    const title = titles.get(other);
    if (title !== undefined)
      reasons.push(`Compare <a href="#e-${escapeHtml(other)}" dir="auto">${escapeHtml(title)}</a>`);
  }
  const isWaiting = event.status === 'needs_review';
  if (isWaiting && reasons.length === 0)
    reasons.push(`Confidence ${Math.round(event.confidence * 100)} % is below the limit for publishing`);
  if (reasons.length === 0) return '';
  const command = `timeline review approve ${event.eventId} --timeline ${timelineId}`;
  return `<div class="review small"><h4>${isWaiting ? 'Why a person should look' : 'What a person has seen'}</h4><ul>${reasons
    .map((reason) => `<li>${reason}</li>`)
    .join(
      '',
    )}</ul>${isWaiting ? `<p class="decide">Once checked: <code>${escapeHtml(command)}</code></p>` : ''}</div>\n`;
}

function sameWords(a: string, b: string): boolean {
  return oneLine(a).trim() === oneLine(b).trim();
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}
