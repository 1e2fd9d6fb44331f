import { hash } from 'node:crypto';
import { type OccurrenceCounter, createOccurrenceCounter } from './occurrence-counter';
import type { BankRecord } from './types';

/** Hexadecimal digits of a duplicate key: 16 bytes. */
export const KEY_DIGITS = 32;
/** Digits of a bank row's key that are its date. */
const DATE_DIGITS = 8;

/**
 * A text as duplicates are compared: NFKC, case-folded, white space collapsed, trimmed (data-import 11). Folding goes
 * through upper case (so that ß is ss) and takes both small sigmas for one.
 */
export function normaliseDescription(text: string): string {
  // Most texts are words with one space between them.
  if (/^(?:[!-~]+ )*[!-~]*$/.test(text) && !text.endsWith(' ')) return text.toLowerCase();
  // oxlint-disable-next-line no-control-regex -- ASCII is the range meant
  if (/^[\x00-\x7f]*$/.test(text)) return text.toLowerCase().replace(/\s+/g, ' ').trim();
  return text
    .normalize('NFKC')
    .toUpperCase()
    .toLowerCase()
    .replace(/ς/g, 'σ')
    .normalize('NFKC')
    .replace(/\s+/g, ' ')
    .trim();
}

/** The first half of the sha256 of the parts as a JSON array (so no two lists of parts are the same text), in hex. */
export function externalKey(parts: readonly (string | number)[]): string {
  return hash('sha256', JSON.stringify(parts), 'hex').slice(0, KEY_DIGITS);
}

/**
 * The key under which a bank transaction can be in an account only once (data-import 11), 32 hexadecimal digits: the date
 * (`20260131`), then the first 12 bytes of a sha256. Dates lead, because a bank's file is in their order and an index takes
 * neighbours at half the cost of keys from everywhere; of 10^7 different rows of one day two collide with p = 6 * 10^-16.
 *
 * Lane 1, the row has an external id: account, id, date, minor, currency. Lane 2: account, date, minor, currency,
 * normalised description and the row's ordinal (0, 1, …) among the equal rows of its file, so that two identical
 * purchases are two rows and an overlapping export brings neither again.
 */
export function bankExternalKey(options: {
  readonly accountId: string;
  readonly record: Pick<BankRecord, 'date' | 'amountMinor' | 'currency' | 'description' | 'externalId'>;
  /** Ignored in lane 1. */
  readonly ordinalAmongEqual: number;
}): string {
  const { accountId, record, ordinalAmongEqual } = options;
  const { date, currency, externalId } = record;
  const minor = record.amountMinor.toString();
  // The text JSON.stringify would give for the whole list, without its cost for the parts that need no escapes.
  const account = JSON.stringify(accountId);
  const text =
    externalId === undefined
      ? `["row",${account},"${date}","${minor}","${currency}",${JSON.stringify(normaliseDescription(record.description))},${ordinalAmongEqual}]`
      : `["id",${account},${JSON.stringify(externalId)},"${date}","${minor}","${currency}"]`;
  return dateDigits(date) + hash('sha256', text, 'hex').slice(0, KEY_DIGITS - DATE_DIGITS);
}

function dateDigits(date: string): string {
  return date.slice(0, 4) + date.slice(5, 7) + date.slice(8);
}

/**
 * 32 bits that rows which differ only in their ordinal have in common, and few others; undefined for a row with an
 * external id, which has no ordinal. Cheap beside the key, since it is made of every row once more.
 */
export function bankFingerprint(record: BankRecord): number | undefined {
  if (record.externalId !== undefined) return undefined;
  let mixed = addText(0x81_1c_9d_c5, record.date);
  mixed = addText(mixed, record.amountMinor.toString());
  mixed = addText(mixed, normaliseDescription(record.description));
  return (mixed ^ (mixed >>> 15)) >>> 0;
}

/** FNV-1a over the code units, with the end of the text marked. */
function addText(start: number, text: string): number {
  let mixed = start;
  for (let at = 0; at < text.length; at += 1) mixed = Math.imul(mixed ^ text.charCodeAt(at), 0x01_00_01_93);
  return Math.imul(mixed ^ 0x1_00_00, 0x01_00_01_93);
}

/**
 * Gives every row of a file its key, counting equal rows. Feed the good rows in file order from the first one on; after a
 * restart feed the rows before the restart again. Only rows that `mayRepeat` are counted: a row that has no equal in the
 * file is the first of its kind without being remembered.
 */
export function createBankKeyer(
  accountId: string,
  mayRepeat: (record: BankRecord) => boolean = () => true,
): (record: BankRecord) => string {
  const counter: OccurrenceCounter = createOccurrenceCounter();
  return (record) => {
    // The key of the first of equal rows is what equal rows have in common.
    const first = bankExternalKey({ accountId, record, ordinalAmongEqual: 0 });
    if (record.externalId !== undefined || !mayRepeat(record)) return first;
    const ordinalAmongEqual = counter.next(first);
    return ordinalAmongEqual === 0 ? first : bankExternalKey({ accountId, record, ordinalAmongEqual });
  };
}
