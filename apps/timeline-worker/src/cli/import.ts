import { type ImportOptions, addImportCommands as addCommands } from '@backend/importer/cli';
import type { Command } from 'commander';
import { TENANT } from '../contract';
import { EVENT_ROLES } from '../importing';
import { withSession } from './session';
import { startWorkflow } from './start';

interface TimelineImportOptions extends ImportOptions {
  readonly timeline?: string;
}

/** `timeline import FILE` and its sub-commands, which both tenants have. */
export function addImportCommands(program: Command): void {
  addCommands<TimelineImportOptions>(program, {
    tenant: TENANT,
    description: 'bring a file of events into a timeline',
    ownerOption: ['--timeline <id>', 'which timeline; TIMELINE_ID by default'],
    exampleOptions: '--timeline swaminarayan',
    exampleProfile: '{"columns":{"date":"Year","title":"Entry"}}',
    duplicatesCall: () => 'timeline review list',
    exampleColumn: 'date=Year',
    formats: ['csv', 'tsv', 'xlsx', 'json', 'ndjson'],
    roles: Object.keys(EVENT_ROLES.roles),
    withSession: async (options, work) =>
      withSession(options, async (session) =>
        work({
          ...session,
          ownerId: session.timelineId(),
          start: async (type, start) =>
            startWorkflow(session, type, { ...start, timelineId: session.timelineId(), onEnded: 'reject' }),
        }),
      ),
    // The timeline is owner and target in one.
    targetOf: (_options, { ownerId }) => ownerId,
  });
}
