import { plainNumber } from './json-cells';

/** What a number means by the format of its cell. `elapsed`: hours that may be more than 24. */
export type NumberKind = 'number' | 'date' | 'time' | 'elapsed';

/** 9999-12-31, the last day of a spreadsheet, in the 1900 date system. */
const LAST_SERIAL = 2_958_465;
/** Days from the zero of the 1904 date system to that of the 1900 one. */
const DAYS_1904 = 1462;
const DAY_SECONDS = 86_400;

/** The kind of a built-in number format; the East Asian ones (27-36, 50-58) are dates in their languages. */
export function kindOfBuiltInFormat(id: number): NumberKind {
  if ((id >= 14 && id <= 17) || id === 22 || (id >= 27 && id <= 36) || (id >= 50 && id <= 58)) return 'date';
  if (id >= 18 && id <= 21) return 'time';
  if (id === 46) return 'elapsed';
  return id === 45 || id === 47 ? 'time' : 'number';
}

/** The kind of a custom number format: by its letters outside quotes, escapes and brackets, in its first section. */
export function kindOfFormatCode(code: string): NumberKind {
  const bare = code.replace(/"[^"]*"?|\\.|_.|\*./gs, '');
  const section = bare.split(';').find((part) => part.trim() !== '') ?? '';
  const letters = section.replace(/\[[^\]]*\]?/g, '').replace(/general/i, '');
  // `ss.000` has zeros of its own; with any other placeholder of a digit it is a number and its letters are a unit.
  if (/[0#?]/.test(letters.replace(/s\.0+/gi, 's'))) return 'number';
  if (/[dy]/i.test(letters)) return 'date';
  if (/\[(?:h+|m+|s+)\]/i.test(section)) return 'elapsed';
  if (/[hs]/i.test(letters)) return 'time';
  return /m/i.test(letters) ? 'date' : 'number';
}

/**
 * The text of a stored number. Dates are `YYYY-MM-DD`, or `YYYY-MM-DDTHH:MM:SS` when the time is not midnight; a time
 * without a day is `HH:MM:SS`. In the 1900 system day 60 is `1900-02-29`, which spreadsheets believe in, and day 0 is
 * `1900-01-00`: neither exists, so the row is refused and no other day is made of it.
 *
 * Numbers are as stored, written out without exponent, with two exceptions that change no value: of Excel's 17 digits
 * (`0.57999999999999996`) is made what has 15 at most and is the same double (`0.58`); and Google's `1830.0` is `1830`.
 */
export function numberText(options: {
  readonly stored: string;
  readonly kind: NumberKind;
  readonly date1904: boolean;
}): string {
  const { kind, date1904 } = options;
  const stored = options.stored.trim();
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(stored)) return stored;
  if (kind !== 'number') {
    const text = kind === 'elapsed' ? elapsedText(Number(stored)) : dateText(Number(stored), kind, date1904);
    if (text !== undefined) return text;
  }
  const plain = plainNumber(stored);
  if (/^-?\d+\.0$/.test(plain)) return plain.slice(0, -2);
  return plain.includes('.') && significantDigits(plain) > 15 ? shortest(plain) : plain;
}

function significantDigits(plain: string): number {
  return plain.replace(/[^\d]/g, '').replace(/^0+/, '').length;
}

/** The number of at most 15 digits that is the same double, else the text itself. */
function shortest(plain: string): string {
  const value = Number(plain);
  const short = plainNumber(String(Number(value.toPrecision(15))));
  return Number(short) === value ? short : plain;
}

function dateText(serial: number, kind: 'date' | 'time', date1904: boolean): string | undefined {
  const seconds = Math.round(serial * DAY_SECONDS);
  const day = Math.floor(seconds / DAY_SECONDS);
  if (!(serial >= 0) || day + (date1904 ? DAYS_1904 : 0) > LAST_SERIAL) return undefined;
  const time = timeText(seconds - day * DAY_SECONDS);
  if (day === 0 && !date1904 && (kind === 'time' || time !== '00:00:00')) return time;
  if (day === 0 && date1904 && kind === 'time') return time;
  const date = dayText(day, date1904);
  return time === '00:00:00' ? date : `${date}T${time}`;
}

function dayText(day: number, date1904: boolean): string {
  if (!date1904 && day === 0) return '1900-01-00';
  if (!date1904 && day === 60) return '1900-02-29';
  // 25,569 days from 1899-12-30 to 1970-01-01; before the false leap day the count is one less.
  const sinceEpoch = (date1904 ? day + DAYS_1904 : day < 60 ? day + 1 : day) - 25_569;
  return new Date(sinceEpoch * DAY_SECONDS * 1000).toISOString().slice(0, 10);
}

function elapsedText(serial: number): string | undefined {
  const seconds = Math.round(Math.abs(serial) * DAY_SECONDS);
  if (!(seconds <= LAST_SERIAL * DAY_SECONDS)) return undefined;
  return `${serial < 0 && seconds > 0 ? '-' : ''}${timeText(seconds)}`;
}

function timeText(seconds: number): string {
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}
