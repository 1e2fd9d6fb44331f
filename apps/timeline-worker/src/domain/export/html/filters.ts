import { escapeHtml } from '../escape';
import type { ExportSource } from '../model';
import type { ShownEvent } from './mark';
import { counted, thousands } from './words';

/** Names in the order of the page's lists → their numbers, by which events name them. */
export interface Names {
  places: ReadonlyMap<string, number>;
  people: ReadonlyMap<string, number>;
  sources: ReadonlyMap<string, number>;
}

/** The lists that events can be chosen by. */
export function namesIn(shown: readonly ShownEvent[], sources: readonly ExportSource[]): Names {
  const sorted = (names: readonly string[]): ReadonlyMap<string, number> => {
    const order = new Intl.Collator('en', { numeric: true }).compare;
    return new Map([...new Set(names)].toSorted((a, b) => order(a, b) || (a < b ? -1 : 1)).map((name, n) => [name, n]));
  };
  return {
    places: sorted(shown.flatMap(({ event }) => event.places)),
    people: sorted(shown.flatMap(({ event }) => event.people)),
    sources: new Map(sources.map(({ sourceId }, n) => [sourceId, n])),
  };
}

/** Search and filters; they show themselves only where scripts run. */
export function filtersHtml({
  shown,
  sources,
  names,
}: {
  shown: readonly ShownEvent[];
  sources: readonly ExportSource[];
  names: Names;
}): string {
  if (shown.length === 0) return '';
  const review = shown.filter(({ event }) => event.status === 'needs_review').length;
  const nameOptions = (all: ReadonlyMap<string, number>, kind: 'places' | 'people') => {
    const counts = countBy(shown.flatMap(({ event }) => [...new Set(event[kind])]));
    return [...all.keys()].map((name) => ({ value: name, text: `${name} (${thousands(counts.get(name) ?? 0)})` }));
  };
  const selects = [
    select('place', 'Place', nameOptions(names.places, 'places')),
    select('person', 'Person', nameOptions(names.people, 'people')),
    select(
      'source',
      'Source',
      sources.map(({ sourceId, title }) => ({ value: sourceId, text: title })),
    ),
    review === 0
      ? ''
      : select('status', 'Status', [
          { value: 'published', text: `Published (${thousands(shown.length - review)})` },
          { value: 'needs_review', text: `To review (${thousands(review)})` },
        ]),
  ];
  const year = (name: string, label: string): string =>
    `<label class="year"><span>${label}</span><input type="text" id="f-${name}" autocomplete="off" spellcheck="false" maxlength="12" placeholder="year" aria-describedby="year-help"></label>`;
  return `<form class="card filters" id="filters" role="search" aria-label="Find events" hidden>
<label class="find"><span>Search</span><input type="search" id="f-q" autocomplete="off" spellcheck="false" placeholder="Words of titles, quotes, names"></label>
<div class="years">${year('from', 'From')}${year('to', 'To')}</div>
${selects.join('')}
<p class="small year-help" id="year-help">A year is written as 1826 or 9 BCE.</p>
</form>
<div class="found" id="found" hidden>
<output id="count" for="f-q f-from f-to">${counted(shown.length, 'event')}</output>
<ul class="active" id="active" aria-label="Filters in use"></ul>
<button type="button" class="plain" id="up">Axis and filters</button>
</div>`;
}

function select(name: string, label: string, options: readonly { value: string; text: string }[]): string {
  if (options.length === 0) return '';
  const list = options.map(({ value, text }) => `<option value="${escapeHtml(value)}">${escapeHtml(text)}</option>`);
  return `<label><span>${label}</span><select id="f-${name}"><option value="">All</option>${list.join('')}</select></label>`;
}

function countBy(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
