import { addWorkerCommands, newProgram, runCommand } from '@backend/shared/cli';
import { FILES, MIGRATIONS, loadConfig } from '../config';
import { runWorker } from '../main';
import { addExportCommand } from './export';
import { addGenerateCommands } from './generation/generate-commands';
import { addImportCommands } from './import';
import { addReviewCommands } from './review';
import { addSeedCommand } from './seed';
import { describeError } from './session';

const program = newProgram('timeline', 'Historical timelines from sources and files on Temporal').addHelpText(
  'after',
  '\nExamples:\n  timeline generate examples/timeline/sources.yaml --watch\n  timeline review list --timeline swaminarayan\n  timeline export --format html --timeline swaminarayan --out timeline.html',
);

const db = addWorkerCommands(program, {
  start: async () => runWorker(loadConfig()),
  probeUrl: () => {
    const { env } = loadConfig();
    return `http://${env.PROBE_HOST}:${env.PROBE_PORT}/readyz`;
  },
  ownerUrl: () => loadConfig().env.DATABASE_OWNER_URL,
  migrations: MIGRATIONS,
});
addSeedCommand(db, FILES.sample);
addGenerateCommands(program);
addImportCommands(program);
addExportCommand(program);
addReviewCommands(program);

void runCommand(program, process.argv.slice(2), describeError).then((exitCode) => {
  process.exitCode = exitCode;
});
