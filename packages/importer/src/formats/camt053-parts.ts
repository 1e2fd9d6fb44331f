import { type BankCells, joined } from './bank-parts';

/** The texts of an entry or of one of its details. */
export interface XmlFields {
  /**
   * Path of local names joined with `/`, value, path, value … in file order: a batch has a hundred thousand of these
   * lists, and a map would take ten times the memory.
   */
  readonly values: string[];
  /** 1-based line of its start tag. */
  readonly line: number;
  /** Characters from its start tag to its end, without those of parts that are kept for themselves. */
  size: number;
}

/** An Ntry with its TxDtls. */
export interface Entry {
  readonly own: XmlFields;
  readonly details: readonly XmlFields[];
}

/** What one row is made of. */
export interface EntryRow {
  readonly line: number;
  readonly size: number;
  readonly cells: BankCells;
}

const NO_REFERENCE = /^(?:NOTPROVIDED|NONREF|NOT PROVIDED|NONE|UNKNOWN)?$/i;

/** The first value of a path, '' for none. */
export function first({ values }: XmlFields, path: string): string {
  for (let at = 0; at < values.length; at += 2) if (values[at] === path) return values[at + 1] ?? '';
  return '';
}

function all({ values }: XmlFields, path: string): readonly string[] {
  return values.filter((_value, at) => at % 2 === 1 && values[at - 1] === path);
}

function anyOf(fields: XmlFields | undefined, ...paths: readonly string[]): string {
  if (!fields) return '';
  for (const path of paths) {
    const value = first(fields, path);
    if (value !== '') return value;
  }
  return '';
}

function reference(fields: XmlFields, path: string): string {
  const value = first(fields, path);
  return NO_REFERENCE.test(value) ? '' : value;
}

/** Status of an entry: BOOK, PDNG, INFO, FUTR … Where the element is missing the statement is taken for a booked one. */
export function statusOf(own: XmlFields): string {
  return anyOf(own, 'Sts', 'Sts/Cd', 'Sts/Prtry') || 'BOOK';
}

/** True for an entry that takes another one back. */
export function isReversal(own: XmlFields): boolean {
  return /^(?:true|1)$/.test(first(own, 'RvslInd'));
}

/** Date part of BookgDt as it is written, and of ValDt when the bank gives no date of booking. */
export function entryDate(own: XmlFields): { readonly date: string; readonly isValueDate: boolean } {
  const booked = anyOf(own, 'BookgDt/Dt', 'BookgDt/DtTm', 'BookgDt');
  const text = booked || anyOf(own, 'ValDt/Dt', 'ValDt/DtTm', 'ValDt');
  const date = /^(\d{4}-\d{2}-\d{2})(?:$|[TZ+-])/.exec(text)?.[1] ?? text;
  return { date, isValueDate: booked === '' && text !== '' };
}

/**
 * The rows of a booked entry: one for each TxDtls when their amounts, in the currency of the entry, sum up to its
 * amount, else one for the entry (data-import 9). The direction is CdtDbtInd alone; that of a reversal is the actual one.
 */
export function entryRows(entry: Entry): readonly EntryRow[] {
  const { own, details } = entry;
  const currency = first(own, 'Amt@Ccy');
  const signs = { own: signOf(first(own, 'CdtDbtInd')), isReversal: isReversal(own) };
  const amounts = signs.own === undefined ? undefined : amountsThatSum(entry, signs.own, currency);
  const { date } = entryDate(own);
  if (!amounts) {
    const single = details.length === 1 ? details[0] : undefined;
    const size = own.size + (single?.size ?? 0);
    const several = details.length > 1 ? `batch of ${details.length} transactions` : '';
    const cells = {
      date,
      amount: signed(first(own, 'Amt'), signs.own),
      currency,
      externalId: (single && reference(single, 'Refs/AcctSvcrRef')) || reference(own, 'AcctSvcrRef'),
      ...textsOf({ own, details: single, isCredit: signs.own === '+', isReversal: signs.isReversal, several }),
    };
    return [{ line: own.line, size, cells }];
  }
  const references = details.map((part) => reference(part, 'Refs/AcctSvcrRef'));
  const distinct = new Set(references).size === references.length;
  return details.map((part, at) => {
    const { amount, sign } = amounts[at] ?? { amount: '', sign: undefined };
    const base = references[at] || reference(own, 'AcctSvcrRef');
    // Some banks repeat the reference of the entry in each part: two equal payments must stay two.
    const isAlone = details.length === 1 || (distinct && references[at] !== '');
    const externalId = base === '' || isAlone ? base : `${base}/${at + 1}`;
    return {
      line: details.length === 1 ? own.line : part.line,
      size: details.length === 1 ? own.size + part.size : part.size,
      cells: {
        date,
        amount: signed(amount, sign),
        currency,
        externalId,
        ...textsOf({ own, details: part, isCredit: sign === '+', isReversal: signs.isReversal, several: '' }),
      },
    };
  });
}

type Sign = '+' | '-';

function signOf(indicator: string): Sign | undefined {
  if (indicator === 'CRDT') return '+';
  return indicator === 'DBIT' ? '-' : undefined;
}

