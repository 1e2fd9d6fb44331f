import { isCurrency } from '@backend/shared/kernel';
import { type FileLayout, type SourceRecord, cutText } from '../reading';
import { parseAmountText } from './amount-text';
import { currenciesOfSign } from './currency-signs';
import { type ParsedDate, parseDateText } from './date-text';
import { checkRecord, columnTitle } from './record-check';
import {
  type AmountRole,
  type BankDecisions,
  type BankRecord,
  type RowErrorCode,
  type Validated,
  rowError,
} from './types';

/** What the validator needs to know of the file, found or given before the first row. */
export interface BankFile {
  readonly layout: FileLayout;
  readonly decisions: BankDecisions;
}

/** Dates remembered at most: about three years, and flat memory when every row has its own time of day. */
const KNOWN_DATES = 1000;

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

const BANK_ROLE_NAMES = [
  'date',
  'amount',
  'debit',
  'credit',
  'balance',
  'currency',
  'externalId',
  'payee',
  'description',
  'category',
  'notes',
  // A column of transcriptions only: 1 for a row that takes another one back.
  'reversal',
] as const;
type BankRole = (typeof BANK_ROLE_NAMES)[number];

/** Column of every role, -1 for none: a lookup by fixed key in the loop over all rows. */
function columnsOf(roles: FileLayout['roles']): Readonly<Record<BankRole, number>> {
  return Object.fromEntries(BANK_ROLE_NAMES.map((role) => [role, roles[role] ?? -1])) as Record<BankRole, number>;
}

/**
 * Makes what turns a record of one file into a bank transaction, or into the first error in it (data-import 5 to 8): a pure
 * function of the record. Checks in this order: the record as a whole, its characters, date, currency, amount, balance. Texts
 * are trimmed and otherwise kept as written.
 */
export function createBankValidator(file: BankFile): (record: SourceRecord) => Validated<BankRecord> {
  const { layout, decisions } = file;
  const { roles } = layout;
  // A file has few different dates and many rows of each.
  const knownDates = new Map<string, ParsedDate>();

  const columnName = (role: string): string => {
    const column = roles[role];
    return column === undefined ? role : columnTitle(layout, column);
  };
  const columns = columnsOf(roles);
  const cell = (record: SourceRecord, role: BankRole): string => {
    const column = columns[role];
    return column < 0 ? '' : (record.fields[column] ?? '').trim();
  };
  const refuse = (
    record: SourceRecord,
    problem: { role: BankRole; code: RowErrorCode; value: string; message: string },
  ): Validated<BankRecord> => ({
    error: rowError({
      line: record.line,
      column: columnName(problem.role),
      code: problem.code,
      value: problem.value,
      message: problem.message,
    }),
  });
  const readDate = (text: string): ParsedDate => {
    const known = knownDates.get(text);
    if (known) return known;
    const { dateOrder: order, currentYear, zone } = decisions;
    const date = parseDateText({ text, order, currentYear, zone });
    if (knownDates.size >= KNOWN_DATES) knownDates.clear();
    knownDates.set(text, date);
    return date;
  };
  const readAmount = (record: SourceRecord, role: AmountRole, currency: string) =>
    parseAmountText({ text: cell(record, role), decimal: decisions.decimals[role] ?? 'none', currency });

  return (record) => {
    const broken = checkRecord({ record, layout });
    if (broken) return { error: broken };

    const dateText = cell(record, 'date');
    const date = readDate(dateText);
    if ('error' in date) return refuse(record, { role: 'date', value: dateText, ...date.error });

    const currency = readCurrency(cell(record, 'currency'), decisions.currency);
    if (currency === undefined) {
      const value = cell(record, 'currency');
      const message = `"${cutText(value, 60)}" is not an ISO 4217 currency code such as EUR or INR.`;
      return refuse(record, { role: 'currency', code: 'UnknownCurrency', value, message });
    }

    const amount = columns.amount < 0 ? twoSided(record, currency) : oneSided(record, currency);
    if ('refused' in amount) return amount.refused;

    const balance = columns.balance < 0 ? undefined : readAmount(record, 'balance', currency);
    if (balance && 'error' in balance && balance.error.code !== 'MissingAmount') {
      return refuse(record, { role: 'balance', value: cell(record, 'balance'), ...balance.error });
    }

    // Filled in step by step: spreading the optional fields costs as much as parsing the row.
    const row: Mutable<BankRecord> = {
      line: record.line,
      date: date.ok,
      amountMinor: isTurned(record) ? -amount.minor : amount.minor,
      currency,
      description: cell(record, 'description'),
      payee: cell(record, 'payee'),
    };
    const externalId = cell(record, 'externalId');
    if (externalId !== '') row.externalId = externalId;
    if (balance && 'ok' in balance) row.balanceMinor = balance.ok;
    const category = cell(record, 'category');
    if (category !== '') row.category = category;
    const notes = cell(record, 'notes');
    if (notes !== '') row.notes = notes;
    return { ok: row };
  };

  function isTurned(record: SourceRecord): boolean {
    const flipped = decisions.flipReversals === true && cell(record, 'reversal') === '1';
    return flipped !== decisions.invertSign;
  }

  function oneSided(record: SourceRecord, currency: string): AmountResult {
    const amount = readAmount(record, 'amount', currency);
    if ('ok' in amount) return { minor: amount.ok };
    return { refused: refuse(record, { role: 'amount', value: cell(record, 'amount'), ...amount.error }) };
  }

  function twoSided(record: SourceRecord, currency: string): AmountResult {
    const sides: Partial<Record<'debit' | 'credit', bigint>> = {};
    for (const role of ['debit', 'credit'] as const) {
      const side = readAmount(record, role, currency);
      if ('ok' in side) sides[role] = side.ok;
      else if (side.error.code !== 'MissingAmount') {
        return { refused: refuse(record, { role, value: cell(record, role), ...side.error }) };
      }
    }
    const { debit, credit } = sides;
    if (debit === undefined && credit === undefined) {
      const message = `Neither ${columnName('debit')} nor ${columnName('credit')} has an amount.`;
      return { refused: refuse(record, { role: 'debit', code: 'MissingAmount', value: '', message }) };
    }
    if (debit && credit) {
      const value = `${cell(record, 'debit')} / ${cell(record, 'credit')}`;
      const message = `Both ${columnName('debit')} and ${columnName('credit')} have an amount; a row has one of them.`;
      return { refused: refuse(record, { role: 'debit', code: 'BothSides', value, message }) };
    }
    if (debit) return { minor: decisions.debitSign === 'negative' ? debit : -debit };
    return { minor: credit ?? 0n };
  }
}

type AmountResult = { readonly minor: bigint } | { readonly refused: Validated<BankRecord> };

/** The currency of a row: its own code or unmistakable symbol, the default when it has none, undefined when unknown. */
function readCurrency(text: string, standard: string): string | undefined {
  if (text === '') return standard;
  if (isCurrency(text)) return text;
  const meant = currenciesOfSign(text);
  if (meant?.includes(standard)) return standard;
  return meant?.length === 1 ? meant[0] : undefined;
}
