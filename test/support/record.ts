import path from 'node:path';
import { type Run, recordHistory } from '@backend/shared/testing';

/** The folder below which the histories of all that the workflow tests start are kept. */
const RECORD_VARIABLE = 'RECORD_HISTORIES';

/** Keeps the runs of a tenant's tests, when they are to be kept (`npm run histories`). */
export function recorder(tenant: string): ((run: Run) => Promise<void>) | undefined {
  const folder = process.env[RECORD_VARIABLE];
  if (!folder) return undefined;
  return async (run) =>
    recordHistory(path.join(folder, tenant), { ...run, test: expect.getState().currentTestName ?? 'unnamed' });
}
