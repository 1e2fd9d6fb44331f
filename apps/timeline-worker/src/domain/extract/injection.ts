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
    /(?:(?<!<)<{2,}|(?<!\[)\[{2,}|(?<!-)-{3,}|(?<!=)={3,}|(?<!#)#{3,})\s*(?:end|begin|start|close)\s*(?:of\s+)?(?:the\s+)?(?:source|document|text|input|data|context|prompt)\b/giu,
  ],
  ['fence', /\b(?:BEGIN|END)[ _-](?:OF[ _-])?(?:SOURCE|DOCUMENT|UNTRUSTED|CONTEXT|PROMPT)\b/gu],
  // Gujarati and Hindi: what came before, the orders, and to leave them, in this order.
  [
    'override',
    /(?:અગાઉન|પહેલાં?ન|ઉપરન|ઉપરોક્ત|પાછલ|આગળન|બધ[ીાાં]|તમામ|સર્વ)[^.।\n]{0,40}?(?:સૂચના|સૂચન|આદેશ|હુકમ|નિયમ|પ્રોમ્પ્ટ)[^.।\n]{0,30}?(?:અવગણ(?:ો|જો|ી\s+(?:દ|ન)|વ)|ભૂલી\s+જ[ાવ]|ધ્યાનમાં\s+ન\s+લ|ન\s+માન(?:ો|શો)|પાલન\s+ન\s+કર)/gu,
  ],
  [
    'override',
    /(?:पिछल|पूर्व|पहले|ऊपर|उपर|उपर्युक्त|सभी|सारे|तमाम)[^.।\n]{0,40}?(?:निर्देश|आदेश|नियम|हिदायत|प्रॉम्प्ट)[^.।\n]{0,30}?(?:अनदेखा\s+कर(?:ें|ो|िए|ना|\s+द)|नज\u093c?र\s?अंदाज\u093c?\s+कर(?:ें|ो|िए|ना|\s+द)|उपेक्षा\s+कर(?:ें|ो|िए)|भूल\s+जा(?:ओ|एं|एँ|इए)|(?:मत|न)\s+मान(?:ो|ें|िए))/gu,
  ],
  [
    'persona',
    /(?:તમે|તું|आप|तुम|तू)\s[^.।\n]{0,40}?(?:\bAI\b|એઆઈ|કૃત્રિમ\s+બુદ્ધિ|ભાષા\s+મોડ[ેૅ]?લ|ચેટબોટ|एआई|कृत्रिम\s+बुद्धि|भाषा\s+मॉडल|चैटबॉट)[^.।\n]{0,30}?(?:છો|છે|हैं|हो)/gu,
  ],
  [
    'address',
    /(?:\bAI\b|એઆઈ|ભાષા\s+મોડ[ેૅ]?લ|एआई|भाषा\s+मॉडल)[^.।\n]{0,20}?(?:માટે|ને|के\s+लिए|को)[^.।\n]{0,20}?(?:સૂચના|સંદેશ|નોંધ|આદેશ|निर्देश|संदेश|सूचना|आदेश)/gu,
  ],
  ['output', /(?:ફક્ત|માત્ર|केवल|सिर्फ\u093c?)\s+JSON\b/giu],
  ['systemPrompt', /(?:સિસ્ટમ|सिस्टम)\s+(?:પ્રોમ્પ્ટ|સંદેશ|प्रॉम्प्ट|प्रोम्प्ट|संदेश)/gu],
  ['roleMarker', /^[^\S\n]*(?:સિસ્ટમ|સહાયક|વપરાશકર્તા|सिस्टम|सहायक|उपयोगकर्ता)\s*:/gmu],
  ['hidden', /[\u{e0000}-\u{e007f}]+/gu],
  ['hidden', /[\u202a-\u202e\u2066-\u2069]+/gu],
];

/** Zero-width characters between letters hide a word from a search and not from a model. */
const INVISIBLE = /[\u200b\u2060\ufeff\u00ad]/;
/** Letters that only look Latin do the same: Greek, Cyrillic, full width, mathematical. */
const LOOKS_LATIN = /[\u0370-\u0556\uff21-\uff5a\u{1d400}-\u{1d6a3}]/u;
const LATIN = new Map(
  Array.from('аАеЕоОрРсСуУхХіІјЈѕЅԁԛԝһкКмМНТВΑΒΕΖΗΙΚΜΝΟΡΤΥΧοανικρυ', (letter, index) => [
    letter,
    'aAeEoOpPcCyYxXiIjJsSdqwhkKmMHTBABEZHIKMNOPTYXoavikpu'.charAt(index),
  ]),
);

/**
 * Finds the spans of a text that address a model (ai-timeline 17): orders to forget its instructions, role markers,
 * forged fences, hidden characters, in English, Gujarati and Hindi. Sorted by place, merged where they overlap. It only marks: nothing is removed.
 */
export function findInjections(text: string): InjectionSpan[] {
  const { plain, at } = asRead(text);
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

/** Units of text that are searched at once. */
const PIECE = 1 << 16;
/** A span that reaches over the border of two pieces is found when it begins no earlier before it. */
const OVERLAP = 1000;

/** {@link findInjections} of a long text, which pauses now and then. */
function* findInPieces(text: string): Generator<void, Paragraph[]> {
  const spans: Paragraph[] = [];
  for (let start = 0; start < text.length; start += PIECE) {
    const from = Math.max(0, start - OVERLAP);
    const isLineStart = from === 0 || text.charAt(from - 1) === '\n';
    // A letter before it: what begins in the middle of a line or of a word is no mark at the beginning of one.
    const before = isLineStart ? '' : 'x';
    for (const span of findInjections(before + text.slice(from, start + PIECE)))
      spans.push({ start: from - before.length + span.start, end: from - before.length + span.end });
    yield;
  }
  return spans.toSorted((a, b) => a.start - b.start);
}

/**
 * The paragraphs of a text that hold an injection, in order and apart from each other: what stands beside it is not to
 * be published unseen. A text without blank lines, such as that of a JSON document, is one paragraph. Pauses now and then.
 */
export function* injectedParagraphs({ text }: { text: string }): Generator<void, Paragraph[]> {
  const spans = yield* findInPieces(text);
  const paragraphs: Paragraph[] = [];
  const breaks = text.matchAll(/\n[^\S\n]*(?=\n)/g);
  let previous = -1;
  let next = breaks.next();
  let passed = 0;
  const pass = (): void => {
    previous = next.value!.index;
    next = breaks.next();
    passed += 1;
  };
  for (const span of spans) {
    // Spans and breaks are both in order, so each break is passed once.
    while (!next.done && next.value.index < span.start) {
      pass();
      if (passed % 1000 === 0) yield;
    }
    const start = previous + 1;
    while (!next.done && next.value.index < span.end) pass();
    const end = next.done ? text.length : next.value.index;
    const last = paragraphs.at(-1);
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

/** The text as a model reads it, with the place of each of its units in the text as it is. */
function asRead(text: string): { plain: string; at: (index: number) => number } {
  if (!INVISIBLE.test(text) && !LOOKS_LATIN.test(text)) return { plain: text, at: (index) => index };
  const units: string[] = [];
  const origins: number[] = [];
  let index = 0;
  for (const letter of text) {
    const read = INVISIBLE.test(letter) ? '' : LOOKS_LATIN.test(letter) ? latinOf(letter) : letter;
    for (const unit of read.split('')) {
      units.push(unit);
      origins.push(index);
    }
    index += letter.length;
  }
  return { plain: units.join(''), at: (place) => origins[place] ?? text.length };
}

function latinOf(letter: string): string {
  return LATIN.get(letter) ?? letter.normalize('NFKC');
}
