import { joined } from './bank-parts';

/** A :61: line taken apart. */
export interface StatementLine {
  /** Booking date: the entry date, else the value date. ISO form, not checked against the calendar. */
  readonly date: string;
  readonly mark: 'C' | 'D' | 'RC' | 'RD';
  /** With its sign: D and RC are negative. */
  readonly amount: string;
  readonly customerReference: string;
  readonly bankReference: string;
}

const STATEMENT_LINE =
  /^(\d{6})(\d{4})?\s?(RC|RD|EC|ED|C|D)([A-Z])?\s?(\d[\d.]*(?:,\d*)?|,\d+)\s?([NFS][A-Z0-9]{3})(.*)$/;

/** The fields of a :61: line; `expected` for announced bookings (EC, ED); undefined when it has not their form. */
export function statementLine(text: string): StatementLine | 'expected' | undefined {
  const match = STATEMENT_LINE.exec(text.trim());
  if (!match) return undefined;
  const [, valueDate = '', entryDate, mark = '', , amount = '', , references = ''] = match;
  if (mark === 'EC' || mark === 'ED') return 'expected';
  const at = references.indexOf('//');
  return {
    date: bookingDate(valueDate, entryDate),
    mark: mark as StatementLine['mark'],
    amount: (mark === 'D' || mark === 'RC' ? '-' : '') + amount,
    customerReference: (at < 0 ? references : references.slice(0, at)).trim(),
    bankReference: at < 0 ? '' : references.slice(at + 2).trim(),
  };
}

/** SWIFT's century: 80 to 99 are of the last one. */
export function dateOfSixDigits(text: string): string {
  const year = Number(text.slice(0, 2));
  return `${year >= 80 ? 1900 + year : 2000 + year}-${text.slice(2, 4)}-${text.slice(4, 6)}`;
}

/**
 * The day of booking. An entry date has no year: it is the one that brings it nearest to the value date, so a booking
 * of 0102 with value 251231 is of 2026, and one of 1231 with value 260102 is of 2025.
 */
export function bookingDate(valueDate: string, entryDate: string | undefined): string {
  const value = dateOfSixDigits(valueDate);
  if (entryDate === undefined) return value;
  const monthAndDay = `${entryDate.slice(0, 2)}-${entryDate.slice(2, 4)}`;
  const year = Number(value.slice(0, 4));
  const valueTime = Date.parse(`${value}T00:00:00Z`);
  let best = `${year}-${monthAndDay}`;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidateYear of [year, year - 1, year + 1]) {
    const candidate = `${candidateYear}-${monthAndDay}`;
    const time = Date.parse(`${candidate}T00:00:00Z`);
    // Date.parse takes a 30 February for a March day.
    if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== candidate) continue;
    const distance = Math.abs(time - valueTime);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** What a :86: field says about its transaction. */
export interface Information {
  readonly description: string;
  readonly payee: string;
  /** What else is worth keeping, such as end-to-end references. */
  readonly notes: readonly string[];
}

/**
 * The :86: field of a transaction from its lines: structured with `?20` (German banks, also with `<`, `>`, `~`, `^`
 * or `+` for the question mark), structured with `/REMI/` (Dutch banks), or free text.
 */
export function informationOf(lines: readonly string[]): Information {
  const first = lines[0] ?? '';
  const separator = /^(?:\d{3})?([?<>~^+])\d{2}/.exec(first)?.[1];
  if (separator !== undefined) return subfields(lines.join(''), separator);
  const whole = lines.join('');
  if (/^\s?\/[A-Z]{2,6}\//.test(first) && SLASH_CODE.test(first)) return slashFields(whole);
  return { description: wrapped(lines, 65), payee: '', notes: [] };
}

/** Lines put together: one that fills its width goes on in the next without a space. */
function wrapped(lines: readonly string[], width: number): string {
  let text = '';
  let full = true;
  for (const line of lines) {
    text += full ? line : ` ${line}`;
    full = line.length >= width;
  }
  return text;
}

function subfields(text: string, separator: string): Information {
  const fields = new Map<string, string[]>();
  for (const part of text.split(separator === '?' ? /\?(?=\d{2})/ : new RegExp(`\\${separator}(?=\\d{2})`)).slice(1)) {
    const code = part.slice(0, 2);
    const known = fields.get(code);
    if (known) known.push(part.slice(2));
    else fields.set(code, [part.slice(2)]);
  }
  const of = (...codes: readonly string[]) =>
    wrapped(
      codes.flatMap((code) => fields.get(code) ?? []),
      27,
    );
  const purpose = of(...range(20, 29), ...range(60, 63));
  const marks = sepaMarks(purpose);
  const posting = of('00').trim();
  const payee = of('32', '33').trim();
  return {
    description: (marks.text || purpose || posting).trim(),
    payee: payee || marks.payee,
    notes: [...(posting !== '' && (marks.text || purpose) !== '' ? [posting] : []), ...marks.notes],
  };
}

function range(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, at) => String(from + at));
}

