import { addTenantCommands, newProgram, runCommand } from '@backend/shared/cli';
import { FILES, MIGRATIONS, NAMESPACE_NEEDS, loadConfig, loadEnv } from '../config';
import { runWorker } from '../main';
import { describeError } from './session';

const program = newProgram('timeline', 'Historical timelines from sources and files on Temporal').addHelpText(
  'after',
  '\nExamples:\n  timeline generate examples/timeline/sources.yaml --watch\n  timeline review list --timeline swaminarayan\n  timeline export --format html --timeline swaminarayan --out timeline.html',
);

const db = addTenantCommands(program, {
  loadEnv,
  loadConfig,
  runWorker,
  migrations: MIGRATIONS,
  needs: NAMESPACE_NEEDS,
});

void run(process.argv.slice(2)).then((exitCode) => {
  process.exitCode = exitCode;
});

async function run(argv: readonly string[]): Promise<number> {
  // A worker starts without what the other commands load.
  if (argv[0] !== 'worker') await addOtherCommands();
  return runCommand(program, argv, describeError, () => loadConfig().secrets);
}

async function addOtherCommands(): Promise<void> {
  const [
    { addSeedCommand },
    { addGenerateCommands },
    { addImportCommands },
    { addExportCommand },
    { addReviewCommands },
  ] = await Promise.all([
    import('./seed.js'),
    import('./generation/generate-commands.js'),
    import('./import.js'),
    import('./export.js'),
    import('./review.js'),
  ]);
  addSeedCommand(db, FILES.sample);
  addGenerateCommands(program);
  addImportCommands(program);
  addExportCommand(program);
  addReviewCommands(program);
}
