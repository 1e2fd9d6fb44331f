import { condition } from '@temporalio/workflow';

/**
 * Waits until something holds, and does nothing where it does already, as it mostly will: the SDK's `condition` makes some ten
 * promises even then, and notes the stack of each.
 */
export async function until(wanted: () => boolean): Promise<void> {
  if (!wanted()) await condition(wanted);
}
