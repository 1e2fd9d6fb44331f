import type { LunarDate } from './samvat';
import type { Token } from './tokens';

interface Parts {
  era?: LunarDate['era'];
  year?: number;
  month?: number;
  adhik?: boolean;
  paksha?: 'sud' | 'vad';
  tithi?: number;
  /** A named tithi and a number may say the same twice. */
  tithiNamed?: boolean;
}

const JOINING_SIGNS = new Set([',', '.', '(', ')', '-', '–', ':', '/', '।']);

/**
 * Reads a Samvat or Shaka date that begins with token `at`: the parts in any order, each once, with commas and
 * small words between. It needs a year, and an era or a month with its half (nobody else counts in sud and vad).
 * Answers with the index after the last token used; undefined when there is none.
 */
export function readLunar(tokens: readonly Token[], at: number): { date: LunarDate; next: number } | undefined {
  const first = tokens[at];
  if (!first || !canBegin(tokens, at)) return undefined;
  let parts: Parts = {};
  let best: { date: LunarDate; next: number } | undefined;
  let idle = 0;
  for (let index = at; index < tokens.length; index += 1) {
    const token = tokens[index];
    if (!token) break;
    const taken = take(parts, token);
    if (taken) {
      parts = taken;
      idle = 0;
      const date = complete(parts);
      if (date && !isDangling(tokens, index)) best = { date, next: index + 1 };
      continue;
    }
    idle += 1;
    const joins =
      token.kind === 'filler' ||
      token.kind === 'half' ||
      token.kind === 'weekday' ||
      (token.kind === 'sign' && JOINING_SIGNS.has(token.text));
    if (!joins || idle > 4) break;
  }
  return best;
}

function canBegin(tokens: readonly Token[], at: number): boolean {
  const token = tokens[at];
  if (!token) return false;
  if (token.kind === 'samvat' || token.kind === 'shaka' || token.kind === 'lunarMonth' || token.kind === 'adhik')
    return true;
  if (token.kind === 'paksha' || token.kind === 'tithi') return true;
  // `Vikram Samvat`, `Shalivahana Shaka`: the first word belongs to the date.
  if (token.kind === 'filler') {
    const next = tokens[at + 1];
    return /^(?:vik|shal|વિક|विक)/i.test(token.text) && (next?.kind === 'samvat' || next?.kind === 'shaka');
  }
  return token.kind === 'number' && token.text.length <= 2;
}

function take(parts: Parts, token: Token): Parts | undefined {
  switch (token.meaning?.kind) {
    case 'samvat':
      // `Shaka Samvat 1703` is a Shaka year.
      return parts.era === undefined ? { ...parts, era: 'samvat' } : parts.era === 'shaka' ? parts : undefined;
    case 'shaka':
      return parts.era === undefined ? { ...parts, era: 'shaka' } : undefined;
    case 'lunarMonth':
      return parts.month === undefined ? { ...parts, month: token.meaning.value } : undefined;
    case 'adhik':
      return parts.adhik === undefined ? { ...parts, adhik: true } : undefined;
    case 'paksha':
      return parts.paksha === undefined ? { ...parts, paksha: token.meaning.value } : undefined;
    case 'tithi': {
      const paksha = token.meaning.endOf ?? parts.paksha;
      if (parts.tithiNamed || (parts.tithi !== undefined && parts.tithi !== token.meaning.value)) return undefined;
      if (parts.paksha !== undefined && paksha !== parts.paksha) return undefined;
      return { ...parts, tithi: token.meaning.value, tithiNamed: true, ...(paksha && { paksha }) };
    }
    default:
      return token.kind === 'number' ? takeNumber(parts, token) : undefined;
  }
}

function takeNumber(parts: Parts, token: Token): Parts | undefined {
  if (token.plural) return undefined;
  const value = Number(token.text);
  if (token.text.length >= 3 && token.text.length <= 4)
    return parts.year === undefined && !token.ordinal ? { ...parts, year: value } : undefined;
  if (token.text.length > 2) return undefined;
  // `sud 15 (punam)`, `vad 30`: the new moon is also counted as the thirtieth.
  const [tithi, paksha] = value === 30 ? [15, 'vad' as const] : [value, parts.paksha];
  if (parts.tithi !== undefined) return parts.tithi === tithi && parts.tithiNamed ? parts : undefined;
  if (tithi < 1 || tithi > 15 || (parts.paksha !== undefined && paksha !== parts.paksha)) return undefined;
  return { ...parts, tithi, ...(paksha && { paksha }) };
}

/** The date the parts make, if they make one. A tithi without its half or month is no date. */
function complete(parts: Parts): LunarDate | undefined {
  const { era, year, month, paksha, tithi, adhik } = parts;
  if (year === undefined || (era === undefined && (month === undefined || paksha === undefined))) return undefined;
  if (tithi !== undefined && (paksha === undefined || month === undefined)) return undefined;
  if ((paksha !== undefined || adhik) && month === undefined) return undefined;
  return {
    era: era ?? 'samvat',
    year,
    ...(month !== undefined && { month }),
    ...(adhik && { adhik }),
    ...(paksha !== undefined && { paksha }),
    ...(tithi !== undefined && { tithi }),
  };
}

/** A number that is the day of a Gregorian month (`Samvat 1882 Maha sud 5, 12 February`) is not ours. */
function isDangling(tokens: readonly Token[], index: number): boolean {
  const token = tokens[index];
  const next = tokens[index + 1];
  return token?.kind === 'number' && next?.kind === 'gregorianMonth';
}
