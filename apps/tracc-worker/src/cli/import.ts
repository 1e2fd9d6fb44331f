import { type ImportOptions, addImportCommands as addCommands } from '@backend/importer/cli';
import { BANK_ROLES } from '@backend/importer/records';
import { UsageError } from '@backend/shared/cli';
import type { Command } from 'commander';
import { TENANT } from '../contract';
import { addDuplicatesCommand } from './import-duplicates';
import { withSession } from './session';
import { startWorkflow } from './start';

interface TraccImportOptions extends ImportOptions {
  readonly user?: string;
  readonly account?: string;
}

/** `tracc import FILE` and its sub-commands: those of both tenants, and `duplicates`. */
export function addImportCommands(program: Command): void {
  addCommands<TraccImportOptions>(program, {
    tenant: TENANT,
    description: "bring a bank's file into an account",
    ownerOption: ['--user <id>', 'whose account; TRACC_USER by default'],
    targetOption: ['--account <id>', 'the account of the file'],
    targetTitle: 'account',
    targetFilter: { option: ['--account <id>', 'only those into this account'], of: ({ account }) => account },
    exampleOptions: '--account checking',
    exampleProfile: '{"dateFormat":"DD.MM.YYYY","decimal":","}',
    duplicatesCall: (importId) => `tracc import duplicates ${importId}`,
    exampleColumn: 'date=Buchungstag',
    formats: ['csv', 'tsv', 'xlsx', 'json', 'ndjson', 'ofx', 'qfx', 'qif', 'mt940', 'camt053'],
    roles: Object.keys(BANK_ROLES.roles),
    withSession: async (options, work) =>
      withSession(options, async (session) =>
        work({
          ...session,
          ownerId: session.userId,
          start: async (type, start) => startWorkflow(session, type, { ...start, onEnded: 'reject' }),
        }),
      ),
    targetOf: ({ account }) => {
      if (!account) throw new UsageError('--account is missing: the account of the file');
      return account;
    },
  });
  addDuplicatesCommand(program.commands.find((command) => command.name() === 'import')!);
}
