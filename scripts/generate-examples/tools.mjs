import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const EXAMPLES = join(import.meta.dirname, '..', '..', 'examples');
const CHECK = process.argv.includes('--check');
const DAY_MS = 86_400_000;

/** mulberry32: a 32-bit seeded generator; `next()` is in [0, 1). */
export function createRandom(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  const int = (low, high) => low + Math.floor(next() * (high - low + 1));
  return { next, int, pick: (items) => items[int(0, items.length - 1)], chance: (probability) => next() < probability };
}

export const dayNumber = (date) => Date.parse(`${date}T00:00:00Z`) / DAY_MS;
export const civil = (days) => new Date(days * DAY_MS).toISOString().slice(0, 10);
export const pad = (value, width = 2) => String(value).padStart(width, '0');
export const weekdayOf = (date) => new Date(`${date}T00:00:00Z`).getUTCDay();
export const DATES_2025 = Array.from({ length: 365 }, (_, index) => civil(dayNumber('2025-01-01') + index));

/** Positive integers that sum to `total`, uneven as real receipts are. */
export function splitTotal({ random, total, count }) {
  const weights = Array.from({ length: count }, () => 0.3 + random.next() * 1.4);
  const sum = weights.reduce((a, b) => a + b, 0);
  const parts = weights.map((weight) => Math.floor((total * weight) / sum));
  parts[count - 1] += total - parts.reduce((a, b) => a + b, 0);
  return parts;
}

export function csvLine(cells, delimiter) {
  return cells
    .map((cell) => (/["\r\n]/.test(cell) || cell.includes(delimiter) ? `"${cell.replaceAll('"', '""')}"` : cell))
    .join(delimiter);
}

/** `1234567` cents as `12,345.67` (or with the signs given). */
export function grouped(minor, groupSign, decimalSign) {
  const digits = String(minor).padStart(3, '0');
  return `${digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, groupSign)}${decimalSign}${digits.slice(-2)}`;
}

const CP1252 = new Map([
  ['€', 0x80],
  ['„', 0x84],
  ['‘', 0x91],
  ['’', 0x92],
  ['“', 0x93],
  ['”', 0x94],
  ['–', 0x96],
]);
export function encodeWindows1252(text) {
  return Buffer.from(
    [...text].map((char) => {
      const code = CP1252.get(char) ?? char.codePointAt(0);
      if (code > 0xff || (code >= 0x80 && code < 0xa0 && !CP1252.has(char)))
        throw new Error(`no windows-1252 byte: ${char}`);
      return code;
    }),
  );
}

export function emit(path, content) {
  const bytes = Buffer.isBuffer(content) ? content : Buffer.from(content, 'utf8');
  const target = join(EXAMPLES, path);
  if (CHECK) {
    if (!readFileSync(target).equals(bytes)) throw new Error(`${path} differs from what the generator writes`);
    return;
  }
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, bytes);
}
export const readJson = (path) => JSON.parse(readFileSync(join(EXAMPLES, path), 'utf8'));
export const emitJson = (path, value) => emit(path, `${JSON.stringify(value, null, 1)}\n`);
