export const TITLE_MAX_CHARS = 90;
const TITLE_MIN_CHARS = 12;

/** What may lead to a date and goes with it: `on the night of`, `in`, `(`. */
const LEAD = /[\s,(\[–—-]*(?:\b(?:on|in|by|during|around|about|at|from|since|of|dated|the|night|day|morning|evening|year|late)\b[\s]*|[(\[,]\s*)*$/i;
const LEAD_ONLY = /^[^\p{L}\p{N}]*(?:\b(?:on|in|by|during|around|about|at|from|since|of|dated|the|night|day|morning|evening|year|then|and|so|later|again)\b[\s,]*)*$/iu;
const LIST_MARK = /^\s*(?:[-*•–|]\s*|\d{1,3}[.)]\s+|#{1,6}\s+)+/;
const WEAK_ENDING = /[\s,;:–—-]+(?:and|or|but|the|a|an|of|in|on|at|to|with|by|from|for|as|was|is|were|that|which|who|when|where|into|his|her|its)$/i;

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
  const mark = LIST_MARK.exec(sentence)?.[0].length ?? 0;
  const body = mark <= dateStart ? sentence.slice(mark) : sentence;
  const shift = mark <= dateStart ? mark : 0;
  const bare = keepDate ? body : withoutDate(body, dateStart - shift, dateEnd - shift);
  const title = shorten(tidy(bare));
  return title.length >= TITLE_MIN_CHARS ? title : shorten(tidy(body));
}

function withoutDate(sentence: string, start: number, end: number): string {
  const before = sentence.slice(0, start);
  const after = sentence.slice(end).replace(/^[)\]]/, '');
  if (LEAD_ONLY.test(before)) return after.replace(/^[\s,;:–—-]+/, '');
  const lead = LEAD.exec(before)?.[0] ?? '';
  const kept = before.slice(0, before.length - lead.length);
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

/** Up to the first comma, dash or semicolon that leaves a sentence worth reading. */
function mainClause(text: string): string {
  if (text.length <= 70) return text;
  for (const match of text.matchAll(/[,;:]\s|\s[–—]\s|,?\s(?:and|but|where|which|who|when|after which)\s/g))
    if (match.index >= 30 && match.index <= TITLE_MAX_CHARS) return text.slice(0, match.index);
  return text;
}

function wholeCharacters(text: string): string {
  return /[\ud800-\udbff]$/.test(text) ? text.slice(0, -1) : text;
}
