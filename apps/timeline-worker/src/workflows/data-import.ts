// The pipeline is the same for both tenants; what a record is comes with the activities.
export { DataImportWorkflow, RevertImportWorkflow } from '@backend/importer/workflow';
