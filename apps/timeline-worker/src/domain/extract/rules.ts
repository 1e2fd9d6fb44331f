import type { GregorianPoint } from '../dates/expression';
import { type FoundDate, findDates } from '../dates/find';
import { QUOTE_MAX_CHARS, QUOTE_MIN_CHARS } from '../grounding';
import { type Sentence, splitSentences } from '../text/sentences';
import { splitsSurrogatePair } from '../text/normalise';
import type { ModelEvent } from '../types';
import { peopleIn, placesIn } from './gazetteer';
import { isStoryDate } from './prose';
import { titleOf } from './title';

/** The name under which answers of {@link extractByRules} are kept; changes when its answers change. */
export const RULES_EXTRACTOR = 'rules-2';

/**
 * The offline extractor (ai-timeline 23): every sentence that holds a date becomes an event, in the shape in which
 * a model answers and with no more trust. Deterministic; needs no network. A sentence that tells of two dates in two
 * clauses gives two events.
 */
export function extractByRules({ text }: { text: string }): ModelEvent[] {
  const events: ModelEvent[] = [];
  const context: Context = { paragraph: -1 };
  for (const sentence of splitSentences(text)) {
    if (sentence.paragraph !== context.paragraph) reset(context, sentence.paragraph);
    if (sentence.heading) continue;
    const told = eventsOf(sentence, context);
    const [only] = told;
    // `In the local reckoning the day was Samvat …` says again when the last event was.
    if (only && told.length === 1 && context.lastDated && isRestatement(sentence.text, only))
      context.lastDated.quotes.push(...only.quotes);
    else {
      events.push(...told);
      context.lastDated = told.findLast(({ confidence }) => confidence === CONFIDENCE.day) ?? context.lastDated;
    }
    context.subject =
      subjectOf(sentence.text, told[0]?.title) ?? (PRONOUN.test(sentence.text) ? context.subject : undefined);
  }
  return events;
}

/** What the sentences before in the same paragraph were about. */
interface Context {
  paragraph: number;
  subject?: string | undefined;
  lastDated?: ModelEvent | undefined;
}

function reset(context: Context, paragraph: number): void {
  context.paragraph = paragraph;
  context.subject = undefined;
  context.lastDated = undefined;
}

const PRONOUN = /^(?:He|She)\s/;
const RESTATEMENT = /\b(?:the|its|this|that|same)\s+(?:\p{Ll}+\s+)?(?:day|date|birth|death|event)\b/iu;

function isRestatement(sentence: string, event: ModelEvent): boolean {
  const [date] = findDates(sentence);
  return (
    date?.lunar?.date.tithi !== undefined && !date.gregorian && event.people.length === 0 && RESTATEMENT.test(sentence)
  );
}

/** The person a sentence starts with: a name of the gazetteer or one of two or more words. */
function subjectOf(sentence: string, title: string | undefined): string | undefined {
  for (const text of [sentence, (title ?? '').replace(/^Birth of (.*)$/, '$1 was born')]) {
    const name = /^\p{Lu}[\p{L}\p{M}]+(?:\s\p{Lu}[\p{L}\p{M}]+){0,3}(?=,?\s\p{Ll})/u.exec(text)?.[0];
    if (name !== undefined && peopleIn(name).length > 0) return name;
  }
  return undefined;
}

function eventsOf(sentence: Sentence, context: Context): ModelEvent[] {
  const dates = findDates(sentence.text).filter((found) => isStoryDate({ sentence: sentence.text, found }));
  return clausesOf(sentence.text, dates)
    .map((clause) => toEvent({ sentence: sentence.text, clause }))
    .filter((event) => event !== undefined)
    .map((event) => withNamedSubject(event, context.subject));
}

/** `He died at Gadhada` is of no use alone. The name comes from the sentence before, so it stands in brackets. */
function withNamedSubject(event: ModelEvent, subject: string | undefined): ModelEvent {
  if (subject === undefined || !PRONOUN.test(event.title)) return event;
  const title = event.title.replace(PRONOUN, `[${subject}] `);
  return { ...event, title: title.slice(0, 120), people: [...new Set([...event.people, ...peopleIn(subject)])] };
}

interface Clause {
  start: number;
  end: number;
  date: FoundDate;
}

const CLAUSE_BREAK =
  /;\s+|,?\s+and\s+(?=(?:he|she|they|it|was|were|died|passed|became|left|returned|reached|arrived|made|met|took|built|opened)\b)|,\s+(?=(?:while|whereas|then|but)\b)/gi;

