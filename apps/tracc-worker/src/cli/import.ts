import { type ImportOptions, addImportCommands as addCommands } from '@backend/importer/cli';
import { UsageError } from '@backend/shared/cli';
import type { Command } from 'commander';
import { TENANT } from '../contract';
import { withSession } from './session';
import { startWorkflow } from './start';

interface TraccImportOptions extends ImportOptions {
  readonly user?: string;
  readonly account?: string;
}

/** `tracc import FILE`, `tracc import list|answer|rejects` */
export function addImportCommands(program: Command): void {
  addCommands<TraccImportOptions>(program, {
    tenant: TENANT,
    description: "bring a bank's file into an account",
    ownerOption: ['--user <id>', 'whose account; TRACC_USER by default'],
    targetOption: ['--account <id>', 'the account of the file'],
    targetTitle: 'account',
    exampleOptions: '--account checking',
    exampleProfile: '{"dateFormat":"DD.MM.YYYY","decimal":","}',
    withSession: async (options, work) =>
      withSession(options, async (session) =>
        work({
          ...session,
          ownerId: session.userId,
          start: async (type, start) => startWorkflow(session, type, start),
        }),
      ),
    targetOf: ({ account }) => {
      if (!account) throw new UsageError('--account is missing: the account of the file');
      return account;
    },
  });
}
