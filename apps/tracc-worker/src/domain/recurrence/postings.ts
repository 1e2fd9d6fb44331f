/** What is needed of a template to post it. Amounts are integer minor units as text, negative = money out. */
export interface PostingTemplate {
  readonly kind: 'normal' | 'transfer';
  readonly accountId: string;
  readonly toAccountId: string | null;
  readonly categoryId: string | null;
  readonly amountMinor: string;
  readonly currency: string;
  /** Currencies of its accounts, each once. */
  readonly accountCurrencies: readonly string[];
  readonly splits: readonly { readonly categoryId: string; readonly amountMinor: string }[];
}

/** A ledger entry of an occurrence, without what all of its entries share. */
export interface Posting {
  readonly accountId: string;
  readonly amountMinor: string;
  readonly categoryId: string | null;
  readonly kind: 'normal' | 'transfer';
  readonly isSplit: boolean;
  readonly transferId: string | null;
}

/**
 * The entries of one occurrence: one row; both legs of a transfer; or a split's parent with its lines.
 * A problem instead when the template cannot be posted: it says what is wrong, as a sentence.
 */
export function postingsOf({
  template,
  key,
}: {
  template: PostingTemplate;
  /** The occurrence's key; it also joins the legs of a transfer. */
  key: string;
}): { entries: readonly Posting[]; lines: readonly Posting[] } | { problem: string } {
  const { kind, accountId, toAccountId, categoryId, amountMinor, splits } = template;
  if (kind === 'transfer') {
    if (toAccountId === null || toAccountId === accountId)
      return { problem: 'A transfer needs another account to go to.' };
    if (splits.length > 0) return { problem: 'A transfer cannot be split.' };
    const other = template.accountCurrencies.find((currency) => currency !== template.currency);
    if (other !== undefined) {
      return { problem: `A transfer in ${template.currency} cannot touch an account in ${other}.` };
    }
    const leg = { categoryId: null, kind, isSplit: false, transferId: key } as const;
    return {
      entries: [
        { ...leg, accountId, amountMinor },
        { ...leg, accountId: toAccountId, amountMinor: (-BigInt(amountMinor)).toString() },
      ],
      lines: [],
    };
  }
  const single = { accountId, kind, transferId: null } as const;
  if (splits.length === 0) return { entries: [{ ...single, amountMinor, categoryId, isSplit: false }], lines: [] };
  const sum = splits.reduce((total, line) => total + BigInt(line.amountMinor), 0n);
  if (sum !== BigInt(amountMinor)) return { problem: `Its split lines sum to ${sum}, not to ${amountMinor}.` };
  return {
    entries: [{ ...single, amountMinor, categoryId: null, isSplit: true }],
    lines: splits.map((line) => ({
      ...single,
      amountMinor: line.amountMinor,
      categoryId: line.categoryId,
      isSplit: false,
    })),
  };
}