/** One clause for each date where the sentence can be cut between them; else the whole sentence for the first date. */
function clausesOf(sentence: string, dates: readonly FoundDate[]): Clause[] {
  const [first] = dates;
  if (!first) return [];
  if (dates.length === 1) return [{ start: 0, end: sentence.length, date: first }];
  const cuts = [...sentence.matchAll(CLAUSE_BREAK)]
    .map((match) => ({ at: match.index, next: match.index + match[0].length }))
    .filter(({ at, next }) => !dates.some((date) => date.start < next && at < date.end));
  const clauses: Clause[] = [];
  let start = 0;
  for (const { at, next } of [...cuts, { at: sentence.length, next: sentence.length }]) {
    const date = dates.find((candidate) => candidate.start >= start && candidate.end <= at);
    // A clause without a date stays with the one that follows.
    if (!date) continue;
    clauses.push({ start, end: at, date });
    start = next;
  }
  return clauses;
}

function toEvent({ sentence, clause }: { sentence: string; clause: Clause }): ModelEvent | undefined {
  const { date } = clause;
  const quote = quoteAround(sentence, date);
  if (quote === undefined) return undefined;
  const point = date.gregorian?.point;
  const title = titleOf({
    sentence: sentence.slice(clause.start, clause.end),
    dateStart: date.start - clause.start,
    dateEnd: date.end - clause.start,
    keepDate: point?.kind === 'before' || point?.kind === 'after',
  });
  if (title === '') return undefined;
  return {
    title: withSubject({ title, sentence, clauseStart: clause.start }),
    summary: sentence.replace(/\s+/g, ' ').trim(),
    dateText: date.text,
    places: placesIn(sentence),
    people: peopleIn(sentence),
    quotes: [quote],
    confidence: confidenceOf(date),
  };
}

/** A later clause that starts with its verb gets the name that the sentence starts with. */
function withSubject({
  title,
  sentence,
  clauseStart,
}: {
  title: string;
  sentence: string;
  clauseStart: number;
}): string {
  if (clauseStart === 0 || /^(?:he|she|they|it|the)\b/i.test(title)) return title;
  const subject = /^(?:\p{Lu}[\p{L}\p{M}]+\s+){1,3}(?=\p{Ll})/u.exec(sentence)?.[0];
  if (subject === undefined || /^(?:In|On|The|At|By|After|Before|During|From)\s/.test(subject)) return title;
  return `${subject}${title.charAt(0).toLowerCase()}${title.slice(1)}`;
}

/** The sentence, or the part of a very long one around its date. */
function quoteAround(sentence: string, date: FoundDate): string | undefined {
  // A date with hardly a word beside it tells nothing.
  const story = sentence.slice(0, date.start) + sentence.slice(date.end);
  if (sentence.replace(/\s+/g, ' ').length < QUOTE_MIN_CHARS || story.replace(/[^\p{L}]/gu, '').length < 4)
    return undefined;
  if (sentence.length <= QUOTE_MAX_CHARS) return sentence;
  const spare = Math.max(0, QUOTE_MAX_CHARS - (date.end - date.start) - 20);
  const from = Math.max(0, date.start - Math.floor(spare / 2));
  const to = Math.min(sentence.length, from + QUOTE_MAX_CHARS - 2);
  const start = from === 0 ? 0 : borderAfter(sentence, from, date.start);
  const end = to === sentence.length ? to : borderBefore(sentence, to, date.end);
  const quote = sentence.slice(start, end).trim();
  return quote.length >= QUOTE_MIN_CHARS && quote.length <= QUOTE_MAX_CHARS ? quote : undefined;
}

function borderAfter(text: string, from: number, limit: number): number {
  const space = text.slice(from, limit).search(/\s/);
  if (space >= 0) return from + space + 1;
  return splitsSurrogatePair(text, from) ? from + 1 : from;
}

function borderBefore(text: string, to: number, limit: number): number {
  const space = text.slice(limit, to).search(/\s\S*$/);
  if (space >= 0) return limit + space;
  return splitsSurrogatePair(text, to) ? to - 1 : to;
}

const CONFIDENCE = { day: 0.9, month: 0.8, year: 0.75, vague: 0.6 };

function confidenceOf(date: FoundDate): number {
  const kinds: (keyof typeof CONFIDENCE)[] = [];
  if (date.lunar) {
    const { bound, uncertain, date: parts } = date.lunar;
    kinds.push(bound || uncertain ? 'vague' : parts.tithi ? 'day' : parts.month ? 'month' : 'year');
  }
  if (date.gregorian) {
    const { point, approximate, uncertain } = date.gregorian;
    kinds.push(approximate || uncertain ? 'vague' : kindOf(point));
  }
  return Math.max(...kinds.map((kind) => CONFIDENCE[kind]));
}

function kindOf(point: GregorianPoint): keyof typeof CONFIDENCE {
  if (point.kind === 'day' || point.kind === 'month' || point.kind === 'year') return point.kind;
  if (point.kind === 'span' && !point.rough && point.from.kind === point.to.kind) return kindOf(point.from);
  return 'vague';
}
