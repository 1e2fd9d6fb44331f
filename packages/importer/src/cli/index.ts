export { type ImportCli, type ImportOptions, type ImportSession, addImportCommands } from './import-commands';
