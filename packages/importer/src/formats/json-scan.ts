import { cleanText, plainNumber } from './json-cells';

/** Nested arrays and objects at most (data-import 18): deeper text is refused before the stack could be. */
export const MAX_JSON_DEPTH = 64;

/** A number as it is written: a double would lose digits of it. */
export class JsonNumber {
  constructor(readonly text: string) {}
}

/** An object of a file. A map, because `__proto__` is a key like any other there. */
export type JsonObject = Map<string, JsonValue>;
export type JsonValue = string | boolean | null | JsonNumber | JsonObject | JsonValue[];

/** What is wrong with a JSON text, and where: index of the character. */
export class JsonSyntaxError extends Error {
  constructor(
    message: string,
    readonly at: number,
  ) {
    super(message);
    this.name = 'JsonSyntaxError';
  }
}

/** Where a value ends: index behind its last character. */
export interface ScannedJson {
  readonly value: JsonValue;
  readonly end: number;
  /** A key was met twice in one object; the last one won, as everywhere. */
  readonly repeatedKey?: string;
}

/** What {@link walkJson} says of the arrays that are reached through objects only, innermost first. */
export interface WalkedArray {
  /** Keys from the root to the array; none when the root is the array. */
  readonly path: readonly string[];
  /** Index of its `[`. */
  readonly start: number;
  readonly items: number;
  /** Items that are objects. */
  readonly objects: number;
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y;
const QUOTE = 34;
const BACKSLASH = 92;

/** Index of the next character that is no JSON white space. */
export function skipSpace(text: string, from: number): number {
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return at;
    at += 1;
  }
}

/**
 * Reads the value that begins at or behind `from` (RFC 8259, strictly), numbers as they are written. Throws
 * {@link JsonSyntaxError} for anything else, for more than {@link MAX_JSON_DEPTH} levels, and for more than
 * `maxCharacters`, before much more than that is built.
 */
export function scanJson(text: string, from: number, maxCharacters = Number.POSITIVE_INFINITY): ScannedJson {
  const state: State = { text, at: skipSpace(text, from), stopAt: from + maxCharacters };
  const value = readValue(state, 1);
  return { value, end: state.at, ...(state.repeatedKey === undefined ? {} : { repeatedKey: state.repeatedKey }) };
}

/** Index behind the value that begins at or behind `from`, checked but not built. Throws {@link JsonSyntaxError}. */
export function skipJson(text: string, from: number): number {
  const state: State = { text, at: skipSpace(text, from), stopAt: Number.POSITIVE_INFINITY };
  walkValue(state, 1, undefined);
  return state.at;
}

/**
 * Checks a whole JSON text without building it, and lists the arrays in it that can be tables. Throws
 * {@link JsonSyntaxError}, also for text behind the value.
 */
export function walkJson(text: string): WalkedArray[] {
  const arrays: WalkedArray[] = [];
  const state: State = { text, at: skipSpace(text, 0), stopAt: Number.POSITIVE_INFINITY };
  walkValue(state, 1, { arrays, path: [] });
  state.at = skipSpace(text, state.at);
  if (state.at < text.length) throw unexpected(state, 'text behind the end of the JSON value');
  return arrays;
}

interface State {
  readonly text: string;
  at: number;
  /** No further value is read behind this index. */
  readonly stopAt: number;
  repeatedKey?: string;
}

interface Found {
  readonly arrays: WalkedArray[];
  readonly path: readonly string[];
}

function readValue(state: State, depth: number): JsonValue {
  const { text } = state;
  const code = text.charCodeAt(state.at);
  if (code === QUOTE) return readString(state);
  if (code === 123) return readObject(state, depth);
  if (code === 91) {
    const items: JsonValue[] = [];
    eachItem(state, depth, () => items.push(readValue(state, depth + 1)));
    return items;
  }
  return readScalar(state);
}

function readObject(state: State, depth: number): JsonObject {
  const object: JsonObject = new Map();
  eachMember(state, depth, (key) => {
    if (object.has(key)) state.repeatedKey ??= key;
    object.set(key, readValue(state, depth + 1));
  });
  return object;
}

function walkValue(state: State, depth: number, found: Found | undefined): void {
  const code = state.text.charCodeAt(state.at);
  if (code === QUOTE) skipString(state);
  else if (code === 123) {
    eachMember(state, depth, (key) =>
      walkValue(state, depth + 1, found && { arrays: found.arrays, path: [...found.path, key] }),
    );
  } else if (code === 91) {
    const start = state.at;
    let items = 0;
    let objects = 0;
    eachItem(state, depth, () => {
      items += 1;
      if (state.text.charCodeAt(state.at) === 123) objects += 1;
      walkValue(state, depth + 1, undefined);
    });
    found?.arrays.push({ path: found.path, start, items, objects });
  } else readScalar(state);
}

