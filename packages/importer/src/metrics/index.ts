export { IMPORT_METRICS, type ImportMetrics, formatOf } from './catalogue';
export { observeImports } from './observe-imports';
