export { CliFailure, UsageError, newProgram, runCommand } from './run-command';
export { type ProgressBar, createProgressBar } from './progress';
export { printJson, printTable, terminal } from './output';
export { fitTable } from './fit-table';
export { displayWidth, fitText, padText, printable, wrapText } from './text';
export { workflowLink } from './link';
export { followWorkflow } from './follow';
export { failureWaitedOn, heartbeatNumber } from './pending';
export { type WorkerCommands, addWorkerCommands, isJson } from './worker-commands';
