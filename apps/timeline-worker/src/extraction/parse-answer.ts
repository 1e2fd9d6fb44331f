import { normaliseText } from '../domain/text/normalise';
import type { ModelEvent } from '../domain/types';
import { isRecord } from './json';

/** The good items of an answer, and what was wrong with the others. */
export interface ParsedAnswer {
  readonly events: readonly ModelEvent[];
  readonly dropped: number;
  /** One sentence for the repair call; null when everything fits. */
  readonly problem: string | null;
}

/** Items of one answer; more is not a list of what a few thousand characters say. */
const MAX_ITEMS = 200;
/** Each is looked for in its source; two or three are asked for. */
const MAX_QUOTES = 5;
const MAX_NAMES = 50;

/**
 * Reads an answer against the closed schema: good items are kept, bad ones counted. Of a text that breaks off the complete items are
 * kept, which with `truncated` is how it should be, and otherwise a problem.
 */
export function parseAnswer(text: string, { truncated = false }: { truncated?: boolean } = {}): ParsedAnswer {
  const { items, isWhole } = truncated ? { items: completeItems(text), isWhole: true } : itemsOf(text);
  if (typeof items === 'string') return { events: [], dropped: 0, problem: items };
  const events: ModelEvent[] = [];
  let problem: string | null = isWhole ? null : 'it is not one JSON document.';
  if (items.length > MAX_ITEMS) problem ??= `events should be at most ${MAX_ITEMS}.`;
  // What an answer breaks off in is an item too.
  let dropped = Math.max(0, items.length - MAX_ITEMS) + (isWhole ? 0 : 1);
  for (const [index, item] of items.slice(0, MAX_ITEMS).entries()) {
    const event = readEvent(item);
    if (typeof event === 'string') {
      dropped += 1;
      problem ??= `events[${index}]: ${event}`;
    } else {
      events.push(event);
    }
  }
  return { events, dropped, problem: truncated ? null : problem };
}

/** The items of an answer, or what is wrong with it as a whole. */
function itemsOf(text: string): { items: unknown[] | string; isWhole: boolean } {
  const body = unfence(text);
  const value = tryParse(body);
  if (value === undefined) {
    const items = completeItems(body);
    return { items: items.length > 0 ? items : 'it is not one JSON document.', isWhole: false };
  }
  const events = isRecord(value) ? value['events'] : undefined;
  return { items: Array.isArray(events) ? events : 'it should be an object with the list events.', isWhole: true };
}

/** Some models put JSON into a code block whatever they are told. */
function unfence(text: string): string {
  const body = text.trim();
  const firstLine = body.indexOf('\n');
  if (!body.startsWith('```') || !body.endsWith('```') || firstLine < 0) return body;
  return body.slice(firstLine + 1, -3);
}

/** The items of a list whose closing braces have come, read off without a parser for half a document. */
function completeItems(text: string): unknown[] {
  const items: unknown[] = [];
  let depth = 0;
  let start = -1;
  let inString = false;
  const list = text.indexOf('[');
  for (let at = list < 0 ? text.length : list + 1; at < text.length; at += 1) {
    const unit = text[at];
    if (inString) {
      if (unit === '\\') at += 1;
      else if (unit === '"') inString = false;
    } else if (unit === '"') {
      inString = true;
    } else if (unit === '{') {
      if (depth === 0) start = at;
      depth += 1;
    } else if (unit === '}') {
      depth -= 1;
      if (depth === 0) {
        // What is no JSON is an item too: one that does not fit.
        items.push(tryParse(text.slice(start, at + 1)));
      }
    }
  }
  return items;
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const KNOWN_FIELDS = new Set(['title', 'summary', 'dateText', 'dateEdtf', 'places', 'people', 'quotes', 'confidence']);

const OFFSET_WORDS = new Set([
  'start',
  'end',
  'offset',
  'offsets',
  'position',
  'positions',
  'span',
  'spans',
  'interval',
  'index',
]);

/** Models like to add where they think that a quote is, as `start`, `endOffset` or `char_interval`. We find that out ourselves. */
function isOffset(field: string): boolean {
  return field.split(/_|(?<=[a-z])(?=[A-Z])/).some((word) => OFFSET_WORDS.has(word.toLowerCase()));
}

function readEvent(item: unknown): ModelEvent | string {
  if (!isRecord(item)) return 'it should be an object.';
  if (Object.keys(item).some((field) => !KNOWN_FIELDS.has(field) && !isOffset(field)))
    return 'it has a field that the schema does not name.';
  const { title, summary, dateText, dateEdtf, confidence } = item;
  if (!isText(title, 300)) return 'title should be a text of 1 to 300 characters.';
  if (typeof summary !== 'string' || summary.length > 3000)
    return 'summary should be a text of at most 3,000 characters.';
  if (!isText(dateText, 300)) return 'dateText should be a text of 1 to 300 characters.';
  if (dateEdtf !== undefined && dateEdtf !== null && (typeof dateEdtf !== 'string' || dateEdtf.length > 100))
    return 'dateEdtf should be a text or null.';
  if (typeof confidence !== 'number' || !(confidence >= 0 && confidence <= 1))
    return 'confidence should be a number from 0 to 1.';
  const [places, people, quotes] = [
    texts(item['places'], MAX_NAMES, 200),
    texts(item['people'], MAX_NAMES, 200),
    texts(item['quotes'], MAX_QUOTES, 5000),
  ];
  if (!places || !people) return 'places and people should be lists of names.';
  if (!quotes || quotes.length === 0) return `quotes should be a list of 1 to ${MAX_QUOTES} texts.`;
  return {
    title: storable(title),
    summary: storable(summary),
    dateText: storable(dateText),
    places: places.map(storable),
    people: people.map(storable),
    quotes: quotes.map(storable),
    confidence,
    ...(dateEdtf ? { dateEdtf: storable(dateEdtf) } : {}),
  };
}

/** The form of a source's text, and no half of a surrogate pair, which jsonb refuses. */
function storable(text: string): string {
  return normaliseText(text.replace(/\p{Cs}/gu, '\ufffd'));
}

function texts(value: unknown, maxItems: number, maxChars: number): string[] | undefined {
  if (!Array.isArray(value) || value.length > maxItems) return undefined;
  return value.every((item): item is string => typeof item === 'string' && item.length <= maxChars) ? value : undefined;
}

function isText(value: unknown, maxChars: number): value is string {
  return typeof value === 'string' && value.trim() !== '' && value.length <= maxChars;
}
