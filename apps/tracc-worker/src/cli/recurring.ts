import type { Command } from 'commander';
import { addListCommand } from './recurring/list';
import { addOrderCommands } from './recurring/orders';
import { addShowCommands } from './recurring/show';
import { addTemplateCommands } from './recurring/template';

/** `tracc recurring …` */
export function addRecurringCommands(program: Command): void {
  const recurring = program.command('recurring').description('transactions that repeat');
  addTemplateCommands(recurring);
  addListCommand(recurring);
  addShowCommands(recurring);
  addOrderCommands(recurring);
}