/** Calls `take` at the first character of every item; it has to move on behind it. */
function eachItem(state: State, depth: number, take: () => void): void {
  const { text } = state;
  enter(state, depth);
  if (text.charCodeAt(state.at) === 93) {
    state.at += 1;
    return;
  }
  for (;;) {
    if (state.at > state.stopAt) throw unexpected(state, 'more text than is allowed');
    take();
    state.at = skipSpace(text, state.at);
    const code = text.charCodeAt(state.at);
    if (code !== 44 && code !== 93) throw unexpected(state, 'no comma or ] behind an item');
    state.at += 1;
    if (code === 93) return;
    state.at = skipSpace(text, state.at);
  }
}

/** Calls `take` at the first character of every member's value; it has to move on behind it. */
function eachMember(state: State, depth: number, take: (key: string) => void): void {
  const { text } = state;
  enter(state, depth);
  if (text.charCodeAt(state.at) === 125) {
    state.at += 1;
    return;
  }
  for (;;) {
    if (text.charCodeAt(state.at) !== QUOTE) throw unexpected(state, 'no key in quotation marks');
    const key = readString(state);
    state.at = skipSpace(text, state.at);
    if (text.charCodeAt(state.at) !== 58) throw unexpected(state, 'no colon behind a key');
    state.at = skipSpace(text, state.at + 1);
    if (state.at > state.stopAt) throw unexpected(state, 'more text than is allowed');
    take(key);
    state.at = skipSpace(text, state.at);
    const code = text.charCodeAt(state.at);
    if (code !== 44 && code !== 125) throw unexpected(state, 'no comma or } behind a value');
    state.at += 1;
    if (code === 125) return;
    state.at = skipSpace(text, state.at);
  }
}

function enter(state: State, depth: number): void {
  if (depth > MAX_JSON_DEPTH) throw unexpected(state, `more than ${MAX_JSON_DEPTH} levels of nesting`);
  state.at = skipSpace(state.text, state.at + 1);
}

function readScalar(state: State): boolean | null | JsonNumber {
  const { text, at } = state;
  const code = text.charCodeAt(at);
  if (code === 116 && text.startsWith('true', at)) return word(state, 4, true);
  if (code === 102 && text.startsWith('false', at)) return word(state, 5, false);
  if (code === 110 && text.startsWith('null', at)) return word(state, 4, null);
  NUMBER.lastIndex = at;
  if (!NUMBER.test(text)) throw unexpected(state, at >= text.length ? 'no value before the end' : 'no value');
  state.at = NUMBER.lastIndex;
  return new JsonNumber(text.slice(at, state.at));
}

function word<T>(state: State, length: number, value: T): T {
  state.at += length;
  return value;
}

/** Moves behind a string and checks it; true when it has escapes. */
function skipString(state: State): boolean {
  const { text } = state;
  let escaped = false;
  for (let at = state.at + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      state.at = at + 1;
      return escaped;
    }
    if (code === BACKSLASH) {
      escaped = true;
      ESCAPE.lastIndex = at;
      if (!ESCAPE.test(text)) throw unexpected({ at }, 'an escape that is none');
      at = ESCAPE.lastIndex - 1;
    } else if (code < 32) {
      // A raw NUL is let through, to be marked in its cell.
      if (code !== 0) throw unexpected({ at }, 'a control character in a string');
    }
  }
  throw unexpected(state, 'a string without its closing quotation mark');
}

function readString(state: State): string {
  const { text, at: start } = state;
  const escaped = skipString(state);
  const inner = text.slice(start + 1, state.at - 1);
  if (!escaped) return cleanText(inner);
  // Strings lose nothing in JSON.parse, unlike numbers.
  return cleanText(JSON.parse(`"${inner.replaceAll('\0', '\\u0000')}"`) as string);
}

function unexpected({ at }: Pick<State, 'at'>, what: string): JsonSyntaxError {
  return new JsonSyntaxError(what, at);
}

/**
 * The cells of an object by column name (data-import 20): nested objects are flattened with dots, scalars of an array are
 * joined with `; `, an array with anything else in it is JSON text, null is ''. Returns a name that two values have.
 */
export function flattenJson(object: JsonObject, cells: Map<string, string>, prefix = ''): string | undefined {
  let twice: string | undefined;
  for (const [key, value] of object) {
    const name = prefix === '' ? key : `${prefix}.${key}`;
    if (value instanceof Map) {
      twice ??= flattenJson(value, cells, name);
      continue;
    }
    if (cells.has(name)) twice ??= name;
    cells.set(name, cellOf(value));
  }
  return twice;
}

function cellOf(value: Exclude<JsonValue, JsonObject>): string {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return scalarText(value);
  if (value.some((item) => Array.isArray(item) || item instanceof Map)) return jsonText(value);
  return value
    .filter((item) => item !== null)
    .map((item) => scalarText(item as string | boolean | JsonNumber))
    .join('; ');
}

function scalarText(value: string | boolean | null | JsonNumber): string {
  if (value === null) return '';
  return value instanceof JsonNumber ? plainNumber(value.text) : String(value);
}

function jsonText(value: JsonValue): string {
  if (value instanceof JsonNumber) return value.text;
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  if (value instanceof Map) {
    return `{${[...value].map(([key, item]) => `${JSON.stringify(key)}:${jsonText(item)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}
