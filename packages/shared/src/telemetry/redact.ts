import { isCurrency } from '../kernel';
import { isSecretKey } from './secrets';

/** Cuts secrets and what tells about a person out of what leaves the process as telemetry. */
export interface Redactor {
  /** The text, with everything cut that {@link createRedactor} knows of. */
  text(value: string): string;
  /** The text without the given values, and with everything that only looks like one: for what our own code has written. */
  known(value: string): string;
  /** A copy of JSON data, cut by the names of its fields and in its texts, at any depth. */
  data(value: unknown): unknown;
}

const CUT = '[redacted]';

// More than any line of ours; what lies behind it is not looked at, and so not written.
const MAX_LOOKED_AT = 16 * 1024;
const MAX_TEXT = 8 * 1024;
const MAX_DEPTH = 12;
const MAX_ITEMS = 200;

/**
 * A redactor that cuts the given values wherever they stand, as they are or as JSON, base64 or part of a URL would spell them, and
 * whatever looks like a credential, an e-mail address, an account or card number or an amount of money.
 */
export function createRedactor(secrets: readonly string[] = []): Redactor {
  const cutKnown = secretCutter(secrets);

  const text = (value: string): string => {
    let cut = cutKnown(value.length > MAX_LOOKED_AT ? value.slice(0, MAX_LOOKED_AT) : value);
    for (const [pattern, replacement] of PATTERNS) {
      cut = typeof replacement === 'string' ? cut.replace(pattern, replacement) : cut.replace(pattern, replacement);
    }
    return cut.length > MAX_TEXT ? `${cut.slice(0, MAX_TEXT)}[… cut]` : cut;
  };

  const walk = (value: unknown, key: string, depth: number): unknown => {
    if (value === null || typeof value === 'boolean') return value;
    if (isPrivateKey(key)) return CUT;
    // Counts such as `tokens: 12` are no secrets.
    if (isSecretKey(key) && typeof value !== 'number') return CUT;
    if (typeof value === 'string') return isPlainId(key, value) ? value : text(value);
    if (typeof value !== 'object') return value;
    if (depth >= MAX_DEPTH) return CUT;
    if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => walk(item, '', depth + 1));
    return Object.fromEntries(
      Object.entries(value)
        .slice(0, MAX_ITEMS)
        .map(([name, item]) => [text(name), walk(item, name, depth + 1)]),
    );
  };
  return { text, known: cutKnown, data: (value) => walk(value, '', 0) };
}

/** What cuts the given values out of a text, and nothing else: for what a command tells the person who called it. */
export function secretCutter(secrets: readonly string[]): (text: string) => string {
  const spelled = [...new Set(secrets.flatMap(spellings))].sort((a, b) => b.length - a.length);
  if (spelled.length === 0) return (text) => text;
  const known = new RegExp(spelled.map(escapeRegExp).join('|'), 'g');
  return (text) => text.replace(known, CUT);
}

/** Fields that hold rows, documents or people, by what they are called. */
const PRIVATE_KEY =
  /^(?:headers?|e-?mails?|ibans?|bic|phone|payee|counterparty|recipients?|description|memo|body|payloads?|detail|details|parameters|params|values|row|rows|where|internalQuery|args|arguments|input)$|^(?:amount|balance)|(?:Amount|Balance|_amount|_balance)(?:Minor|_minor)?$/i;

function isPrivateKey(key: string): boolean {
  return PRIVATE_KEY.test(key);
}

/** Ids by which lines and spans are joined: kept as they are, when they have the form of one. */
function isPlainId(key: string, value: string): boolean {
  if (key === 'time') return true;
  return /^(?:traceId|spanId|runId)$/.test(key) && /^[\da-f-]{16,36}$/.test(value);
}

/** How a value is written elsewhere: in JSON, in a URL, as base64. */
function spellings(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    encodeURI(secret),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
  ];
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

const NAMES_A_SECRET =
  '(?:pass(?:word|wd|phrase)|pwd|secret|api[-_ ]?key|access[-_]?key|private[-_]?key|client[-_]?secret|token(?!s)|credentials?|signature|session[-_]?id)';
const NUMBER = "(?<![\\d.,])[+-]?\\d[\\d.,'\u00a0\u202f]{0,30}";

type Replacement = string | ((match: string, ...groups: string[]) => string);

