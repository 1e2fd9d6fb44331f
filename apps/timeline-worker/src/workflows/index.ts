// Exactly what the bundle exposes: the workflow types of timeline.
export { AITimelineGenerationWorkflow } from './ai-timeline-generation';
export { DataImportWorkflow, RevertImportWorkflow } from './data-import';
