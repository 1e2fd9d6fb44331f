import type { Client } from '@temporalio/client';
import type { ImportMetrics } from './catalogue';

const OPEN = `WorkflowType = 'DataImportWorkflow' AND ExecutionStatus = 'Running'`;
const HOUR_MS = 3_600_000;
/** Ages of an import, the oldest first: the server lists the newest first, so the oldest is looked for where few are. */
const AGES_MS = [720 * HOUR_MS, 168 * HOUR_MS, 24 * HOUR_MS, 6 * HOUR_MS, HOUR_MS, 0];
const LOOKED_AT = 100;

/**
 * Reads from visibility how many imports are open and since when the oldest is: at most seven calls, each of a page at most.
 * Where more than 100 imports have about the age of the oldest, its start is that of one of them.
 */
export async function observeImports(client: Client, metrics: ImportMetrics): Promise<void> {
  const { count } = await client.workflow.count(OPEN);
  metrics.importsOpen.set(count);
  metrics.importOldestOpen.set(count === 0 ? 0 : await oldestStart(client));
}

/** Seconds since 1970; 0 when all have ended meanwhile. */
async function oldestStart(client: Client): Promise<number> {
  const now = Date.now();
  for (const ageMs of AGES_MS) {
    const before = new Date(now - ageMs).toISOString();
    let oldestMs = Infinity;
    let seen = 0;
    for await (const { startTime } of client.workflow.list({
      query: `${OPEN} AND StartTime <= '${before}'`,
      pageSize: LOOKED_AT,
    })) {
      oldestMs = Math.min(oldestMs, startTime.getTime());
      seen += 1;
      if (seen === LOOKED_AT) break;
    }
    if (seen > 0) return oldestMs / 1000;
  }
  return 0;
}
