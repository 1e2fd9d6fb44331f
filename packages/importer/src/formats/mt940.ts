import {
  accountCounter,
  balanceBook,
  balanceMinor,
  type BankColumn,
  type BankWarning,
  convertedFile,
  decodeText,
  fileProblem,
  joined,
  linesOf,
  readWhole,
  recordMaker,
  shown,
} from './bank-parts';
import { informationOf, isReference, type StatementLine, statementLine } from './mt940-parts';
import type { ConvertedFile, ConvertedRecord, ConvertInput } from './types';

const COLUMNS = [
  'date',
  'amount',
  'description',
  'payee',
  'currency',
  'externalId',
  'notes',
] as const satisfies readonly BankColumn[];

/**
 * MT940, bare or in SWIFT blocks, any number of statements (data-import 9). C and RD are positive, D and RC negative;
 * RC and RD are marked as reversals. The date is that of booking, else of value. Pages of one statement (60M, 62M) are
 * one balance. MT942 is read too, without balances. A :61: that has not its form becomes a row error.
 * Rejects with `FileTooLarge`, `EmptyFile`, `DecodeError`, `MalformedFile`.
 */
export async function convertMt940(input: ConvertInput): Promise<ConvertedFile> {
  const { text, warnings } = await decodeText(await readWhole(input), { profile: input.encoding });
  if (!/^(?:\{[^\r\n]{0,300}\})?(?:\{4:)?:(?:20|25|28C?|60[FM]|61):/m.test(text)) {
    throw fileProblem('MalformedFile', 'The file is not MT940: it has no field such as :20: or :61:.');
  }
  const reader = readMt940(text, input);
  return convertedFile({
    columns: COLUMNS,
    records: reader.records(),
    profile: { dateFormat: 'YYYY-MM-DD', decimal: ',' },
    balances: reader.balances,
    pendingSkipped: reader.pendingSkipped,
    warnings: () => [...warnings, ...reader.warnings()],
  });
}

interface OpenLine {
  readonly line: number;
  readonly entry: string;
  readonly supplement: string[];
  readonly information: string[];
  size: number;
}

/** The balances of the statement being read. */
interface Segment {
  readonly opening?: SignedBalance | undefined;
  /** Of the page that was read last (62M), until a next page is found. */
  closing?: SignedBalance | undefined;
  rows: number;
}

interface SignedBalance {
  readonly currency: string;
  readonly minor: string;
}

function readMt940(text: string, { limits }: ConvertInput) {
  const { record } = recordMaker(COLUMNS, limits);
  const accounts = accountCounter();
  const book = balanceBook();
  let pending = 0;
  let unread = 0;
  let open: OpenLine | undefined;
  let segment: Segment = { rows: 0 };
  let currency = '';

  const endSegment = () => {
    const { opening, closing, rows } = segment;
    if (opening && closing && opening.currency === closing.currency) {
      book.add({ currency: opening.currency, openingMinor: opening.minor, closingMinor: closing.minor });
    } else if (rows > 0) book.withoutProof(currency);
    segment = { rows: 0 };
  };
  const balance = (value: string): SignedBalance | undefined => {
    const match = /^([CD])(\d{6})([A-Z]{3})([\d.,]+)$/.exec(value.trim());
    const [, mark, , code = '', amount = ''] = match ?? [];
    const minor = balanceMinor({ amount, negative: mark === 'D', currency: code, decimal: ',' });
    if (minor === undefined) unread += 1;
    return minor === undefined ? undefined : { currency: code, minor };
  };
  const opened = (tag: string, value: string) => {
    const opening = balance(value);
    const { closing } = segment;
    // A page that begins where the last one ended goes on with its statement.
    const goesOn =
      tag === '60M' && closing && opening && closing.minor === opening.minor && closing.currency === opening.currency;
    if (goesOn) segment.closing = undefined;
    else {
      endSegment();
      segment = { opening, rows: 0 };
    }
    currency = opening?.currency ?? /^[CD]\d{6}([A-Z]{3})/.exec(value)?.[1] ?? '';
  };
  const began = () => {
    // A statement that has no closing balance must not borrow that of the next one.
    if (!segment.closing) endSegment();
    currency = '';
  };
  const close = (): ConvertedRecord | undefined => {
    const done = open;
    open = undefined;
    if (!done) return undefined;
    const entry = statementLine(done.entry);
    if (entry === 'expected') {
      pending += 1;
      return undefined;
    }
    segment.rows += 1;
    return record({
      line: done.line,
      size: done.size,
      cells: cellsOf(done, entry, currency),
      isReversal: entry?.mark === 'RC' || entry?.mark === 'RD',
    });
  };

  function* records(): Generator<ConvertedRecord> {
    let field = '';
    for (const { text: raw, line } of linesOf(text)) {
      let content = raw;
      if (/^-?\}?\{[1-5]:|^-\}?\s*$/.test(raw)) {
        const done = close();
        if (done) yield done;
        field = '';
        const body = raw.indexOf('{4:');
        if (body < 0) continue;
        content = raw.slice(body + 3);
      }
      const match = /^\s{0,3}:(\d\d[A-Z]?):/.exec(content);
      if (!match) {
        goOn(field, content);
        continue;
      }
      field = match[1] ?? '';
      const value = content.slice(match[0].length);
      if (field === '86' && open) {
        take(open.information, value);
        continue;
      }
      const done = close();
      if (done) yield done;
      if (field === '61') open = { line, entry: value, supplement: [], information: [], size: value.length };
      else if (field === '60F' || field === '60M') opened(field, value);
      else if (field === '62F' || field === '62M') segment.closing = balance(value);
      else if (field === '20') began();
      else if (field === '34F') currency ||= /^([A-Z]{3})/.exec(value)?.[1] ?? '';
      else if (field === '25' || field === '25P') accounts.see(value.trim());
      if (field === '62F') endSegment();
    }
    const last = close();
    if (last) yield last;
    endSegment();
  }

  /** A line without a tag belongs to the field before it. */
  function goOn(field: string, content: string): void {
    if (!open || content === '') return;
    if (field === '86') take(open.information, content);
    else if (field === '61') take(open.supplement, content);
  }

  function take(lines: string[], content: string): void {
    if (!open) return;
    open.size += content.length + 1;
    if (open.size <= limits.maxRecordBytes) lines.push(content);
  }

  return {
    records,
    balances: book.proved,
    pendingSkipped: () => pending,
    warnings: (): BankWarning[] => [
      ...accounts.warnings(),
      ...(unread === 0
        ? []
        : [{ code: 'BalanceUnreadable', message: `${unread} balances of the file could not be read.` }]),
    ],
  };
}

function cellsOf(open: OpenLine, entry: StatementLine | undefined, currency: string) {
  // Shown in the row error; nothing of a line that is not understood is guessed.
  if (!entry) return { date: `:61:${shown(open.entry, 150)}`, description: open.information.join(' ') };
  const { description, payee, notes } = informationOf(open.information);
  const supplement = joined(open.supplement, ' ').trim();
  return {
    date: entry.date,
    amount: entry.amount,
    description: description.trim() || supplement,
    payee,
    currency,
    externalId: isStrongReference(entry.bankReference) ? entry.bankReference : '',
    notes: joined(
      [
        ...notes,
        isReference(entry.customerReference) ? `reference ${entry.customerReference}` : '',
        description.trim() === '' ? '' : supplement,
      ],
      '; ',
    ),
  };
}

/**
 * Whether a bank's reference can tell one booking from another. Many banks write a constant there (`NONREF`, `POS`), and
 * two equal payments of one day would then be taken for one.
 */
function isStrongReference(text: string): boolean {
  return isReference(text) && text.length >= 6 && text.replace(/\D/g, '').length >= 4;
}
