import { DEFAULT_IMPORT_LIMITS, type ImportActivities, createImportActivities } from '@backend/importer/activities';
import { aiExtractEvents } from './ai-extract-events';
import { decideEvent } from './decide-event';
import type { Deps } from './deps';
import { exportTimeline } from './export-timeline';
import { fetchHistoricalSources } from './fetch-historical-sources';
import { finishGeneration } from './finish-generation';
import { storeTimelineEvents } from './store-timeline-events';
import { timelineEvents } from './timeline-events';
import { validateTimelineEvents } from './validate-timeline-events';

export type { ExtractionSlice } from './ai-extract-events';
export type { Deps } from './deps';

type Input<F> = F extends (deps: Deps, input: infer I) => unknown ? I : never;

/** The activities that a timeline worker runs, bound to what they need. */
export function createActivities(deps: Deps) {
  return {
    ...createImportActivities({ ...deps, tenant: timelineEvents, limits: deps.importLimits ?? DEFAULT_IMPORT_LIMITS }),
    fetchHistoricalSources: async (input: Input<typeof fetchHistoricalSources>) => fetchHistoricalSources(deps, input),
    aiExtractEvents: async (input: Input<typeof aiExtractEvents>) => aiExtractEvents(deps, input),
    validateTimelineEvents: async (input: Input<typeof validateTimelineEvents>) => validateTimelineEvents(deps, input),
    storeTimelineEvents: async (input: Input<typeof storeTimelineEvents>) => storeTimelineEvents(deps, input),
    exportTimeline: async (input: Input<typeof exportTimeline>) => exportTimeline(deps, input),
    finishGeneration: async (input: Input<typeof finishGeneration>) => finishGeneration(deps, input),
    decideEvent: async (input: Input<typeof decideEvent>) => decideEvent(deps, input),
  };
}

export type Activities = ReturnType<typeof createActivities>;
/** Those that are not the importer's. */
export type OwnActivities = Omit<Activities, keyof ImportActivities>;
