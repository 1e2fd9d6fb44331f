export { DataImportWorkflow } from './data-import';
export { importOptions, inspectOptions, parseOptions } from './activity-options';
