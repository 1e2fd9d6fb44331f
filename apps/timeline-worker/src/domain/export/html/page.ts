import { createHash } from 'node:crypto';
import { daysToGregorian } from '../../dates/day-number';
import { displayDate, displayYear } from '../../dates/display';
import { escapeHtml, hashText } from '../escape';
import { type ExportInput, shownEvents } from '../model';
import { axisHtml } from './axis';
import { eventsHtml, sourceName } from './events';
import { filtersHtml, namesIn } from './filters';
import { type ShownEvent, markOf } from './mark';
import { PAGE_SCRIPT } from './script';
import { PAGE_STYLE } from './style';
import { counted, thousands, tierName } from './words';

/** From so many events on, only those near the screen are laid out. */
const MANY_EVENTS = 300;

const SCRIPT_HASH = createHash('sha256').update(PAGE_SCRIPT, 'utf8').digest('base64');

/**
 * The timeline as one self-contained HTML page (ai-timeline 24): a time axis, then every event with its date as written and
 * as understood, its quotes in context, sources and flags. It loads nothing; its policy forbids it to. Without scripts all
 * events are shown.
 */
export function toHtml(input: ExportInput): string {
  const shown = shownEvents(input).map((event) => ({ event, mark: markOf(event) }));
  const { sources, timelineId } = input;
  const names = namesIn(shown, sources);
  const events = eventsHtml(shown, {
    timelineId,
    names,
    sources: new Map(sources.map((source) => [source.sourceId, source])),
    titles: new Map(shown.map(({ event }) => [event.eventId, event.title])),
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${SCRIPT_HASH}'; base-uri 'none'; form-action 'none'">
<title>${escapeHtml(input.topic)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<a class="skip" href="#list">Skip to the events</a>
<header>
<p class="eyebrow">Timeline</p>
<h1 dir="auto">${escapeHtml(input.topic)}</h1>
${figuresHtml(input, shown)}
</header>
<main>
${axisHtml(shown)}
${filtersHtml({ shown, sources, names })}
<div id="list"${shown.length > MANY_EVENTS ? ' class="many"' : ''} tabindex="-1">
${events === '' ? '<p class="none">This timeline has no events yet.</p>' : events}
</div>
<p id="none" class="none" hidden>No event matches. <button type="button" class="plain" id="reset">Show all events</button></p>
</main>
${footerHtml(input, shown)}
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;
}

function figuresHtml({ sources }: ExportInput, shown: readonly ShownEvent[]): string {
  const review = shown.filter(({ event }) => event.status === 'needs_review').length;
  const [first, last] = [shown[0], shown.at(-1)].map((one) => one && displayYear(daysToGregorian(one.mark.place).year));
  const figures = [
    ['Events', thousands(shown.length)],
    ...(first === undefined || last === undefined ? [] : [['Time', first === last ? first : `${first} to ${last}`]]),
    ['Sources', thousands(sources.length)],
    ...(review === 0 ? [] : [['To review', `<a href="#status=needs_review">${thousands(review)}</a>`]]),
  ];
  return `<dl class="figures">${figures.map(([term, value]) => `<div><dt>${term}</dt><dd>${value}</dd></div>`).join('')}</dl>`;
}

function footerHtml(input: ExportInput, shown: readonly ShownEvent[]): string {
  const counts = new Map<string, number>();
  for (const { event } of shown)
    for (const sourceId of new Set(event.citations.map((citation) => citation.sourceId)))
      counts.set(sourceId, (counts.get(sourceId) ?? 0) + 1);
  const rows = input.sources.map(
    (source) =>
      `<li><cite dir="auto">${sourceName(source, source.sourceId)}</cite> <span class="muted small">${tierName(source.tier)}, <a href="#source=${hashText(source.sourceId)}">${counted(counts.get(source.sourceId) ?? 0, 'event')}</a></span></li>`,
  );
  const day = `<time datetime="${escapeHtml(input.generatedOn)}">${escapeHtml(displayDate({ edtf: input.generatedOn }))}</time>`;
  return `<footer>
${rows.length === 0 ? '' : `<h2>Sources</h2>\n<ol class="card sources">${rows.join('')}</ol>`}
<p class="muted small">Events found by ${escapeHtml(input.extractor)}; page written on ${day}. A quote stands letter by letter in the stored text of its source, at the characters named.</p>
</footer>`;
}
