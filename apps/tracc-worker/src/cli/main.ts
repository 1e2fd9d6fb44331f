import { addWorkerCommands, newProgram, runCommand } from '@backend/shared/cli';
import { FILES, MIGRATIONS, loadConfig } from '../config';
import { runWorker } from '../main';
import { addBudgetCommands } from './budget';
import { addImportCommands } from './import';
import { addRecurringCommands } from './recurring';
import { addSeedCommand } from './seed';
import { describeError } from './session';

const program = newProgram('tracc', 'Budgets, recurring transactions and bank imports on Temporal').addHelpText(
  'after',
  '\nExamples:\n  tracc budget report 2025-11 --open\n  tracc recurring show rent\n  tracc import bank.csv --account checking --watch',
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
addSeedCommand(db, FILES.household);
addBudgetCommands(program);
addRecurringCommands(program);
addImportCommands(program);

void runCommand(program, process.argv.slice(2), describeError).then((exitCode) => {
  process.exitCode = exitCode;
});
