import type { ImportTenant } from '@backend/importer/activities';
import type { ImportProof } from '@backend/importer/contract';
import { createDateCollector, dateOrderOfFormat, decideDateOrder } from '@backend/importer/inference';
import { cutText } from '@backend/importer/reading';
import { TENANT } from '../contract';
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
  suggestEventColumns,
  understandEvents,
} from '../importing';
import {
  type ImportedEvent,
  countImportedEvents,
  deleteUneditedEvents,
  findTimeline,
  loadImportedEvents,
  lockTimeline,
  summariseImportedEvents,
  touchTimeline,
} from '../repositories';

/** What a record is in timeline: an event of the timeline itself, which is user and account in one. */
export const timelineEvents: ImportTenant<EventRecord, ImportedEvent[]> = {
  name: TENANT,
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
    let firstDate: ImportProof | undefined;
    return {
      feed({ problem, columnCountOk, fields, line }) {
        const text = fields[column] ?? '';
        if (problem || !columnCountOk) return;
        if (!firstDate && text.trim() !== '') firstDate = { line, value: cutText(text.trim(), 60) };
        if (hasOpenOrder(text)) collector.feed(text, line);
      },
      finish() {
        const stated = profile.dateFormat === undefined ? undefined : dateOrderOfFormat(profile.dateFormat);
        const evidence = collector.evidence();
        const seen = decideDateOrder(evidence);
        // Where neither file nor profile tells, nobody is asked: an ambiguous date has both readings and goes to review.
        const dateOrder = stated ?? ('decided' in seen ? seen.decided : undefined);
        const today = new Date().toISOString().slice(0, 10);
        const decisions: EventDecisions = {
          today,
          ...(dateOrder === 'DMY' || dateOrder === 'MDY' ? { dateOrder } : {}),
        };
        return { decisions, understood: understandEvents({ layout, evidence, firstDate, profile }) };
      },
    };
  },
  suggestColumns: suggestEventColumns,
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
  async deleteUnedited(tx, chunk) {
    await lockTimeline(tx);
    const deleted = await deleteUneditedEvents(tx, chunk);
    if (deleted.deleted > 0) await touchTimeline(tx);
    return deleted;
  },
  countRows: countImportedEvents,
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
