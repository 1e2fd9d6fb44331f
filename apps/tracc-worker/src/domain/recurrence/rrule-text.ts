import { isCivilDate } from '@backend/shared/kernel';
import { isZone, localDate } from './fire-time';

/** An RRULE whose own end is taken out, so that what is left can be searched from any date. */
export interface ParsedRrule {
  /** The rule without COUNT and UNTIL, in capitals. */
  readonly text: string;
  readonly count?: number;
  /** Inclusive civil date. */
  readonly until?: string;
}

const FREQUENCIES = ['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'];
const WEEKDAY = 'MO|TU|WE|TH|FR|SA|SU';

type PartCheck = (value: string) => boolean;
const listOf =
  (isItem: PartCheck): PartCheck =>
  (value) =>
    value.split(',').every(isItem);
const integerIn = ({ min, max }: { min: number; max: number }): PartCheck => {
  return (value) => /^[+-]?\d{1,7}$/.test(value) && Number(value) !== 0 && Number(value) >= min && Number(value) <= max;
};

// The parser of the library passes over values that are out of range (BYMONTHDAY=32 becomes "any day of DTSTART"),
// so each part is checked here first (RFC 5545, 3.3.10).
const PARTS: Readonly<Record<string, { isValid: PartCheck; expected: string }>> = {
  FREQ: { isValid: (value) => FREQUENCIES.includes(value), expected: 'DAILY, WEEKLY, MONTHLY or YEARLY' },
  INTERVAL: { isValid: integerIn({ min: 1, max: 3660 }), expected: '1 to 3660' },
  COUNT: { isValid: integerIn({ min: 1, max: 1_000_000 }), expected: '1 to 1000000' },
  UNTIL: { isValid: (value) => /^\d{8}(T\d{6}Z?)?$/.test(value), expected: 'YYYYMMDD or YYYYMMDDTHHMMSSZ' },
  BYDAY: {
    isValid: listOf((value) => new RegExp(`^([+-]?([1-9]|[1-4]\\d|5[0-3]))?(${WEEKDAY})$`).test(value)),
    expected: 'weekdays such as MO or -1FR',
  },
  BYMONTH: { isValid: listOf(integerIn({ min: 1, max: 12 })), expected: '1 to 12' },
  BYMONTHDAY: { isValid: listOf(integerIn({ min: -31, max: 31 })), expected: '1 to 31 or -31 to -1' },
  BYYEARDAY: { isValid: listOf(integerIn({ min: -366, max: 366 })), expected: '1 to 366 or -366 to -1' },
  BYWEEKNO: { isValid: listOf(integerIn({ min: -53, max: 53 })), expected: '1 to 53 or -53 to -1' },
  BYSETPOS: { isValid: listOf(integerIn({ min: -366, max: 366 })), expected: '1 to 366 or -366 to -1' },
  WKST: { isValid: (value) => new RegExp(`^(${WEEKDAY})$`).test(value), expected: 'a weekday such as MO' },
};

/**
 * Reads an RFC 5545 RRULE value (`FREQ=MONTHLY;BYDAY=-1FR`, with or without `RRULE:` before it). An UNTIL in UTC
 * becomes the civil date in the zone. Returns `{problem}`, a sentence, for a text that is not a rule of dates.
 */
export function parseRrule({ text, zone }: { text: string; zone: string }): ParsedRrule | { readonly problem: string } {
  const value = text
    .trim()
    .replace(/^RRULE:/i, '')
    .toUpperCase();
  if (value === '') return { problem: 'is empty; write an RRULE such as FREQ=MONTHLY;BYDAY=-1FR' };
  if (value.length > 500) return { problem: 'is longer than 500 characters' };
  if (/\s/.test(value)) return { problem: 'must be one RRULE value without DTSTART, EXDATE or spaces' };
  const parts = new Map<string, string>();
  for (const part of value.split(';')) {
    const [name = '', partValue, ...rest] = part.split('=');
    const known = Object.hasOwn(PARTS, name) ? PARTS[name] : undefined;
    if (partValue === undefined || rest.length > 0) return { problem: `has a part that is not NAME=value: ${part}` };
    if (/^BY(HOUR|MINUTE|SECOND)$/.test(name)) return { problem: `must not have ${name}; the time of day is postAt` };
    if (!known) return { problem: `has an unknown part ${name}` };
    if (parts.has(name)) return { problem: `has ${name} twice` };
    if (!known.isValid(partValue)) return { problem: `has ${name}=${partValue}; ${name} must be ${known.expected}` };
    parts.set(name, partValue);
  }
  const problem = combinationProblem(parts);
  if (problem !== undefined) return { problem };

  const count = parts.get('COUNT');
  const untilText = parts.get('UNTIL');
  const until = untilText === undefined ? undefined : untilDate({ text: untilText, zone });
  if (untilText !== undefined && until === undefined) return { problem: `has UNTIL=${untilText}, which is not a date` };
  parts.delete('COUNT');
  parts.delete('UNTIL');
  return {
    text: [...parts].map(([name, partValue]) => `${name}=${partValue}`).join(';'),
    ...(count === undefined ? {} : { count: Number(count) }),
    ...(until === undefined ? {} : { until }),
  };
}

function combinationProblem(parts: ReadonlyMap<string, string>): string | undefined {
  const frequency = parts.get('FREQ');
  if (frequency === undefined) return 'must have FREQ';
  if (parts.has('COUNT') && parts.has('UNTIL')) return 'must not have both COUNT and UNTIL';
  if (parts.has('BYWEEKNO') && frequency !== 'YEARLY') return 'may have BYWEEKNO only with FREQ=YEARLY';
  if (parts.has('BYYEARDAY') && frequency !== 'YEARLY') return 'may have BYYEARDAY only with FREQ=YEARLY';
  if (parts.has('BYMONTHDAY') && frequency === 'WEEKLY') return 'must not have BYMONTHDAY with FREQ=WEEKLY';
  const hasOrdinal = /\d/.test(parts.get('BYDAY') ?? '');
  if (hasOrdinal && frequency !== 'MONTHLY' && frequency !== 'YEARLY') {
    return 'may have numbered weekdays in BYDAY only with FREQ=MONTHLY or FREQ=YEARLY';
  }
  if (hasOrdinal && parts.has('BYWEEKNO')) return 'must not have numbered weekdays in BYDAY together with BYWEEKNO';
  const hasOtherBy = [...parts.keys()].some((name) => name.startsWith('BY') && name !== 'BYSETPOS');
  if (parts.has('BYSETPOS') && !hasOtherBy) return 'may have BYSETPOS only beside another BY part';
  return undefined;
}

function untilDate({ text, zone }: { text: string; zone: string }): string | undefined {
  const date = `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6, 8)}`;
  if (!isCivilDate(date)) return undefined;
  if (!text.endsWith('Z')) return date;
  const time = `${text.slice(9, 11)}:${text.slice(11, 13)}:${text.slice(13, 15)}`;
  if (!/^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/.test(time) || !isZone(zone)) return undefined;
  return localDate({ instant: `${date}T${time}Z`, zone });
}
