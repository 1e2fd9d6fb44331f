import { type PostingTemplate, postingsOf } from './postings';

const TRANSFER: PostingTemplate = {
  kind: 'transfer',
  accountId: 'checking',
  toAccountId: 'savings',
  categoryId: null,
  amountMinor: '-1000',
  currency: 'EUR',
  accountCurrencies: ['EUR'],
  splits: [],
};
const postings = (template: Partial<PostingTemplate>) =>
  postingsOf({ template: { ...TRANSFER, ...template }, key: 'rec:t:2026-01-31' });

test('recurring-transaction 8: the legs of a transfer are joined by the key and sum to nothing', () => {
  expect(postings({})).toMatchObject({
    entries: [
      { accountId: 'checking', amountMinor: '-1000', transferId: 'rec:t:2026-01-31' },
      { accountId: 'savings', amountMinor: '1000', transferId: 'rec:t:2026-01-31' },
    ],
    lines: [],
  });
});

test.each([
  [{ accountCurrencies: ['EUR', 'USD'] }, 'A transfer in EUR cannot touch an account in USD.'],
  [{ currency: 'CHF' }, 'A transfer in CHF cannot touch an account in EUR.'],
  [{ toAccountId: null }, 'A transfer needs another account to go to.'],
  [{ toAccountId: 'checking' }, 'A transfer needs another account to go to.'],
  [{ splits: [{ categoryId: 'food', amountMinor: '-1000' }] }, 'A transfer cannot be split.'],
  [
    { kind: 'normal' as const, splits: [{ categoryId: 'food', amountMinor: '-999' }] },
    'Its split lines sum to -999, not to -1000.',
  ],
])('recurring-transaction 8, 14: a template with %j cannot be posted', (template, problem) => {
  expect(postings(template)).toEqual({ problem });
});
