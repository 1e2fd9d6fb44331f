import { createHash } from 'node:crypto';
import { externalKey } from '@backend/importer/records';
import { eventIdOf, normaliseTitle, uuidV5 } from '../domain/similarity';
import type { EventRecord, ImportedCitation } from './event-record';

type Identity = Pick<EventRecord, 'externalId' | 'title'> & { readonly date: { readonly edtf: string } };

/** The key under which an event can be in a timeline only once (data-import 20): its external id, else date and title. 32 hexadecimal digits. */
export function eventKey(timelineId: string, { externalId, date, title }: Identity): string {
  return externalId === undefined
    ? externalKey(['event', timelineId, date.edtf, normaliseTitle(title)])
    : externalKey(['id', timelineId, externalId]);
}

/** The namespace of the ids of events that a file names by an id of its own. */
const EXTERNAL_NAMESPACE = '0c3b7a5e-5d1f-5c86-8f57-6a1de2b94d03';

/**
 * The id of an imported event: what a generated event of this date and title would have, so that the two are one. An event
 * with an external id is a different one from all without it, and has an id by that.
 */
export function importedEventId(timelineId: string, { externalId, date, title }: Identity): string {
  return externalId === undefined
    ? eventIdOf({ timelineId, edtf: date.edtf, title })
    : uuidV5({ namespace: EXTERNAL_NAMESPACE, name: JSON.stringify([timelineId, externalId]) });
}

/** The id of a source that files name: the same title and address are the same source, in whichever file. */
export function importedSourceId({
  sourceTitle,
  sourceUrl,
}: Pick<ImportedCitation, 'sourceTitle' | 'sourceUrl'>): string {
  return `import-${createHash('sha256')
    .update(JSON.stringify([sourceTitle, sourceUrl]))
    .digest('hex')
    .slice(0, 16)}`;
}
