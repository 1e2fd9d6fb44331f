import { userFailure } from '@backend/shared/failures';
import type { Queryable } from '@backend/shared/pg';
import { FAILURES, type TimelineExport } from '../contract';
import { toHtml } from '../domain/export/html';
import type { ExportInput } from '../domain/export/model';
import { toTimelineJs } from '../domain/export/timelinejs';
import { findTimeline, listEvents, listSources } from '../repositories';
import type { Deps } from './deps';

/**
 * Writes the files that people look at, from the whole timeline as it is now: TimelineJS JSON and one self-contained page.
 * The same timeline makes the same blobs. Fails with `TimelineNotFound`.
 */
export async function exportTimeline(deps: Deps, { timelineId }: { timelineId: string }): Promise<TimelineExport> {
  const input = await deps.scope(timelineId, async (tx) => readExport(tx, new Date().toISOString().slice(0, 10)));
  if (!input) throw userFailure(FAILURES.TimelineNotFound, `There is no timeline ${timelineId}.`);
  return {
    timelineJs: await deps.blobs.put(JSON.stringify(toTimelineJs(input), null, 1)),
    html: await deps.blobs.put(toHtml(input)),
  };
}

/** What every output is made from; undefined when there is no such timeline. `generatedOn`: `YYYY-MM-DD`. */
export async function readExport(tx: Queryable, generatedOn: string): Promise<ExportInput | undefined> {
  const timeline = await findTimeline(tx);
  if (!timeline) return undefined;
  const events = await listEvents(tx, { statuses: ['published', 'needs_review'] });
  const cited = new Set(events.flatMap(({ citations }) => citations.map(({ sourceId }) => sourceId)));
  const sources = (await listSources(tx)).filter(({ sourceId }) => cited.has(sourceId));
  return {
    timelineId: timeline.timelineId,
    topic: timeline.topic,
    extractor: [...new Set(events.map(({ extractor }) => extractor))].toSorted().join(', ') || 'nobody',
    generatedOn,
    events,
    sources: sources.map(({ sourceId, title, tier, uri }) => ({
      sourceId,
      title,
      tier,
      ...(uri === null ? {} : { uri }),
    })),
  };
}
