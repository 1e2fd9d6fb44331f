import type { Command } from 'commander';
import {
  type NamespaceNeeds,
  type TemporalSettings,
  connectClient,
  describeTemporalError,
  reachServer,
  setUpNamespace,
} from '../temporal';
import { printJson } from './output';
import { waitForServer, waitOption } from './wait-option';
import { isJson } from './worker-commands';

/** What the set-up of a tenant's namespace needs to know. */
export interface TemporalSetup {
  readonly temporal: TemporalSettings;
  readonly needs: Omit<NamespaceNeeds, 'namespace'>;
}

/** `temporal setup`: what an operator runs once for a server, and again after an upgrade. */
export function addTemporalCommand(program: Command, tenant: () => TemporalSetup): void {
  program
    .command('temporal')
    .description('what this tenant needs of the Temporal server')
    .command('setup')
    .description('make the namespace with its retention and search attributes, where they are missing')
    .addOption(waitOption('the Temporal server'))
    .addHelpText('after', `\nExample:\n  ${program.name()} temporal setup`)
    .action(async ({ wait }: { wait: number }, command: Command) => {
      const { temporal, needs } = tenant();
      const { namespace } = temporal;
      await waitForServer(async (boundMs) => reachServer(temporal, boundMs), {
        waitS: wait,
        describe: (error) => describeTemporalError(error, temporal),
      });
      const { client, close } = await connectClient(temporal);
      try {
        const changes = await setUpNamespace(client.connection, { ...needs, namespace });
        if (isJson(command)) return printJson({ namespace, ...changes });
        const { made, retentionRaisedFrom, registered } = changes;
        const done = [
          ...(made
            ? [`made the namespace ${namespace}, which keeps ended workflows for ${needs.retentionDays} days`]
            : []),
          ...(retentionRaisedFrom === undefined
            ? []
            : [`raised the retention of ${namespace} from ${retentionRaisedFrom} to ${needs.retentionDays} days`]),
          ...(registered.length > 0 ? [`registered the search attributes ${registered.join(', ')}`] : []),
        ];
        process.stdout.write(`${done.length > 0 ? done.join('\n') : `the namespace ${namespace} has all it needs`}\n`);
      } finally {
        await close();
      }
    });
}
