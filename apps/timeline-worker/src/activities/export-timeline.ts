import { userFailure } from '@backend/shared/failures';
import type { Queryable } from '@backend/shared/pg';
import { FAILURES, type TimelineExport } from '../contract';
import { toHtml } from '../domain/export/html/page';
import type { ExportCitation, ExportInput } from '../domain/export/model';
import { contextOf } from '../domain/export/quote-context';
import { toTimelineJs } from '../domain/export/timelinejs';
import type { Citation } from '../domain/types';
import { type EventRow, findTimeline, listCitedTexts, listEvents, listSources, readText } from '../repositories';
import type { Deps } from './deps';

/**
 * Writes the files that people look at, from the whole timeline as it is now: TimelineJS JSON and one self-contained page.
 * The same timeline makes the same blobs on the same day, which the page names. Fails with `TimelineNotFound`.
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
  const inContext = await citationsInContext(tx, events);
  const cited = new Set(events.flatMap(({ citations }) => citations.map(({ sourceId }) => sourceId)));
  const sources = (await listSources(tx)).filter(({ sourceId }) => cited.has(sourceId));
  return {
    timelineId: timeline.timelineId,
    topic: timeline.topic,
    extractor: [...new Set(events.map(({ extractor }) => extractor))].toSorted().join(', ') || 'nobody',
    generatedOn,
    events: events.map((event) => ({
      ...event,
      citations: event.citations.map(inContext),
      conflicts: event.conflicts.map(({ date, citations }) => ({ date, citations: citations.map(inContext) })),
    })),
    sources: sources.map(({ sourceId, title, tier, uri }) => ({
      sourceId,
      title,
      tier,
      ...(uri === null ? {} : { uri }),
    })),
  };
}

/** What finds the words around the quotes of these events. Reads one text at a time: together they may be larger than the worker. */
export async function citationsInContext(
  tx: Queryable,
  events: readonly EventRow[],
): Promise<(citation: Citation) => ExportCitation> {
  const bySource = new Map<string, Citation[]>();
  for (const { citations, conflicts } of events) {
    for (const citation of [...citations, ...conflicts.flatMap((other) => other.citations)]) {
      const known = bySource.get(citation.sourceId);
      if (known) known.push(citation);
      else bySource.set(citation.sourceId, [citation]);
    }
  }
  const found = new Map<string, ExportCitation>();
  for (const { sourceId, sha256 } of await listCitedTexts(tx)) {
    const text = await readText(tx, sha256);
    for (const citation of bySource.get(sourceId) ?? []) {
      const context = text !== undefined && !found.has(keyOf(citation)) && contextOf(text, citation);
      if (context) found.set(keyOf(citation), { ...citation, ...context, textSha256: sha256 });
    }
  }
  return (citation) => found.get(keyOf(citation)) ?? { ...citation, before: '', after: '', textSha256: null };
}

/** The quote is a part of it: a source that changed has other words at the same place. */
function keyOf({ sourceId, start, end, quote }: Citation): string {
  return JSON.stringify([sourceId, start, end, quote]);
}
