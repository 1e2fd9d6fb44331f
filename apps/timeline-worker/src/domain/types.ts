// The words of the timeline domain. This file imports nothing, so workflows and contracts may use it freely.

/** How the numbers of a source's Samvat dates are to be read, and from when its European dates are Gregorian. */
export interface CalendarOptions {
  samvatYear: 'kartikadi' | 'chaitradi' | 'ashadhadi';
  month: 'amanta' | 'purnimanta';
  gregorianFrom: '1582-10-15' | '1752-09-14';
}

/** The reading used when nobody says otherwise: Gujarat's Kartikadi year, amanta months, the papal reform. */
export const DEFAULT_CALENDAR: CalendarOptions = {
  samvatYear: 'kartikadi',
  month: 'amanta',
  gregorianFrom: '1582-10-15',
};

/** 1 = primary source, 2 = scholarly, 3 = everything else. */
export type Tier = 1 | 2 | 3;

/** The stored NFC text of a source. All offsets of the domain are UTF-16 code units of `text`. */
export interface SourceText {
  sourceId: string;
  title: string;
  tier: Tier;
  text: string;
  /** What the source does differently from the timeline's calendar options. */
  calendar?: Partial<CalendarOptions>;
}

/** A piece of a source: `text === source.text.slice(start, end)`. */
export interface Chunk {
  index: number;
  start: number;
  end: number;
  text: string;
}

/** What an extractor (a model or the rules) answers for a chunk. Nothing in it is believed before validation. */
export interface ModelEvent {
  title: string;
  summary: string;
  /** The date as the source writes it. */
  dateText: string;
  dateEdtf?: string;
  places: string[];
  people: string[];
  quotes: string[];
  /** 0 to 1. */
  confidence: number;
}

/** A model event with the chunk it came from; offsets are absolute in the source's text. */
export interface ExtractedEvent {
  event: ModelEvent;
  sourceId: string;
  chunkStart: number;
  chunkEnd: number;
}

/** A quote that is in its source: `source.text.slice(start, end) === quote`. */
export interface Citation {
  sourceId: string;
  start: number;
  end: number;
  quote: string;
}

export type OriginalCalendar = 'gregorian' | 'julian' | 'samvat' | 'shaka';

/** How fine a date is, from the finest to the coarsest. `range` is an interval or a set of dates. */
export type DatePrecision = 'day' | 'month' | 'season' | 'year' | 'decade' | 'century' | 'range';

/** Why a date needs a person's look. */
export type DateFlag =
  | 'CalendarMismatch'
  | 'adhikMonth'
  | 'adhikMonthNotFound'
  | 'kshayaMonth'
  | 'vanishedTithi'
  | 'outsideRange'
  | 'ambiguousDate'
  | 'dateFromModel'
  /** The year is in the quotes, the day or the month is not, or not in the same passage. */
  | 'dateBeyondQuote';

/** How a date came about, for the reader; needs nobody's look. */
export type DateNote =
  | 'computedFromSamvat'
  | 'computedFromShaka'
  | 'convertedFromJulian'
  | 'statedGregorian'
  | 'repeatedTithi';

/** A date in EDTF (level <= 2) with sort bounds: inclusive integer days since 1970-01-01, proleptic Gregorian. */
export interface NormalisedDate {
  edtf: string;
  sortMin: number;
  sortMax: number;
  originalText: string;
  originalCalendar: OriginalCalendar;
  flags: DateFlag[];
  notes: DateNote[];
  precision: DatePrecision;
  /** By which year and month a Samvat date was read, by which month a Shaka date. */
  reckoning?: Pick<CalendarOptions, 'month'> & Partial<Pick<CalendarOptions, 'samvatYear'>>;
}

/** Why an event as a whole needs a person's look; the flags of its date are in `date.flags`. */
export type EventFlag =
  | 'suspectedInjection'
  /** The title or the summary speaks to a machine. */
  | 'echoedInjection'
  | 'dateConflict'
  | 'possibleConflict'
  | 'uncited'
  /** A later run has brought something that whoever decided on the event has not seen. */
  | 'changedSinceDecision';

/** An event that passed validation, still of one source. */
export interface GroundedEvent {
  title: string;
  summary: string;
  date: NormalisedDate;
  places: string[];
  people: string[];
  /** At least one (none only for an imported event, which carries `uncited`). */
  citations: Citation[];
  sourceId: string;
  tier: Tier;
  confidence: number;
  flags: EventFlag[];
}

/**
 * What a source says of an event, as a run has found it. It is kept as it is; an event is what its claims, of all runs,
 * come to when they are folded together.
 */
export interface Claim extends GroundedEvent {
  /** The text that the offsets of its citations refer to; null when none is stored. */
  textSha256: string | null;
}

export type RejectionCode =
  | 'UngroundedQuote'
  | 'QuoteTooShort'
  | 'QuoteTooLong'
  | 'DateNotSupported'
  | 'InvalidDate'
  | 'FutureDate'
  | 'UnknownSource'
  | 'EmptyTitle'
  /** The run has as many events as it may have; this one came later. */
  | 'EventLimit';

/** An event that was not believed, and why. */
export interface RejectedEvent {
  code: RejectionCode;
  title: string;
  sourceId: string;
}

/** A date that the event's sources also give and that cannot be true together with the chosen one. */
export interface DateConflict {
  date: NormalisedDate;
  citations: Citation[];
}

/** An event of the timeline: one or more grounded events that say the same. */
export interface TimelineEvent {
  eventId: string;
  title: string;
  summary: string;
  date: NormalisedDate;
  places: string[];
  people: string[];
  citations: Citation[];
  /** The best tier among its sources. */
  tier: Tier;
  confidence: number;
  flags: EventFlag[];
  conflicts: DateConflict[];
  /** eventIds of events that say nearly the same within 31 days. */
  possibleConflictWith: string[];
}

export type EventStatus = 'published' | 'needs_review' | 'rejected';

/** Fields that people may edit and so lock. */
export type EditableField = 'title' | 'summary' | 'date' | 'places' | 'people';

/** An event as the database holds it. */
export interface StoredEvent extends TimelineEvent {
  status: EventStatus;
  lockedFields: EditableField[];
}
