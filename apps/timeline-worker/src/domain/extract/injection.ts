/** A place where a source speaks to the machine that reads it. */
export interface InjectionSpan {
  start: number;
  end: number;
  rule: string;
}

/** Each rule tolerates any blank space between words; matching ignores case. */
const RULES: [rule: string, pattern: RegExp][] = [
  [
    'override',
    /\b(?:ignore|disregard|forget|override|bypass)\s+(?:\w+\s+){0,3}?(?:previous|prior|above|earlier|preceding|foregoing|former|system|all)\s*(?:\w+\s+){0,2}?(?:instructions?|prompts?|messages?|rules?|directions?|text|context|guidelines?|commands?)\b/giu,
  ],
  [
    'override',
    /\b(?:ignore|disregard|forget)\s+(?:everything|all\s+(?:of\s+)?(?:that|the)|your\s+(?:instructions|rules|prompt))\b/giu,
  ],
  ['override', /\b(?:ignore|disregard)\s+previous\b/giu],
  [
    'newInstructions',
    /\b(?:new|updated|additional|real|actual|revised)\s+(?:system\s+)?instructions?\s*(?::|for\s+(?:the\s+)?(?:ai|assistant|model|llm))/giu,
  ],
  ['systemPrompt', /\b(?:system|developer)\s+(?:prompt|message|instruction)s?\b/giu],
  [
    'persona',
    /\b(?:you\s+are|act\s+as|pretend\s+to\s+be|from\s+now\s+on\s+you)\b[^.\n]{0,40}?\b(?:ai|a\.i\.|assistant|language\s+model|chat\s?bot|llm|gpt|claude|model|dan)\b/giu,
  ],
  [
    'address',
    /\b(?:as\s+an?\s+(?:ai|language\s+model|llm)|(?:dear|hey|attention|note\s+to)\s*,?\s+(?:the\s+|any\s+|all\s+)?(?:ai|assistant|llm|language\s+model|model|chat\s?bot)s?)\b/giu,
  ],
  [
    'address',
    /\b(?:note|message|instruction)s?\s+(?:to|for)\s+(?:the\s+|any\s+|all\s+|every\s+)?(?:ai|program|machine|assistant|model|llm|extractor|reader\s+program)s?\b/giu,
  ],
  [
    'output',
    /\b(?:output|return|respond|reply|answer|print)\s+(?:only\s+|with\s+|in\s+|the\s+following\s+){1,3}(?:valid\s+)?(?:json|\{|an?\s+empty)/giu,
  ],
  [
    'output',
    /\b(?:do\s+not|don['’]t|never)\s+(?:extract|output|mention|report|cite)\s+(?:any|the|this|these|other)\b/giu,
  ],
  [
    'output',
    /\b(?:add|insert|include|report|extract)\s+(?:the\s+following|this|an?)\s+(?:fake\s+)?(?:event|entry|json)\b/giu,
  ],
  ['output', /"(?:events|dateText|dateEdtf|quotes)"\s*:/gu],
  ['roleMarker', /^[^\S\n]*(?:#{1,4}\s*)?(?:system|assistant|user|human|developer|ai|model)\s*:/gimu],
  [
    'roleMarker',
    /<\|[^|>\n]{1,40}\|>|\[\/?INST\]|<<\/?SYS>>|<\/?(?:system|assistant|user|instructions?|prompt|source|tool_call|function_call)\b[^>\n]{0,80}>/giu,
  ],
  ['roleMarker', /^#{2,4}\s*(?:instruction|response|system|input)s?\b/gimu],
  [
    'fence',
    /^[^\S\n]*(?:`{3,}|~{3,}|<{3,}|>{3,}|={5,})\s*(?:\w+\s*)?(?:end|begin|source|system|prompt|instructions?)\b/gimu,
  ],
  [
    'fence',
    /(?:<{2,}|\[{2,}|-{3,}|={3,}|#{3,})\s*(?:end|begin|start|close)\s*(?:of\s+)?(?:the\s+)?(?:source|document|text|input|data|context|prompt)\b/giu,
  ],
  ['fence', /\b(?:BEGIN|END)[ _-](?:OF[ _-])?(?:SOURCE|DOCUMENT|UNTRUSTED|CONTEXT|PROMPT)\b/gu],
  ['hidden', /[\u{e0000}-\u{e007f}]+/gu],
  ['hidden', /[\u202a-\u202e\u2066-\u2069]+/gu],
];

/** Zero-width characters between letters hide a word from a search and not from a model. */
const INVISIBLE = /[\u200b\u2060\ufeff\u00ad]/;

/**
 * Finds the spans of a text that address a model (ai-timeline 17): orders to forget its instructions, role markers,
 * forged fences, hidden characters. Sorted by place, merged where they overlap. It only marks: nothing is removed.
 */
export function findInjections(text: string): InjectionSpan[] {
  const { plain, at } = withoutInvisible(text);
  const spans = RULES.flatMap(([rule, pattern]) =>
    [...plain.matchAll(pattern)].map((match) => ({
      start: at(match.index),
      end: at(match.index + match[0].length - 1) + 1,
      rule,
    })),
  ).toSorted((a, b) => a.start - b.start || b.end - a.end);
  const merged: InjectionSpan[] = [];
  for (const span of spans) {
    const last = merged.at(-1);
    if (last && span.start <= last.end) last.end = Math.max(last.end, span.end);
    else merged.push({ ...span });
  }
  return merged;
}

/** A paragraph that speaks to a machine. */
export interface Paragraph {
  start: number;
  end: number;
}

/**
 * The paragraphs of a text that hold an injection, in order and apart from each other: what stands beside it is not to
 * be published unseen.
 */
export function injectedParagraphs({ text }: { text: string }): Paragraph[] {
  const breaks = [...text.matchAll(/\n[^\S\n]*\n/g)].map((match) => match.index);
  const paragraphs: Paragraph[] = [];
  let next = 0;
  for (const span of findInjections(text)) {
    // Spans and breaks are both in order, so each break is passed once.
    for (let at = breaks[next]; at !== undefined && at < span.start; at = breaks[next]) next += 1;
    const start = next === 0 ? 0 : (breaks[next - 1] ?? 0) + 1;
    const last = paragraphs.at(-1);
    let after = next;
    for (let at = breaks[after]; at !== undefined && at < span.end; at = breaks[after]) after += 1;
    const end = breaks[after] ?? text.length;
    if (last && start <= last.end) last.end = Math.max(last.end, end);
    else paragraphs.push({ start, end });
  }
  return paragraphs;
}

/** Whether a span of the text touches one of its {@link injectedParagraphs}. */
export function touchesInjection({
  paragraphs,
  start,
  end,
}: Paragraph & { paragraphs: readonly Paragraph[] }): boolean {
  let [low, high] = [0, paragraphs.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((paragraphs[middle]?.end ?? 0) > start) high = middle;
    else low = middle + 1;
  }
  return (paragraphs[low]?.start ?? Infinity) < end;
}

function withoutInvisible(text: string): { plain: string; at: (index: number) => number } {
  if (!INVISIBLE.test(text)) return { plain: text, at: (index) => index };
  const units: string[] = [];
  const origins: number[] = [];
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charAt(index);
    if (INVISIBLE.test(unit)) continue;
    units.push(unit);
    origins.push(index);
  }
  return { plain: units.join(''), at: (index) => origins[index] ?? text.length };
}
