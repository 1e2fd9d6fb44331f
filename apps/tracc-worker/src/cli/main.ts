import { addTenantCommands, newProgram, runCommand } from '@backend/shared/cli';
import { FILES, MIGRATIONS, NAMESPACE_NEEDS, loadConfig, loadEnv } from '../config';
import { runWorker } from '../main';
import { describeError } from './session';

const program = newProgram('tracc', 'Budgets, recurring transactions and bank imports on Temporal').addHelpText(
  'after',
  '\nExamples:\n  tracc budget report 2025-11 --open\n  tracc recurring show rent\n  tracc import bank.csv --account checking --watch',
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
  const [{ addSeedCommand }, { addBudgetCommands }, { addRecurringCommands }, { addImportCommands }] =
    await Promise.all([import('./seed.js'), import('./budget.js'), import('./recurring.js'), import('./import.js')]);
  addSeedCommand(db, FILES.household);
  addBudgetCommands(program);
  addRecurringCommands(program);
  addImportCommands(program);
}
