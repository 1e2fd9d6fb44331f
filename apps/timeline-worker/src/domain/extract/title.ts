export const TITLE_MAX_CHARS = 90;
const TITLE_MIN_CHARS = 12;

/** A word that may lead to a date and goes with it: `on the night of`, `in`. */
const LEAD_WORD = /\b(?:on|in|by|during|around|about|at|from|since|of|dated|the|night|day|morning|evening|year|late)$/i;
/** Longer than each of those words and the unit before it. */
const LEAD_WORD_UNITS = 12;
const LEAD_SIGN = /[\s,([–—-]/;
const LEAD_ONLY =
  /^[^\p{L}\p{N}]*(?:\b(?:on|in|by|during|around|about|at|from|since|of|dated|the|night|day|morning|evening|year|then|and|so|later|again)\b[\s,]*)*$/iu;
const LIST_MARK = /^\s*(?:[-*•–|]\s*|\d{1,3}[.)]\s+|#{1,6}\s+)+/;
const WEAK_ENDING =
  /[\s,;:–—-]+(?:and|or|but|the|a|an|of|in|on|at|to|with|by|from|for|as|was|is|were|that|which|who|when|where|into|his|her|its)$/i;

/** `Ramanand Swami, a teacher born in 1738`: the date is of the birth, whatever the sentence is about. */
const BORN =
  /(?<name>\p{Lu}[\p{L}\p{M}]+(?:\s\p{Lu}[\p{L}\p{M}]+){0,3}),\s+(?:[^,.;]{0,60}\s)?born(?:\s+(?:in|at|near)\s+\p{Lu}[\p{L}\p{M}]+)?(?:\s+(?:in|on|about|around))?\s*(?:the\s+year\s*)?$/u;
/** Who tells it is not part of what happened: `An entry in a temple book says that …`, `The record has this line: …`. */
const REPORTED =
  /^(?!Of\s).*?\b(?:says?|said|records?|states?|relates?|tells?|told|reports?|notes?|writes|wrote|believed?|holds?)\s+that\s+|^[^:]{10,}:\s+/;
/** Words that say nothing without the date after them: `the day was …`. */
const NEEDS_DATE = /\b(?:was|is|are|were|be|as|fell|falls|dates?|with|names?|between)\s*$/i;

/**
 * A title of a sentence that tells an event: the sentence without its date and without what comes after its main
 * clause, at most 90 characters. `keepDate` is for dates that carry meaning (`before 1809`).
 */
export function titleOf({
  sentence,
  dateStart,
  dateEnd,
  keepDate,
}: {
  sentence: string;
  dateStart: number;
  dateEnd: number;
  keepDate: boolean;
}): string {
  const name = BORN.exec(sentence.slice(0, dateStart))?.groups?.['name'];
  if (name !== undefined) return `Birth of ${name}`;
  const lead = leadLength(sentence, dateStart);
  const body = sentence.slice(lead);
  const [start, end] = [dateStart - lead, dateEnd - lead];
  const title = keepDate || needsDate(body, start, end) ? '' : shorten(tidy(withoutDate(body, start, end)));
  if (title.length < TITLE_MIN_CHARS) return shorten(tidy(body));
  return title.replace(/^(.+) was born$/, 'Birth of $1');
}

/** What stands before the story and is left out: a list mark, or who reports it. Never past the date. */
function leadLength(sentence: string, dateStart: number): number {
  const mark = LIST_MARK.exec(sentence)?.[0].length ?? 0;
  const from = mark <= dateStart ? mark : 0;
  const reported = REPORTED.exec(sentence.slice(from, dateStart))?.[0].length ?? 0;
  return from + reported;
}

function needsDate(body: string, start: number, end: number): boolean {
  const kept = withoutLead(body.slice(0, start));
  return NEEDS_DATE.test(kept) && /^[\s)]*(?:[.,;:]|$)/.test(body.slice(end));
}

/** What stands before a date, without the signs and words that lead to it. */
function withoutLead(before: string): string {
  let end = before.length;
  for (;;) {
    while (end > 0 && LEAD_SIGN.test(before.charAt(end - 1))) end -= 1;
    const word = LEAD_WORD.exec(before.slice(Math.max(0, end - LEAD_WORD_UNITS), end))?.[0];
    if (word === undefined) return before.slice(0, end);
    end -= word.length;
  }
}

function withoutDate(sentence: string, start: number, end: number): string {
  const before = sentence.slice(0, start);
  const after = sentence.slice(end).replace(/^[)\]]/, '');
  if (LEAD_ONLY.test(before)) return after.replace(/^[\s,;:–—-]+/, '');
  const kept = withoutLead(before);
  // `consecrated on <date>, the day of …`: what hangs on the date goes with it.
  const rest = /^,\s+(?:the day|when|which|a|an|the)\b/i.test(after) ? '.' : after;
  return `${kept}${/^[\s.,;:!?)]/.test(rest) ? '' : ' '}${rest}`;
}

function tidy(text: string): string {
  const plain = text
    .replace(/\s+/g, ' ')
    .replace(/\s+([,.;:)])/g, '$1')
    .replace(/\(\s*\)/g, '')
    .replace(/^[\s,;:.–—-]+/, '')
    .replace(/[\s,;:.।–—-]+$/, '')
    .trim();
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}

function shorten(text: string): string {
  const clause = mainClause(text);
  if (clause.length <= TITLE_MAX_CHARS) return clause;
  const cut = clause.slice(0, TITLE_MAX_CHARS - 1);
  const space = cut.lastIndexOf(' ');
  let title = (space > 40 ? cut.slice(0, space) : wholeCharacters(cut)).replace(/[\s,;:–—-]+$/, '');
  for (let weak = title.replace(WEAK_ENDING, ''); weak !== title; weak = title.replace(WEAK_ENDING, '')) title = weak;
  return `${title}…`;
}

/** Verbs in forms that end a subject; enough of them to tell `Heber, the bishop, met` from `Heber died, and`. */
const VERB =
  /\b(?:was|were|is|are|has|had|did|met|went|came|left|took|made|gave|built|began|became|wrote|died|fell|held|stood|set|drew|led|sent|saw|brought|arose|struck|won|lost|kept|found|told|said|ran|rose|grew|got|put|\p{Ll}{2,}ed)\b|[\u0900-\u0dff]/u;
const BREAK = /[,;]\s|\s[–—]\s|\s(?:and|but|where|which|when|after which)\s/gu;
/** `…, the bishop of Calcutta, met`: what stands between the commas describes the subject. */
const APPOSITION = /^([^,]{3,50}),\s(?:the|a|an|where|who|which|whose|then|later)\s[^,]{1,80},\s(?=\p{Ll})/u;

/** Up to the first comma, dash or joining word that leaves a whole statement. */
function mainClause(text: string): string {
  if (text.length <= 60) return text;
  const subject = APPOSITION.exec(text);
  if (subject && !VERB.test(subject[1] ?? '')) return mainClause(`${subject[1]} ${text.slice(subject[0].length)}`);
  for (const match of text.matchAll(BREAK)) {
    const head = text.slice(0, match.index);
    // A joining word may join two objects; only a long enough statement is cut there.
    const enough = /[,;–—]/.test(match[0]) ? 18 : 40;
    if (head.length >= enough && head.length <= TITLE_MAX_CHARS && VERB.test(head)) return head;
  }
  return text;
}

function wholeCharacters(text: string): string {
  return /[\ud800-\udbff]$/.test(text) ? text.slice(0, -1) : text;
}