const MARK = /\b(EREF|KREF|MREF|CRED|DEBT|COAM|OAMT|SVWZ|ABWA|ABWE|IBAN|BIC|BREF|RREF|PURP|ANAM)\+/g;
const NOTED: Readonly<Record<string, string>> = {
  EREF: 'end-to-end reference',
  KREF: 'customer reference',
  MREF: 'mandate',
  CRED: 'creditor',
  MARF: 'mandate',
  CSID: 'creditor',
  PREF: 'payment reference',
  CREF: 'customer reference',
};
const NO_REFERENCE = /^(?:NOTPROVIDED|NONREF|NOT PROVIDED|NONE|UNKNOWN)?$/i;

/** True for a reference that refers to something. */
export function isReference(text: string): boolean {
  return !NO_REFERENCE.test(text.trim());
}

/** `EREF+… SVWZ+…` within the purpose of a German bank. */
function sepaMarks(purpose: string): { text: string; payee: string; notes: string[] } {
  const parts = purpose.split(MARK);
  // split gives text, mark, text, mark, text …
  if (parts.length < 3) return { text: '', payee: '', notes: [] };
  const texts = [parts[0] ?? ''];
  let payee = '';
  const notes: string[] = [];
  for (let at = 1; at + 1 < parts.length; at += 2) {
    const mark = parts[at] ?? '';
    const value = (parts[at + 1] ?? '').trim();
    if (mark === 'SVWZ') texts.push(value);
    else if (mark === 'ANAM') payee = value;
    else if (NOTED[mark] !== undefined && isReference(value)) notes.push(`${NOTED[mark]} ${value}`);
  }
  return { text: joined(texts, ' ').trim(), payee, notes };
}

const SLASH_CODES =
  'EREF|MARF|CSID|TRTP|IBAN|BIC|NAME|REMI|CNTP|BENM|ORDP|RTRN|ISDT|ADDR|PREF|NRTX|SVCL|PURP|ULTD|ULTB|ULTC|CREF|RREF|KREF|TRCD|OCMT|CHGS|EXCH|INIT';
const SLASH_CODE = new RegExp(`/(?:${SLASH_CODES})/`);
const SLASH_SPLIT = new RegExp(`/(${SLASH_CODES})/`);

/** `/TRTP/SEPA …/NAME/…/REMI/…/EREF/…` of Dutch banks. */
function slashFields(text: string): Information {
  const parts = text.split(SLASH_SPLIT);
  const fields = new Map<string, string>();
  for (let at = 1; at + 1 < parts.length; at += 2) {
    const code = parts[at] ?? '';
    const value = (parts[at + 1] ?? '').trim();
    if (value !== '' && !fields.has(code)) fields.set(code, value);
  }
  const get = (code: string) => fields.get(code) ?? '';
  // CNTP is account/BIC/name/city/, the others are plain.
  const payee = get('NAME') || (get('CNTP').split('/')[2] ?? '');
  const remittance = withoutSlashes(get('REMI').replace(/^USTD\/\/|^STRD\/(?:CUR|ISO)?\//, ''));
  return {
    description: remittance || get('NRTX') || get('TRTP') || text,
    payee: withoutSlashes(payee),
    notes: ['EREF', 'MARF', 'CSID', 'PREF', 'CREF', 'KREF']
      .map((code) => ({ code, value: withoutSlashes(get(code)) }))
      .filter(({ value }) => isReference(value))
      .map(({ code, value }) => `${NOTED[code] ?? code} ${value}`),
  };
}

function withoutSlashes(text: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === '/') end -= 1;
  return text.slice(0, end).trim();
}
