import type { Summaries } from '@backend/shared/workflow';
import type { ImportActivities } from '../activities';

/** What the Temporal UI says of each activity of an import. */
export const SUMMARIES: Summaries<ImportActivities> = {
  inspectImportFile: ({ mode = 'commit' }) => `Check type, size and hash of the file (${mode})`,
  parseImportFile: ({ profile }) =>
    profile ? 'Read the layout, as stated' : 'Find out the layout from all of the file',
  validateBatch: ({ slice = 0 }) => `Validate batches of 100 rows, slice ${slice + 1}`,
  importToDatabase: ({ slice = 0 }) => `Load rows in chunks, slice ${slice + 1}`,
  finishImport: ({ outcome }) => `Sum up the import (${outcome})`,
  holdImport: ({ hold }) => (hold ? 'Stop after the chunk in hand' : 'Let work go on'),
  failImport: () => 'Record that the import failed',
  revertImport: ({ importId }) => `Delete the rows of import ${importId} that nobody edited`,
};
