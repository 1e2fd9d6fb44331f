import { currencyExponent } from '@backend/shared/kernel';
import type { ImportDoubt, ImportProfile, UnderstoodAmount, UnderstoodDates, UnderstoodValues } from '../contract';
import { type FileLayout, cutText } from '../reading';
import { columnTitle } from '../records/record-check';
import { type BankEvidence, usedRoles } from './bank-inference';
import { type DateEvidence, dateOrderOfFormat, decideDateOrder } from './date-order';
import { type DecimalEvidence, decideDecimalSign } from './decimal-sign';

/** How a bank file's values are read, with the values that prove it, and what they leave room for doubt about. */
export function understandBankFile({
  layout,
  evidence,
  profile = {},
  accountCurrency,
}: {
  readonly layout: FileLayout;
  readonly evidence: BankEvidence;
  readonly profile?: ImportProfile | undefined;
  readonly accountCurrency: string;
}): UnderstoodValues {
  const { roles } = layout;
  const title = (column: number) => cutText(columnTitle(layout, column), 60);
  const dateColumn = roles['date'];
  const columns = usedRoles(layout);
  const currency = profile.currency ?? accountCurrency;
  const unsure = [
    ...(dateColumn === undefined || !evidence.date ? [] : dateDoubts(evidence.date, title(dateColumn))),
    ...columns.flatMap(({ role, column }) => {
      const seen = evidence.amounts[role];
      return seen && role !== 'balance' ? amountDoubts({ seen, column: title(column), role, profile, currency }) : [];
    }),
  ];
  return {
    ...(dateColumn === undefined ? {} : { dates: understandDates(evidence.date, title(dateColumn), profile) }),
    amounts: columns.map(({ role, column }) => ({
      role,
      column: title(column),
      ...understandDecimal(evidence.amounts[role], profile),
    })),
    currency: {
      code: currency,
      from: profile.currency === undefined ? 'target' : 'stated',
      hasColumn: roles['currency'] !== undefined,
    },
    unsure,
  };
}

/** The order of the dates of a column, and what tells it. */
export function understandDates(
  evidence: DateEvidence | undefined,
  column: string,
  profile: Pick<ImportProfile, 'dateFormat'>,
): UnderstoodDates {
  const stated = profile.dateFormat === undefined ? undefined : dateOrderOfFormat(profile.dateFormat);
  if (stated !== undefined) return { column, order: stated, from: 'stated' };
  if (!evidence) return { column, order: 'YMD', from: 'none' };
  const outcome = decideDateOrder(evidence);
  const { firstSettled, firstOpen, dayFirst, monthFirst, noDate } = evidence;
  const withProof = (dates: UnderstoodDates, proof: UnderstoodDates['proof']) => (proof ? { ...dates, proof } : dates);
  if (!('decided' in outcome)) return withProof({ column, order: 'open', from: 'none' }, firstOpen);
  const order = outcome.decided;
  if (order !== 'YMD') return withProof({ column, order, from: 'proof' }, order === 'DMY' ? dayFirst : monthFirst);
  if (firstSettled) return { column, order, from: 'values', proof: firstSettled };
  return withProof({ column, order, from: 'none' }, noDate);
}

function understandDecimal(
  evidence: DecimalEvidence | undefined,
  profile: ImportProfile,
): Pick<UnderstoodAmount, 'decimal' | 'from' | 'proof'> {
  if (profile.decimal !== undefined) return { decimal: profile.decimal, from: 'stated' };
  if (!evidence) return { decimal: 'none', from: 'none' };
  const { point, comma, open, first } = evidence;
  if (point && !comma) return { decimal: '.', from: 'proof', proof: point };
  if (comma && !point) return { decimal: ',', from: 'proof', proof: comma };
  if (!('decided' in decideDecimalSign(evidence, '')))
    return { decimal: 'open', from: 'none', ...(open ? { proof: open } : {}) };
  return first ? { decimal: 'none', from: 'values', proof: first } : { decimal: 'none', from: 'none' };
}

function dateDoubts({ settled, open, dayFirst, monthFirst, noDate }: DateEvidence, column: string): ImportDoubt[] {
  if (settled + open > 0 || dayFirst || monthFirst || !noDate) return [];
  return [
    {
      code: 'NoDates',
      message: `Nothing in the column "${column}" is a date; line ${noDate.line} has "${noDate.value}". Is the date in another column?`,
      profile: { columns: { date: 'NAME' } },
    },
  ];
}

function amountDoubts({
  seen: { point, comma, open, first, negatives, positives },
  column,
  role,
  profile,
  currency,
}: {
  seen: DecimalEvidence;
  column: string;
  role: string;
  profile: ImportProfile;
  currency: string;
}): ImportDoubt[] {
  const doubts: ImportDoubt[] = [];
  // Thousands that are grouped are no cents.
  const isPlain = first !== undefined && !/\d[\s'\u2019]\d{3}(?!\d)/.test(first.value);
  if (isPlain && !point && !comma && !open && profile.decimal === undefined && currencyExponent(currency) !== 0) {
    doubts.push({
      code: 'WholeAmounts',
      message: `No amount in the column "${column}" has decimals: ${first.value} (line ${first.line}) is read as whole ${currency}, not as hundredths.`,
    });
  }
  if (role === 'amount' && positives > 1 && negatives === 0 && profile.invertSign === undefined) {
    doubts.push({
      code: 'OneSign',
      message:
        `Every amount in the column "${column}" is positive, so all of them count as money in. ` +
        'If they are spending, as on many card statements, turn the signs round.',
      profile: { invertSign: true },
    });
  }
  return doubts;
}