/** An amount without direction is no amount: it becomes a row error. */
function signed(amount: string, sign: Sign | undefined): string {
  if (sign === undefined) return `${amount} without CdtDbtInd`;
  return sign === '-' && amount !== '' ? `-${amount}` : amount;
}

// In this order: the amount of version 3 and later, that of version 2, what was instructed.
const AMOUNT_PATHS = ['Amt', 'AmtDtls/TxAmt/Amt', 'AmtDtls/InstdAmt/Amt'] as const;

/** The amount of each TxDtls with its sign, when they prove themselves by their sum. */
function amountsThatSum(
  { own, details }: Entry,
  ownSign: Sign,
  currency: string,
): readonly { amount: string; sign: Sign }[] | undefined {
  const total = decimalOf(first(own, 'Amt'));
  if (!total || details.length === 0) return undefined;
  for (const path of AMOUNT_PATHS) {
    const amounts = details.map((part) => first(part, path));
    const decimals = amounts.map((amount) => decimalOf(amount));
    const sameCurrency = details.every((part) => first(part, `${path}@Ccy`) === currency);
    if (!sameCurrency || !decimals.every((decimal) => decimal !== undefined)) continue;
    const indicated = details.map((part) => signOf(first(part, 'CdtDbtInd')) ?? ownSign);
    // In the parts of some reversals the indicator is still that of the original.
    for (const signs of [indicated, details.map(() => ownSign)]) {
      const scale = Math.max(total.scale, ...new Set(decimals.map(({ scale: digits }) => digits)));
      const at = (decimal: Decimal) => decimal.digits * 10n ** BigInt(scale - decimal.scale);
      let sum = 0n;
      for (const [index, decimal] of decimals.entries()) sum += signs[index] === ownSign ? at(decimal) : -at(decimal);
      if (sum === at(total)) return amounts.map((amount, index) => ({ amount, sign: signs[index] ?? ownSign }));
    }
  }
  return undefined;
}

interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

function decimalOf(text: string): Decimal | undefined {
  const match = /^(\d{1,30})(?:\.(\d{0,20}))?$/.exec(text);
  if (!match) return undefined;
  const [, whole = '', decimals = ''] = match;
  return { digits: BigInt(whole + decimals), scale: decimals.length };
}

function nameOf(details: XmlFields | undefined, role: string): string {
  return anyOf(details, `RltdPties/${role}/Nm`, `RltdPties/${role}/Pty/Nm`);
}

function textsOf(options: {
  readonly own: XmlFields;
  readonly details: XmlFields | undefined;
  readonly isCredit: boolean;
  readonly isReversal: boolean;
  readonly several: string;
}): { description: string; payee: string; notes: string } {
  const { own, details, isCredit, isReversal: reversed, several } = options;
  // Money comes from a debtor and goes to a creditor. A reversal runs the other way, its parties are the original's.
  const side = isCredit !== reversed ? 'Dbtr' : 'Cdtr';
  const payee = nameOf(details, side) || nameOf(details, `Ultmt${side}`) || nameOf(details, 'TradgPty');
  const remittance = details ? joined(all(details, 'RmtInf/Ustrd'), ' ') : '';
  const structured = anyOf(details, 'RmtInf/Strd/CdtrRefInf/Ref', 'RmtInf/Strd/AddtlRmtInf');
  const additional = joined(all(own, 'AddtlNtryInf'), ' ');
  const texts = [remittance, structured, anyOf(details, 'AddtlTxInf'), additional].filter((text) => text !== '');
  const description = texts[0] ?? '';
  const endToEnd = details ? reference(details, 'Refs/EndToEndId') : '';
  const mandate = details ? reference(details, 'Refs/MndtId') : '';
  return {
    description,
    payee,
    notes: joined(
      [
        several,
        ...texts.slice(1).filter((text) => text !== description),
        endToEnd && `end-to-end reference ${endToEnd}`,
        mandate && `mandate ${mandate}`,
      ],
      '; ',
    ),
  };
}

/** A balance of a statement. */
export interface CamtBalance {
  /** OPBD, PRCD, CLBD, ITBD … */
  readonly kind: string;
  readonly amount: string;
  readonly currency: string;
  readonly negative: boolean;
}

/** The fields of a Bal element. */
export function balanceOf(fields: XmlFields): CamtBalance {
  return {
    kind: anyOf(fields, 'Tp/CdOrPrtry/Cd', 'Tp/CdOrPrtry/Prtry'),
    amount: first(fields, 'Amt'),
    currency: first(fields, 'Amt@Ccy'),
    negative: first(fields, 'CdtDbtInd') === 'DBIT',
  };
}

/**
 * What a statement opens and closes with: OPBD, else PRCD (the closing of the one before), and CLBD. Pages of a
 * statement have ITBD at one or both ends, in file order.
 */
export function openingAndClosing(
  balances: readonly CamtBalance[],
): { readonly opening: CamtBalance; readonly closing: CamtBalance } | undefined {
  const find = (kind: string) => balances.find((balance) => balance.kind === kind);
  const interim = balances.filter(({ kind }) => kind === 'ITBD');
  const booked = find('OPBD') ?? find('PRCD');
  const opening = booked ?? interim[0];
  const closing = find('CLBD') ?? (booked ? interim.at(-1) : interim[1]);
  if (!opening || !closing || opening.currency !== closing.currency) return undefined;
  return { opening, closing };
}
