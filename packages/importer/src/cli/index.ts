export { type ImportCli, addImportCommands } from './import-commands';
export type { ImportOptions, ImportSession } from './session';
