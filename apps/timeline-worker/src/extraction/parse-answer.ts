import { normaliseText } from '../domain/text/normalise';
import type { ModelEvent } from '../domain/types';

/** The good items of an answer, and what was wrong with the others. */
export interface ParsedAnswer {
  readonly events: readonly ModelEvent[];
  readonly dropped: number;
  /** One sentence for the repair call; null when everything fits. */
  readonly problem: string | null;
}

/** Items of one answer; more is not a list of what a few thousand characters say. */
const MAX_ITEMS = 200;

/**
 * Reads an answer against the closed schema: good items are kept, bad ones counted. With `truncated`, the complete items
 * of a text that was cut off are kept and nothing counts as a problem.
 */
export function parseAnswer(text: string, { truncated = false }: { truncated?: boolean } = {}): ParsedAnswer {
  const items = truncated ? completeItems(text) : itemsOf(text);
  if (!Array.isArray(items)) return { events: [], dropped: 0, problem: items };
  const events: ModelEvent[] = [];
  let problem: string | null = items.length > MAX_ITEMS ? `events should be at most ${MAX_ITEMS}.` : null;
  let dropped = Math.max(0, items.length - MAX_ITEMS);
  for (const [index, item] of items.slice(0, MAX_ITEMS).entries()) {
    const event = readEvent(item);
    if (typeof event === 'string') {
      dropped += 1;
      problem ??= `events[${index}]: ${event}`;
    } else {
      events.push(event);
    }
  }
  return truncated ? { events, dropped: 0, problem: null } : { events, dropped, problem };
}

function itemsOf(text: string): unknown[] | string {
  let value: unknown;
  try {
    value = JSON.parse(unfence(text));
  } catch {
    return 'it is not one JSON document.';
  }
  const events = isRecord(value) ? value['events'] : undefined;
  return Array.isArray(events) ? events : 'it should be an object with the list events.';
}

/** Some models put JSON into a code block whatever they are told. */
function unfence(text: string): string {
  return /^\s*```(?:json)?\s*\n([\s\S]*?)\n?```\s*$/.exec(text)?.[1] ?? text;
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
        const item = tryParse(text.slice(start, at + 1));
        if (item !== undefined) items.push(item);
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

function readEvent(item: unknown): ModelEvent | string {
  if (!isRecord(item)) return 'it should be an object.';
  const unknown = Object.keys(item).find((field) => !KNOWN_FIELDS.has(field));
  if (unknown !== undefined) return `it has the unknown field ${unknown.slice(0, 50)}.`;
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
    texts(item['places'], 200),
    texts(item['people'], 200),
    texts(item['quotes'], 5000),
  ];
  if (!places || !people) return 'places and people should be lists of names.';
  if (!quotes || quotes.length === 0) return 'quotes should be a list of at least one text.';
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

function texts(value: unknown, maxChars: number): string[] | undefined {
  if (!Array.isArray(value) || value.length > 50) return undefined;
  return value.every((item): item is string => typeof item === 'string' && item.length <= maxChars) ? value : undefined;
}

function isText(value: unknown, maxChars: number): value is string {
  return typeof value === 'string' && value.trim() !== '' && value.length <= maxChars;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
