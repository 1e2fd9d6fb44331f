import type { Occurrence } from '../../contract';

/** A booking date that the weekend rule drops. */
const DROPPED = '-';
/** A booking date that is the nominal date. */
const SAME = '=';

/**
 * Occurrences as lines of `index nominalDate postingDate fireAt`, for histories: less than half of their JSON. A worker keeps a plan
 * several times over for as long as it has the workflow in its cache.
 */
export function toPlanLines(occurrences: readonly Occurrence[]): string[] {
  return occurrences.map(({ index, nominalDate, postingDate, fireAt }) =>
    [index, nominalDate, postingDate === nominalDate ? SAME : (postingDate ?? DROPPED), fireAt].join(' '),
  );
}

/** The occurrences of lines; an occurrence as histories of earlier releases have it is given as it is. */
export function fromPlanLines(lines: readonly (string | Occurrence)[]): Occurrence[] {
  return lines.map((line) => {
    if (typeof line !== 'string') return line;
    const [index, nominalDate, postingDate, fireAt] = line.split(' ') as [string, string, string, string];
    return {
      index: Number(index),
      nominalDate,
      postingDate: postingDate === SAME ? nominalDate : postingDate === DROPPED ? null : postingDate,
      fireAt,
    };
  });
}
