import { isJson, printJson } from '@backend/shared/cli';
import type { Command } from 'commander';
import { upsertTimeline } from '../repositories';
import { readSourceList } from './source-list';
import { withSession } from './session';

/** `timeline db seed [FILE]`: the timeline that a list of sources names, without events; a second run adds nothing. */
export function addSeedCommand(db: Command, sample: string): void {
  db.command('seed [file]')
    .description(
      'add the timeline that a list of sources names, so that files can be imported into it; the sample one by default',
    )
    .addHelpText('after', '\nExample:\n  timeline db seed')
    .action(async (file: string | undefined, _options: unknown, command: Command) => {
      const { timelineId, topic } = await readSourceList(file ?? sample);
      await withSession({ timeline: timelineId }, async (session) =>
        session.scope(timelineId, async (tx) => upsertTimeline(tx, topic)),
      );
      if (isJson(command)) printJson({ timelineId, topic });
      else process.stdout.write(`${timelineId}: ${topic}\n`);
    });
}
