import { edtfBounds } from '../../dates/edtf';
import { type ExportEvent, placeOf } from '../model';
import type { PlotMark } from './geometry';

/** How an event's date is drawn: on the axis, beside the event, in the legend. */
export interface Mark extends PlotMark {
  /** Classes of the style sheet: what the date is not sure of is seen in its form. */
  classes: string[];
  /** Where in the mark the named time begins and ends, in percent; beyond it lies what "about" allows. */
  core: [number, number];
  /** The day the event is filed under. */
  place: number;
}

/** An event and how its date is drawn. */
export interface ShownEvent {
  event: ExportEvent;
  mark: Mark;
}

/** The mark of an event. An "about" reaches over all days it may mean; an open end is an arrow. */
export function markOf(event: Pick<ExportEvent, 'date' | 'status'>): Mark {
  const { date, status } = event;
  const place = placeOf(event);
  const { earliest, latest, openStart, openEnd } = edtfBounds(date.edtf) ?? {
    earliest: date.sortMin,
    latest: date.sortMax,
    openStart: false,
    openEnd: false,
  };
  const isRough = /[~%]/.test(date.edtf);
  const isOpen = openStart || openEnd;
  const isDay = latest === earliest && !isOpen;
  const classes = [
    isDay ? 'day' : 'span',
    ...(isRough ? ['rough'] : []),
    ...(/[?%]/.test(date.edtf) ? ['doubt'] : []),
    ...(openStart ? ['until'] : openEnd ? ['since'] : []),
    ...(status === 'needs_review' ? ['review'] : []),
  ];
  if (isOpen)
    return { from: place, to: place, isDay, least: 2.4, anchor: openStart ? 1 : 0, classes, core: [0, 100], place };
  const [from, to] = isRough ? [date.sortMin, date.sortMax + 1] : [earliest, latest + 1];
  const percent = (day: number): number => Math.round(((day - from) / (to - from)) * 1000) / 10;
  return {
    from,
    to,
    isDay,
    least: isDay ? (isRough ? 2.4 : 1) : isRough ? 2.2 : 1.4,
    anchor: 0.5,
    classes,
    core: [percent(earliest), percent(latest + 1)],
    place,
  };
}
