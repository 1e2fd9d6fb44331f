import { createHash } from 'node:crypto';

import { daysToGregorian } from '../dates/day-number';
import { displayDate, displayYear } from '../dates/display';
import { escapeHtml, safeLink } from './escape';
import { axisHtml } from './html-axis';
import { explainFlag, explainNote } from './html-labels';
import { PAGE_SCRIPT } from './html-script';
import { PAGE_STYLE } from './html-style';
import { type ExportEvent, type ExportInput, type ExportSource, placeOf, shownEvents } from './model';

/**
 * The timeline as one self-contained HTML page (ai-timeline 24): a time axis, then every event with its date, text,
 * quotes, sources and flags. It loads nothing; its policy forbids it to. Without scripts all events are shown.
 */
export function toHtml(input: ExportInput): string {
  const events = shownEvents(input);
  const sources = new Map(input.sources.map((source) => [source.sourceId, source]));
  const scriptHash = createHash('sha256').update(PAGE_SCRIPT, 'utf8').digest('base64');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${scriptHash}'; base-uri 'none'; form-action 'none'">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(input.topic)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<a class="skip" href="#events">Skip to the events</a>
<header class="head">
<p class="kicker">Timeline</p>
<h1>${escapeHtml(input.topic)}</h1>
<p class="facts">${factsOf(input, events)}</p>
</header>
<main>
${axisHtml(events)}
${controlsHtml(input, events)}
<ol id="events" class="events" tabindex="-1">
${eventsHtml(events, sources)}
</ol>
<p id="none" class="none" hidden>No event matches. <button type="button" id="reset">Show all events</button></p>
</main>
${sourcesHtml(input, events)}
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;
}

function factsOf(input: ExportInput, events: readonly ExportEvent[]): string {
  const review = events.filter(({ status }) => status === 'needs_review').length;
  const facts = [
    counted(events.length, 'event'),
    counted(input.sources.length, 'source'),
    ...(review > 0 ? [`${review} to review`] : []),
    `extracted by ${escapeHtml(input.extractor)}`,
    `<time datetime="${escapeHtml(input.generatedOn)}">${escapeHtml(displayDate({ edtf: input.generatedOn }))}</time>`,
  ];
  return facts.map((fact) => `<span>${fact}</span>`).join(' ');
}

function controlsHtml(input: ExportInput, events: readonly ExportEvent[]): string {
  const options = input.sources
    .map(({ sourceId, title }) => `<option value="${escapeHtml(sourceId)}">${escapeHtml(title)}</option>`)
    .join('');
  return `<form class="controls" role="search" aria-label="Find events" hidden>
<label class="find"><span>Search</span><input type="search" id="query" autocomplete="off" placeholder="Name, place, year, words"></label>
<label><span>Status</span><select id="status"><option value="">All</option><option value="published">Published</option><option value="needs_review">To review</option></select></label>
<label><span>Source</span><select id="source"><option value="">All</option>${options}</select></label>
<output id="count" aria-live="polite">${counted(events.length, 'event')}</output>
</form>`;
}

function eventsHtml(events: readonly ExportEvent[], sources: ReadonlyMap<string, ExportSource>): string {
  const titles = new Map(events.map(({ eventId, title }) => [eventId, title]));
  let decade: number | undefined;
  return events
    .map((event) => {
      const { year } = daysToGregorian(placeOf(event));
      const own = Math.floor(year / 10) * 10;
      const mark =
        own === decade
          ? ''
          : `<li class="era" aria-hidden="true"><span>${own > 0 ? `${own}s` : displayYear(own)}</span></li>\n`;
      decade = own;
      return mark + eventHtml({ event, sources, titles });
    })
    .join('\n');
}

