import { currencyExponent } from '@backend/shared/kernel';
import type { FileLayout, ImportProfile, SourceRecord } from '../reading';
import type { AmountRole, BankDecisions, DateOrder, DecimalSign } from '../records/types';
import {
  type DateEvidence,
  type DateOrderOutcome,
  createDateCollector,
  dateOrderOfFormat,
  decideDateOrder,
} from './date-order';
import { type DecimalEvidence, type DecimalOutcome, createDecimalCollector, decideDecimalSign } from './decimal-sign';

/** All evidence of one bank file so far. */
export interface BankEvidence {
  readonly date?: DateEvidence;
  readonly amounts: Readonly<Partial<Record<AmountRole, DecimalEvidence>>>;
}

/** Collects the evidence of whole records. */
export interface BankCollector {
  /** Records that are broken or have another number of columns are passed over. */
  readonly feed: (record: SourceRecord) => void;
  readonly evidence: () => BankEvidence;
}

/** Everything decided, or the first reason why not. */
export type BankDecisionOutcome =
  | { readonly decisions: BankDecisions }
  | Extract<DateOrderOutcome, { failed: unknown }>
  | Extract<DateOrderOutcome, { needsInput: unknown }>
  | Extract<DecimalOutcome, { failed: unknown }>
  | {
      readonly needsInput: Extract<DecimalOutcome, { needsInput: unknown }>['needsInput'] & {
        readonly suggestion?: ImportProfile;
      };
    };

const AMOUNT_ROLES: readonly AmountRole[] = ['amount', 'debit', 'credit', 'balance'];

/** A collector over the columns of a layout. */
export function createBankCollector(layout: FileLayout): BankCollector {
  const { roles } = layout;
  const date = createDateCollector();
  const dateColumn = roles['date'];
  const amounts = usedRoles(layout).map(({ role, column }) => ({
    role,
    column,
    collector: createDecimalCollector(),
  }));
  return {
    feed: (record) => {
      if (record.problem || !record.columnCountOk) return;
      if (dateColumn !== undefined) date.feed(record.fields[dateColumn] ?? '', record.line);
      for (const { column, collector } of amounts) collector.feed(record.fields[column] ?? '', record.line);
    },
    evidence: () => ({
      date: date.evidence(),
      amounts: Object.fromEntries(amounts.map(({ role, collector }) => [role, collector.evidence()])),
    }),
  };
}

/**
 * The decisions on a bank file from all its evidence. The profile's dateFormat and decimal stand before any evidence.
 * Reports one thing at a time: first the dates, then each amount column.
 */
export function decideBankFile(options: {
  readonly layout: FileLayout;
  readonly evidence: BankEvidence;
  readonly profile?: ImportProfile | undefined;
  /** Currency of the account; `profile.currency` stands before it. */
  readonly accountCurrency: string;
  readonly currentYear: number;
  readonly zone?: string | undefined;
}): BankDecisionOutcome {
  const { layout, evidence, profile = {}, accountCurrency, currentYear, zone } = options;
  const fromProfile = profile.dateFormat === undefined ? undefined : dateOrderOfFormat(profile.dateFormat);
  let dateOrder: DateOrder = fromProfile ?? 'YMD';
  if (fromProfile === undefined && evidence.date) {
    const outcome = decideDateOrder(evidence.date);
    if (!('decided' in outcome)) return outcome;
    dateOrder = outcome.decided;
  }
  const decimals: Partial<Record<AmountRole, DecimalSign>> = {};
  for (const { role, column } of usedRoles(layout)) {
    const seen = evidence.amounts[role];
    if (profile.decimal !== undefined || !seen) {
      decimals[role] = profile.decimal ?? 'none';
      continue;
    }
    const outcome = decideDecimalSign(seen, layout.header[column] || String(column + 1));
    if ('needsInput' in outcome) {
      const decimal = likelyDecimal(evidence, seen, profile.currency ?? accountCurrency);
      return decimal ? { needsInput: { ...outcome.needsInput, suggestion: { decimal } } } : outcome;
    }
    if (!('decided' in outcome)) return outcome;
    decimals[role] = outcome.decided;
  }
  const debit = evidence.amounts.debit;
  return {
    decisions: {
      dateOrder,
      decimals,
      debitSign: debit && debit.negatives > 0 && debit.positives === 0 ? 'negative' : 'positive',
      currency: profile.currency ?? accountCurrency,
      invertSign: profile.invertSign ?? false,
      currentYear,
      ...(zone === undefined ? {} : { zone }),
    },
  };
}

/**
 * What the decimal sign of a column that leaves it open probably is: that of the other columns, or the one with which its
 * amount has not more decimals than the currency. For a person to confirm.
 */
function likelyDecimal({ amounts }: BankEvidence, { open }: DecimalEvidence, currency: string): '.' | ',' | undefined {
  const others = Object.values(amounts);
  const point = others.some((other) => other.point);
  const comma = others.some((other) => other.comma);
  if (point !== comma) return point ? '.' : ',';
  const [, sign, decimals] = /([.,])(\d{3})(?!.*\d)/.exec(open?.value ?? '') ?? [];
  if (decimals === undefined || decimals.replace(/0+$/, '').length <= (currencyExponent(currency) ?? 2))
    return undefined;
  return sign === '.' ? ',' : '.';
}

/** The amount columns that are read: debit and credit only without a column that holds both. */
export function usedRoles({ roles }: FileLayout): { role: AmountRole; column: number }[] {
  return AMOUNT_ROLES.flatMap((role) => {
    const column = roles[role];
    const unused = (role === 'debit' || role === 'credit') && roles['amount'] !== undefined;
    return column === undefined || unused ? [] : [{ role, column }];
  });
}
