import { cutText } from '../reading/cut-text';
import { amountParts, isGrouped } from '../records/amount-text';
import type { DecimalSign } from '../records/types';
import type { Proof } from './date-order';

/** What a column of amounts says about its decimal sign. */
export interface DecimalEvidence {
  /** The first value that proves the point to be the decimal sign. */
  readonly point?: Proof;
  /** The first value that proves the comma to be the decimal sign. */
  readonly comma?: Proof;
  /** The first value with one sign and three digits behind it (`1.234`). */
  readonly open?: Proof;
  /** The first value that is an amount. */
  readonly first?: Proof;
  /** Values below zero and above it. */
  readonly negatives: number;
  readonly positives: number;
}

/** The decision on a column, or why there is none. */
export type DecimalOutcome =
  | { readonly decided: DecimalSign }
  | { readonly failed: { readonly code: 'MixedNumberFormats'; readonly message: string } }
  | {
      readonly needsInput: {
        readonly code: 'AmbiguousNumberFormat';
        /** What the user may choose for `profile.decimal`. */
        readonly choices: readonly ['.', ','];
        /** What the first open value is under each of them, as plain numbers: `-1.234` and `-1234`. */
        readonly readings: readonly string[];
        readonly message: string;
      };
    };

/** A collector of {@link DecimalEvidence} over a stream of values. */
export interface DecimalCollector {
  readonly feed: (value: string, line: number) => void;
  readonly evidence: () => DecimalEvidence;
}

/** Collects what the values of an amount column prove (data-import 7). Values that are no amounts prove nothing. */
export function createDecimalCollector(): DecimalCollector {
  let point: Proof | undefined;
  let comma: Proof | undefined;
  let open: Proof | undefined;
  let first: Proof | undefined;
  let negatives = 0;
  let positives = 0;
  return {
    feed: (value, line) => {
      const parts = amountParts(value);
      if (parts === undefined || parts === 'empty') return;
      if (/[1-9]/.test(parts.body)) {
        if (parts.negative) negatives += 1;
        else positives += 1;
      }
      first ??= { line, value: cutText(value.trim(), 60) };
      const says = signOf(parts.body);
      if (says === 'point') point ??= { line, value: cutText(value.trim(), 60) };
      else if (says === 'comma') comma ??= { line, value: cutText(value.trim(), 60) };
      else if (says === 'open') open ??= { line, value: cutText(value.trim(), 60) };
    },
    evidence: () => ({
      negatives,
      positives,
      ...(point ? { point } : {}),
      ...(comma ? { comma } : {}),
      ...(open ? { open } : {}),
      ...(first ? { first } : {}),
    }),
  };
}

/**
 * One decimal sign for the column (data-import 7). Proofs of both signs are `MixedNumberFormats`; only values like
 * `1.234`, which may be thousands or three decimals, are `AmbiguousNumberFormat`; no sign at all is whole numbers.
 */
export function decideDecimalSign(evidence: DecimalEvidence, column: string): DecimalOutcome {
  const { point, comma, open } = evidence;
  if (point && comma) {
    return {
      failed: {
        code: 'MixedNumberFormats',
        message:
          `In column ${column} line ${point.line} has ${point.value} (decimal point) and line ${comma.line} has ` +
          `${comma.value} (decimal comma); write all amounts in one form, or set profile.decimal.`,
      },
    };
  }
  if (point) return { decided: '.' };
  if (comma) return { decided: ',' };
  if (!open) return { decided: 'none' };
  return {
    needsInput: {
      code: 'AmbiguousNumberFormat',
      choices: ['.', ','],
      readings: readingsOf(open.value),
      message:
        `Column ${column}: line ${open.line} has ${open.value}, and nothing tells whether that sign groups thousands or ` +
        `begins the decimals. Set profile.decimal to "." or ",".`,
    },
  };
}

/** A value with one sign in it as a plain number: with that sign decimal and grouping, in the order of the choices. */
function readingsOf(value: string): string[] {
  const parts = amountParts(value);
  if (parts === undefined || parts === 'empty') return [];
  const minus = parts.negative ? '-' : '';
  const [whole = '', behind = ''] = parts.body.replaceAll('_', '').split(/[.,]/);
  const decimals = behind.replace(/0+$/, '');
  const asDecimal = `${minus}${whole}${decimals === '' ? '' : `.${decimals}`}`;
  const asGroups = `${minus}${whole}${behind}`;
  return parts.body.includes('.') ? [asDecimal, asGroups] : [asGroups, asDecimal];
}

/** What one amount body proves: the decimal sign, `open` for a single group of three, nothing for the rest. */
function signOf(body: string): 'point' | 'comma' | 'open' | undefined {
  const lastPoint = body.lastIndexOf('.');
  const lastComma = body.lastIndexOf(',');
  if (lastPoint < 0 && lastComma < 0) return undefined;
  const last = lastPoint > lastComma ? '.' : ',';
  const at = Math.max(lastPoint, lastComma);
  const once = body.indexOf(last) === at;
  const decimalIs = last === '.' ? 'point' : 'comma';
  const before = body.slice(0, at);
  const behind = body.slice(at + 1);
  if (/\D/.test(behind)) return undefined;
  if (lastPoint >= 0 && lastComma >= 0) return once && isGrouped(before) ? decimalIs : undefined;
  // The same sign twice groups, so the other one is decimal.
  if (!once) return isGrouped(body) ? (last === '.' ? 'comma' : 'point') : undefined;
  if (behind.length === 0 || (/\D/.test(before) && !isGrouped(before))) return undefined;
  if (behind.length !== 3) return decimalIs;
  // No group of three can follow a zero, nothing, or more than three digits (1234.567, 1'234.567).
  return /^[1-9]\d{0,2}$/.test(before) ? 'open' : decimalIs;
}