function eventHtml({
  event,
  sources,
  titles,
}: {
  event: ExportEvent;
  sources: ReadonlyMap<string, ExportSource>;
  titles: ReadonlyMap<string, string>;
}): string {
  const id = `e-${escapeHtml(event.eventId)}`;
  const [first, ...more] = event.citations;
  const repeats = event.citations.some(({ quote }) => sameWords(quote, event.summary));
  const cited = new Set(event.citations.map(({ sourceId }) => sourceId));
  return `<li class="event" id="${id}" data-status="${event.status}" data-sources="${escapeHtml([...cited].join(' '))}">
<article aria-labelledby="${id}-t">
<p class="date"><span>${escapeHtml(displayDate(event.date))}</span></p>
<h2 id="${id}-t">${escapeHtml(event.title)}${event.status === 'needs_review' ? ' <span class="badge">To review</span>' : ''}</h2>
${originalHtml(event)}${repeats || event.summary === '' ? '' : `<p class="summary">${escapeHtml(event.summary)}</p>\n`}${first ? quoteHtml(first, sources) : '<p class="uncited">No quote supports this event yet.</p>'}
${more.length > 0 ? `<details><summary>${counted(more.length, 'more quote')}</summary>${more.map((citation) => quoteHtml(citation, sources)).join('')}</details>\n` : ''}${namesHtml(event)}${flagsHtml({ event, sources, titles })}</article>
</li>`;
}

/** How the source writes the date, where that is not how we do. */
function originalHtml({ date }: ExportEvent): string {
  const shown = displayDate(date);
  const notes = date.notes.map(explainNote);
  if (
    date.originalCalendar === 'gregorian' &&
    notes.length === 0 &&
    (/^[\x20-\x7e]+$/.test(date.originalText) || shown === date.originalText)
  )
    return '';
  return `<p class="original">In the source: <q>${escapeHtml(date.originalText)}</q>${notes.map((note) => `. ${escapeHtml(note)}`).join('')}</p>\n`;
}

function quoteHtml(
  { quote, sourceId }: { quote: string; sourceId: string },
  sources: ReadonlyMap<string, ExportSource>,
): string {
  const source = sources.get(sourceId);
  return `<figure class="quote"><blockquote>${escapeHtml(quote.replace(/\s+/g, ' '))}</blockquote><figcaption>${sourceName(source, sourceId)}</figcaption></figure>`;
}

function sourceName(source: ExportSource | undefined, sourceId: string): string {
  const title = escapeHtml(source?.title ?? sourceId);
  const link = safeLink(source?.uri);
  return link === undefined ? title : `<a href="${escapeHtml(link)}" rel="noopener noreferrer nofollow">${title}</a>`;
}

function namesHtml({ places, people }: ExportEvent): string {
  const names = [...people.map((name) => ['person', name] as const), ...places.map((name) => ['place', name] as const)];
  if (names.length === 0) return '';
  const items = names.map(
    ([kind, name]) => `<li class="${kind}"><span class="sr">${kind}: </span>${escapeHtml(name)}</li>`,
  );
  return `<ul class="names" aria-label="People and places">${items.join('')}</ul>\n`;
}

function flagsHtml({
  event,
  sources,
  titles,
}: {
  event: ExportEvent;
  sources: ReadonlyMap<string, ExportSource>;
  titles: ReadonlyMap<string, string>;
}): string {
  const reasons = [...event.flags, ...event.date.flags].map((flag) => escapeHtml(explainFlag(flag)));
  for (const { date, citations } of event.conflicts) {
    const names = new Set(citations.map(({ sourceId }) => sources.get(sourceId)?.title ?? sourceId));
    reasons.push(escapeHtml(`${[...names].join(', ')}: ${displayDate(date)} (${date.originalText})`));
  }
  for (const other of event.possibleConflictWith) {
    const title = titles.get(other);
    if (title !== undefined) reasons.push(`Compare <a href="#e-${escapeHtml(other)}">${escapeHtml(title)}</a>`);
  }
  if (event.status === 'needs_review' && reasons.length === 0)
    reasons.push(`Confidence ${Math.round(event.confidence * 100)} % is below the limit for publishing`);
  if (reasons.length === 0) return '';
  return `<ul class="flags" aria-label="Why a person should look">${reasons.map((reason) => `<li>${reason}</li>`).join('')}</ul>\n`;
}

function sourcesHtml(input: ExportInput, events: readonly ExportEvent[]): string {
  const rows = input.sources.map((source) => {
    const cites = events.filter(({ citations }) =>
      citations.some(({ sourceId }) => sourceId === source.sourceId),
    ).length;
    return `<li>${sourceName(source, source.sourceId)} <span class="dim">tier ${source.tier}, ${counted(cites, 'event')}</span></li>`;
  });
  return `<footer class="foot"><h2>Sources</h2><ol>${rows.join('')}</ol></footer>`;
}

function sameWords(a: string, b: string): boolean {
  const words = (text: string): string => text.replace(/\s+/g, ' ').trim();
  return words(a) === words(b);
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
