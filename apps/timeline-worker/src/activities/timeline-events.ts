import type { ImportTenant } from '@backend/importer/activities';
import { createDateCollector, dateOrderOfFormat, decideDateOrder } from '@backend/importer/inference';
import { edtfDay } from '../domain/dates/day-number';
import { statusOf } from '../domain/match-existing';
import type { EventFlag } from '../domain/types';
import {
  EVENT_ROLES,
  type EventDecisions,
  type EventRecord,
  createEventValidator,
  eventKey,
  hasOpenOrder,
  importedEventId,
  importedSourceId,
} from '../importing';
import {
  type ImportedEvent,
  findTimeline,
  loadImportedEvents,
  lockTimeline,
  summariseImportedEvents,
  touchTimeline,
} from '../repositories';

/** What a record is in timeline: an event of the timeline itself, which is user and account in one. */
export const timelineEvents: ImportTenant<EventRecord, ImportedEvent[]> = {
  targetName: 'timeline',
  catalogue: EVENT_ROLES,
  formats: ['csv', 'tsv', 'ndjson', 'json', 'xlsx'],
  async findTarget(tx, timelineId) {
    const timeline = await findTimeline(tx);
    return timeline?.timelineId === timelineId ? { id: timelineId } : undefined;
  },
  collectEvidence({ layout, profile }) {
    const column = layout.roles['date']!;
    const collector = createDateCollector();
    return {
      feed({ problem, columnCountOk, fields, line }) {
        const text = fields[column] ?? '';
        if (!problem && columnCountOk && hasOpenOrder(text)) collector.feed(text, line);
      },
      finish() {
        const stated = profile.dateFormat === undefined ? undefined : dateOrderOfFormat(profile.dateFormat);
        const seen = decideDateOrder(collector.evidence());
        // Where neither file nor profile tells, nobody is asked: an ambiguous date has both readings and goes to review.
        const dateOrder = stated ?? ('decided' in seen ? seen.decided : undefined);
        const today = new Date().toISOString().slice(0, 10);
        const decisions: EventDecisions = {
          today,
          ...(dateOrder === 'DMY' || dateOrder === 'MDY' ? { dateOrder } : {}),
        };
        return { decisions };
      },
    };
  },
  createValidator: ({ layout, decisions }) => createEventValidator({ layout, decisions: decisions as EventDecisions }),
  createKeyer: (timelineId) => (record) => eventKey(timelineId, record),
  openLoad: async (_tx, { targetId }) => ({
    pack: (rows) => rows.map(({ row, key }) => toImported(targetId, row, key)),
  }),
  async load(tx, { importId, packs }) {
    // A generation that matched against the timeline as it was has to match again.
    await lockTimeline(tx);
    const imported = await loadImportedEvents(tx, { importId, events: packs.flat() });
    if (imported > 0) await touchTimeline(tx);
    return { imported, by: 'insert' };
  },
  async summarise(tx, importId) {
    const { firstDay, lastDay, possibleDuplicates } = await summariseImportedEvents(tx, importId);
    return {
      byCurrency: {},
      dateFrom: firstDay === null ? null : edtfDay(firstDay),
      dateTo: lastDay === null ? null : edtfDay(lastDay),
      possibleDuplicates,
    };
  },
  describe: (record) => ({
    line: String(record.line),
    date: record.date.edtf,
    'as written': record.date.originalText,
    title: record.title,
    source: record.citation?.sourceTitle ?? '',
    review: [...eventFlags(record), ...record.date.flags].join(', '),
  }),
};

/** A person has put the event into the file: nothing about it is a guess. */
const CONFIDENCE = 1;

function toImported(timelineId: string, record: EventRecord, key: string): ImportedEvent {
  const { line, date, title, summary, places, people, category, citation } = record;
  const flags = eventFlags(record);
  return {
    eventId: importedEventId(timelineId, record),
    twinId: importedEventId(timelineId, { date, title }),
    key,
    line,
    title,
    summary,
    date,
    places,
    people,
    category,
    // What is known of a source that is only named is that it is neither of the better two.
    tier: 3,
    confidence: CONFIDENCE,
    flags,
    status: statusOf({ event: { flags, confidence: CONFIDENCE, date }, review: 'none', minConfidence: 0 }),
    citation: citation ? { ...citation, sourceId: importedSourceId(citation) } : null,
  };
}

function eventFlags({ citation }: Pick<EventRecord, 'citation'>): EventFlag[] {
  return citation ? [] : ['uncited'];
}
