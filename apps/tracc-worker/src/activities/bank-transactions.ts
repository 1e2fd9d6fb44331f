import type { ImportTenant } from '@backend/importer/activities';
import { createBankCollector, decideBankFile } from '@backend/importer/inference';
import {
  BANK_ROLES,
  type BankDecisions,
  type BankRecord,
  bankFingerprint,
  createBankKeyer,
  createBankValidator,
} from '@backend/importer/records';
import { formatMoney, money } from '@backend/shared/kernel';
import { findOpenAccount, loadBankRows, openBankLoad, summariseImport } from '../repositories';

/** What a record is in tracc: a bank transaction of one account. */
export const bankTransactions: ImportTenant<BankRecord, Buffer> = {
  targetName: 'open account',
  catalogue: BANK_ROLES,
  formats: ['csv', 'tsv', 'ndjson', 'json', 'xlsx', 'ofx', 'qif', 'camt053', 'mt940'],
  findTarget: async (tx, accountId) => {
    const account = await findOpenAccount(tx, accountId);
    return account && { id: account.accountId, currency: account.currency, zone: account.zone };
  },
  collectEvidence({ layout, target, profile, year }) {
    const collector = createBankCollector(layout);
    return {
      feed: (record) => collector.feed(record),
      finish() {
        const outcome = decideBankFile({
          layout,
          evidence: collector.evidence(),
          profile,
          // findTarget gives both for every account.
          accountCurrency: target.currency!,
          zone: target.zone,
          currentYear: year,
        });
        return 'failed' in outcome ? { problem: outcome.failed } : outcome;
      },
    };
  },
  createValidator: ({ layout, decisions }) => createBankValidator({ layout, decisions: decisions as BankDecisions }),
  createKeyer: createBankKeyer,
  fingerprint: bankFingerprint,
  openLoad: openBankLoad,
  load: loadBankRows,
  summarise: summariseImport,
  amountOf: ({ amountMinor, currency }) => ({ minor: amountMinor, currency }),
  flipReversals: (decisions) => ({ ...(decisions as BankDecisions), flipReversals: true }),
  describe: ({ line, date, amountMinor, currency, payee, description }) => ({
    line: String(line),
    date,
    amount: formatMoney(money(amountMinor, currency)),
    payee,
    description,
  }),
};
