import type { ModelEvent } from '../types';

/** Limits of one answer; an item over them is dropped like any other that breaks the schema. */
const LIMITS = {
  titleChars: 200,
  summaryChars: 2000,
  dateChars: 200,
  nameChars: 200,
  names: 50,
  quoteChars: 5000,
  quotes: 10,
  events: 200,
} as const;

const TEXT_LIST = (maxItems: number, maxLength: number) =>
  ({ type: 'array', maxItems, items: { type: 'string', maxLength } }) as const;

/** The closed JSON schema of a model's answer: every property required, none besides. `dateEdtf` may be null. */
export const MODEL_ANSWER_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['events'],
  properties: {
    events: {
      type: 'array',
      maxItems: LIMITS.events,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['title', 'summary', 'dateText', 'dateEdtf', 'places', 'people', 'quotes', 'confidence'],
        properties: {
          title: { type: 'string', minLength: 1, maxLength: LIMITS.titleChars },
          summary: { type: 'string', maxLength: LIMITS.summaryChars },
          dateText: { type: 'string', minLength: 1, maxLength: LIMITS.dateChars },
          dateEdtf: { type: ['string', 'null'], maxLength: LIMITS.dateChars },
          places: TEXT_LIST(LIMITS.names, LIMITS.nameChars),
          people: TEXT_LIST(LIMITS.names, LIMITS.nameChars),
          quotes: { ...TEXT_LIST(LIMITS.quotes, LIMITS.quoteChars), minItems: 1 },
          confidence: { type: 'number', minimum: 0, maximum: 1 },
        },
      },
    },
  },
} as const;

/** The events of an answer that keep the schema, and what became of the others. */
export interface ParsedModelEvents {
  events: ModelEvent[];
  /** Items that broke the schema. */
  dropped: number;
  /** One sentence per dropped item (at most 20), for a repair call; holds no text of the answer. */
  problems: string[];
}

/**
 * Checks an answer against {@link MODEL_ANSWER_SCHEMA}, item by item: good ones are kept. Takes `{events: [...]}` or
 * the bare list. An answer that is neither counts as one dropped item. Offsets a model may add are ignored.
 */
export function parseModelEvents(json: unknown): ParsedModelEvents {
  const list = Array.isArray(json) ? json : isRecord(json) ? json['events'] : undefined;
  if (!Array.isArray(list))
    return { events: [], dropped: 1, problems: ['The answer must be an object with the list "events".'] };
  const events: ModelEvent[] = [];
  const problems: string[] = [];
  let dropped = 0;
  for (const [index, item] of list.entries()) {
    const problem = index >= LIMITS.events ? `there may be at most ${LIMITS.events} events` : problemOf(item);
    if (problem === undefined) {
      events.push(toModelEvent(item as WireEvent));
      continue;
    }
    dropped += 1;
    if (problems.length < 20) problems.push(`events[${index}]: ${problem}.`);
  }
  return { events, dropped, problems };
}

/** What is read of a model's text: its events, and whether the JSON was whole. */
export interface ParsedModelAnswer extends ParsedModelEvents {
  /** False when the text ended or broke before its JSON did: only complete items were read. */
  complete: boolean;
}

/** {@link parseModelEvents} of an answer's text: code fences are removed, and of cut-off JSON the complete items are kept. */
export function parseModelAnswer(text: string): ParsedModelAnswer {
  const body = withoutCodeFence(text);
  try {
    return { ...parseModelEvents(JSON.parse(body)), complete: true };
  } catch {
    const items = completeItems(body);
    if (items === undefined) return { ...parseModelEvents(undefined), complete: false };
    return { ...parseModelEvents(items), complete: false };
  }
}

type WireEvent = Omit<ModelEvent, 'dateEdtf'> & { dateEdtf?: string | null };

const KEYS = new Set<string>(Object.keys(MODEL_ANSWER_SCHEMA.properties.events.items.properties));
/** Models like to add where they think a quote is. We compute that ourselves (ai-timeline 6). */
const IGNORED_KEYS = new Set([
  'start',
  'end',
  'offset',
  'offsets',
  'startOffset',
  'endOffset',
  'position',
  'charInterval',
  'char_interval',
]);

function problemOf(item: unknown): string | undefined {
  if (!isRecord(item)) return 'it must be an object';
  const unknown = Object.keys(item).filter((key) => !KEYS.has(key) && !IGNORED_KEYS.has(key));
  if (unknown.length > 0) return 'it has properties that the schema does not name';
  const { title, summary, dateText, dateEdtf, places, people, quotes, confidence } = item;
  if (!isText(title, LIMITS.titleChars) || title.trim() === '')
    return `title must be text of 1 to ${LIMITS.titleChars} characters`;
  if (!isText(summary, LIMITS.summaryChars)) return `summary must be text of at most ${LIMITS.summaryChars} characters`;
  if (!isText(dateText, LIMITS.dateChars) || dateText.trim() === '')
    return `dateText must be text of 1 to ${LIMITS.dateChars} characters`;
  if (dateEdtf !== undefined && dateEdtf !== null && !isText(dateEdtf, LIMITS.dateChars))
    return 'dateEdtf must be text or null';
  if (!isTextList(places, LIMITS.names, LIMITS.nameChars)) return 'places must be a list of names';
  if (!isTextList(people, LIMITS.names, LIMITS.nameChars)) return 'people must be a list of names';
  if (!isTextList(quotes, LIMITS.quotes, LIMITS.quoteChars) || quotes.length === 0)
    return `quotes must be a list of 1 to ${LIMITS.quotes} texts`;
  if (typeof confidence !== 'number' || !(confidence >= 0 && confidence <= 1))
    return 'confidence must be a number from 0 to 1';
  return undefined;
}

function toModelEvent({
  title,
  summary,
  dateText,
  dateEdtf,
  places,
  people,
  quotes,
  confidence,
}: WireEvent): ModelEvent {
  const event = { title, summary, dateText, places, people, quotes, confidence };
  return typeof dateEdtf === 'string' ? { ...event, dateEdtf } : event;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown, maxChars: number): value is string {
  return typeof value === 'string' && value.length <= maxChars;
}

function isTextList(value: unknown, maxItems: number, maxChars: number): value is string[] {
  return Array.isArray(value) && value.length <= maxItems && value.every((item) => isText(item, maxChars));
}

function withoutCodeFence(text: string): string {
  const fenced = /^\s*```(?:json)?\s*\n([\s\S]*?)\n?```\s*$/i.exec(text);
  return (fenced?.[1] ?? text.replace(/^\s*```(?:json)?\s*\n/i, '')).trim();
}

/** The objects of the first list of a broken JSON text that are whole; undefined when it has no list. */
function completeItems(text: string): unknown[] | undefined {
  const open = text.indexOf('[');
  if (open < 0) return undefined;
  const items: unknown[] = [];
  let depth = 0;
  let itemStart = -1;
  let inString = false;
  for (let at = open + 1; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (inString) {
      if (char === '\\') at += 1;
      else if (char === '"') inString = false;
      continue;
    }
    if (char === '"') inString = true;
    else if (char === '{' || char === '[') {
      if (depth === 0) itemStart = at;
      depth += 1;
    } else if (char === '}' || char === ']') {
      depth -= 1;
      if (depth < 0) break;
      if (depth === 0) pushParsed(items, text.slice(itemStart, at + 1));
    }
  }
  return items;
}

function pushParsed(items: unknown[], text: string): void {
  try {
    items.push(JSON.parse(text));
  } catch {
    // An item that is no JSON is counted by the schema check as one that is no object.
    items.push(undefined);
  }
}