// Each repetition is bounded or of a class that what follows is not in, so that no text takes more than linear time.
const PATTERNS: readonly (readonly [RegExp, Replacement])[] = [
  [/-----BEGIN [A-Z\d ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z\d ]{0,40}PRIVATE KEY-----|$)/g, CUT],
  // User and password of a URL, also with a password that should have been escaped.
  [/\b([a-z][a-z\d+.-]{1,30}:\/\/)[^\s/?#"'<>@]{0,1000}@/gi, `$1${CUT}@`],
  [/\b([a-z][a-z\d+.-]{1,30}:\/\/)[^\s/?#:"'<>]{0,200}:(?!\d{1,5}(?:[/?#]|$))[^\s"'<>]{0,1000}@/gi, `$1${CUT}@`],
  // What is asked for in a URL.
  [/\b([a-z][a-z\d+.-]{1,30}:\/\/[^\s?#"'<>]{0,2000})[?#][^\s"'<>]*/gi, `$1?${CUT}`],
  [/([?&][\w.-]{1,40}=)[^\s&"'<>]+/g, `$1${CUT}`],
  // Credentials by the name that stands before them, or by their form.
  [/\b((?:proxy-)?authorization|x-api-key|(?:set-)?cookie)(["']?\s{0,3}[:=]\s{0,3})[^\r\n]*/gi, `$1$2${CUT}`],
  [/\b(bearer|basic)\s{1,3}(?=[\w.~+/-]{0,200}[\dA-Z=])[\w.~+/=-]{6,}/gi, `$1 ${CUT}`],
  [
    new RegExp(
      `([\\w-]{0,40}${NAMES_A_SECRET}["']?\\s{0,3}(?:[:=]|\\bis\\b)\\s{0,3})("[^"]*"|'[^']*'|[^\\s,;&"'<>)}\\]]+)`,
      'gi',
    ),
    `$1${CUT}`,
  ],
  [/\beyJ[\w-]{6,}\.[\w-]+(?:\.[\w-]*)?/g, CUT],
  [/\b(?:sk|rk)[-_][\w-]{12,}/g, CUT],
  [
    /\b(?:AKIA|ASIA)[A-Z\d]{16}\b|\bgh[pousr]_\w{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}|\bxox[abeprs]-[\w-]{10,}|\bAIza[\w-]{30,}/g,
    CUT,
  ],
  // Where PostgreSQL tells a value of a row.
  [/\b(Key \()[^=\n]{1,200}\)=\(.*\)/g, `$1${CUT})`],
  [/\b(Failing row contains \().*/g, `$1${CUT})`],
  [/\b((?:invalid (?:input|value|byte)|malformed|cannot cast|out of range)[^"\n]{0,80}: )"[^\n]*"/gi, `$1"${CUT}"`],
  // People.
  [/[\p{L}\p{N}._%+-]{1,64}@(?:[\p{L}\p{N}-]{1,63}\.){1,8}\p{L}{2,24}/gu, '[e-mail]'],
  [
    /\b[A-Z]{2}\d{2} ?(?:[A-Z\d]{4} ?){2,7}[A-Z\d]{1,4}\b/gi,
    (match) => (match === match.toUpperCase() || isIban(match) ? '[account]' : match),
  ],
  [/\b[3-6]\d{3}([ -]?)\d{4}\1\d{4}\1\d{4}\b/g, (match) => (passesLuhn(match) ? '[card]' : match)],
  // Money: with a currency, grouped like money, or after a word that announces it.
  [new RegExp(`[€£$¥₹]\\s?${NUMBER}|${NUMBER}\\s?[€£¥₹]`, 'g'), '[amount]'],
  [
    new RegExp(`\\b([A-Z]{3})\\s?${NUMBER}|(?<![\\w.])${NUMBER}\\s?([A-Z]{3})\\b`, 'g'),
    (match, before, after) => (isCurrency(before ?? after ?? '') ? '[amount]' : match),
  ],
  [
    /(?<![\w.,])[+-]?\d{1,3}(?:,\d{3})+\.\d{2}(?![\w.,]?\d)|(?<![\w.,])[+-]?\d{1,3}(?:\.\d{3})+,\d{2}(?![\w.,]?\d)/g,
    '[amount]',
  ],
  [
    new RegExp(
      `\\b(amount|balance|paid|pays|spent|owes?|salary|transferred)(\\W{1,3}(?:(?:of|is|was) )?)${NUMBER}`,
      'gi',
    ),
    '$1$2[amount]',
  ],
];

/** ISO 7064 mod 97-10, which every IBAN passes. */
function isIban(text: string): boolean {
  const compact = text.replaceAll(' ', '').toUpperCase();
  const digits = Array.from(compact.slice(4) + compact.slice(0, 4), (sign) => Number.parseInt(sign, 36)).join('');
  let rest = 0;
  for (const digit of digits) rest = (rest * 10 + Number(digit)) % 97;
  return rest === 1;
}

function passesLuhn(text: string): boolean {
  const digits = Array.from(text)
    .filter((sign) => sign >= '0' && sign <= '9')
    .map(Number)
    .reverse();
  const sum = digits.reduce((total, digit, place) => {
    const weighed = place % 2 === 0 ? digit : digit * 2;
    return total + (weighed > 9 ? weighed - 9 : weighed);
  }, 0);
  return sum % 10 === 0;
}
