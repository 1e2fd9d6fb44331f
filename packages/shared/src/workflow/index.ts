export { type Summaries, summarized } from './summaries';
export { statusAttribute } from './status-attribute';
export { versioned } from './versioning';
export { until } from './until';
