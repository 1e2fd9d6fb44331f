import type { FoundDate } from '../dates/find';

// Which numbers of a running text are years. A full date speaks for itself; four digits alone may be rupees or pages.

const UNITS =
  /^\s*(?:people|persons|men|women|soldiers|troops|horsemen|rupees|rs\b|villages|towns|houses|verses|shlokas|pages|miles|kilomet|km\b|metres|feet|acres|copies|followers|sadhus|monks|paramhansas|ascetics|devotees|families|years|months|days|temples|mandirs|guests|words|lines|songs|kirtans|books|discourses|રૂપિયા|गाँव|रुपये)/i;
const NOT_A_YEAR_BEFORE = /(?:Rs\.?|₹|£|\$|\bNos?\.|\bpp?\.|\bpages?|\bverses?|\bchapter|\bvol\.|\bfolio|§)\s*$/i;
const YEAR_BEFORE =
  /(?:^|[([–—:|•*-]|,|\b(?:in|by|of|from|until|till|since|during|around|year|before|after|to|and|or|about|for|on|between|spring|summer|autumn|winter|the)|સને|સન|વર્ષ|सन|सन्)\s*$/i;
const YEAR_AFTER = /^\s*(?:$|[,.;:)\]–—।]|માં|ના|ની|થી|में|के|से|ई\b)/;

/** Publishers' lines and web notes hold years that are not of the history. */
const BIBLIOGRAPHIC =
  /\b(?:ISBN|doi:|https?:|pp?\.\s?\d|vol\.\s?\d|retrieved|accessed|University Press|Publishers?|published by|eds?\.|reprint|copyright)\b|©/i;

/** Whether a date found in a sentence is a date of the story the sentence tells. */
export function isStoryDate({ sentence, found }: { sentence: string; found: FoundDate }): boolean {
  const point = found.gregorian?.point;
  if (found.lunar) return true;
  if (!point) return false;
  const coarse =
    !['day', 'month', 'season'].includes(point.kind) && !(point.kind === 'span' && point.from.kind !== 'year');
  if (coarse && BIBLIOGRAPHIC.test(sentence)) return false;
  if (point.kind !== 'year' || !/^\p{Nd}{4}$/u.test(found.text)) return true;
  const before = sentence.slice(0, found.start);
  const after = sentence.slice(found.end);
  if (UNITS.test(after) || NOT_A_YEAR_BEFORE.test(before)) return false;
  return YEAR_BEFORE.test(before) || YEAR_AFTER.test(after);
}
