import { writeFile } from 'node:fs/promises';
import { CliFailure, isJson, printJson } from '@backend/shared/cli';
import { type Command, Option } from 'commander';
import { readExport } from '../activities/export-timeline';
import { toCsv } from '../domain/export/csv';
import { toHtml } from '../domain/export/html/page';
import { type ExportInput, shownEvents } from '../domain/export/model';
import { toTimelineJs } from '../domain/export/timelinejs';
import { withSession } from './session';

const FORMATS: Readonly<Record<string, (input: ExportInput) => string>> = {
  timelinejs: (input) => `${JSON.stringify(toTimelineJs(input), null, 2)}\n`,
  html: toHtml,
  json: (input) => `${JSON.stringify({ ...input, events: shownEvents(input) }, null, 2)}\n`,
  csv: toCsv,
};

/** `timeline export` */
export function addExportCommand(program: Command): void {
  program
    .command('export')
    .description('write a timeline as a file: everything but rejected events')
    .option('--timeline <id>', 'which timeline; TIMELINE_ID by default')
    .addOption(new Option('--format <format>', 'what to write').choices(Object.keys(FORMATS)).makeOptionMandatory())
    .option('--out <file>', 'where to; standard output by default')
    .addHelpText('after', '\nExample:\n  timeline export --format html --timeline swaminarayan --out timeline.html')
    .action(async (options: { timeline?: string; format: string; out?: string }, command: Command) =>
      withSession(options, async (session) => {
        const timelineId = session.timelineId();
        const input = await session.scope(timelineId, async (tx) =>
          readExport(tx, new Date().toISOString().slice(0, 10)),
        );
        if (!input) throw new CliFailure(`there is no timeline ${timelineId}`);
        const content = FORMATS[options.format]!(input);
        if (options.out === undefined) return void process.stdout.write(content);
        await writeFile(options.out, content).catch((error: NodeJS.ErrnoException) => {
          throw new CliFailure(`the file ${options.out} cannot be written (${error.code})`);
        });
        const summary = { timelineId, format: options.format, events: input.events.length, file: options.out };
        if (isJson(command)) printJson(summary);
        else process.stdout.write(`${summary.events} events in ${summary.file}\n`);
      }),
    );
}
