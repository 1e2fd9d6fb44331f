import type { ImportTenant } from '@backend/importer/activities';
import {
  createBankCollector,
  decideBankFile,
  suggestBankColumns,
  understandBankFile,
} from '@backend/importer/inference';
import {
  BANK_ROLES,
  type BankDecisions,
  type BankRecord,
  bankFingerprint,
  createBankKeyer,
  createBankValidator,
} from '@backend/importer/records';
import { inTurns } from '@backend/shared/activity';
import { formatMoney, money } from '@backend/shared/kernel';
import { TENANT } from '../contract';
import {
  countImportedRows,
  deleteUneditedRows,
  findOpenAccount,
  flagPart,
  loadBankRows,
  openBankLoad,
  openFlagSearch,
  planParts,
  summariseImport,
} from '../repositories';

/** What a record is in tracc: a bank transaction of one account. */
export const bankTransactions: ImportTenant<BankRecord, Buffer> = {
  name: TENANT,
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
        // findTarget gives both for every account.
        const file = { layout, evidence: collector.evidence(), profile, accountCurrency: target.currency! };
        const outcome = decideBankFile({ ...file, zone: target.zone, currentYear: year });
        if ('failed' in outcome) return { problem: outcome.failed };
        return { ...outcome, understood: understandBankFile(file) };
      },
    };
  },
  suggestColumns: suggestBankColumns,
  createValidator: ({ layout, decisions }) => createBankValidator({ layout, decisions: decisions as BankDecisions }),
  createKeyer: createBankKeyer,
  fingerprint: bankFingerprint,
  openLoad: openBankLoad,
  load: loadBankRows,
  summarise: summariseImport,
  possibleDuplicates: {
    planParts,
    openSearch: async (opening, target) => {
      const search = await openFlagSearch(opening, target);
      return async (tx, part, step) => flagPart(tx, { search, ...part, inTurns }, step);
    },
  },
  deleteUnedited: deleteUneditedRows,
  countRows: countImportedRows,
  amountOf: ({ amountMinor, currency }) => ({ minor: amountMinor, currency }),
  dayOf: ({ date }) => date,
  flipReversals: (decisions) => ({ ...(decisions as BankDecisions), flipReversals: true }),
  describe: ({ line, date, amountMinor, currency, payee, description }) => ({
    line: String(line),
    date,
    amount: formatMoney(money(amountMinor, currency)),
    payee,
    description,
  }),
};
