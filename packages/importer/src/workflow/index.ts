export { DataImportWorkflow } from './data-import';
export { RevertImportWorkflow } from './revert-import';
export { importOptions, inspectOptions, parseOptions, revertOptions } from './activity-options';
