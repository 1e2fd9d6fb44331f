import fc from 'fast-check';
import { bufferSource } from '../../src/reading';
import { planDelimited } from './pipeline';

const COLUMNS = 2500;

/** How a file is decided whose column has these values: the decision, or the code of the refusal or question. */
async function decisionOn(role: 'date' | 'amount', values: readonly string[]): Promise<string> {
  const rows = values.map((value) => {
    const cell = `"${value.replaceAll('"', '""')}"`;
    return role === 'date' ? `${cell},1.00` : `2026-01-01,${cell}`;
  });
  const planned = await planDelimited({ source: bufferSource(Buffer.from(['Date,Amount', ...rows, ''].join('\n'))) });
  if ('refused' in planned) return planned.refused.code;
  if ('asked' in planned) return planned.asked.code;
  const { dateOrder, decimals } = planned.plan.decisions;
  return role === 'date' ? dateOrder : decimals.amount!;
}

/**
 * The rule of the specification in its own words: year-first forms are Y-M-D; else any first part above 12 proves day first,
 * any second part above 12 proves month first; both is mixed, neither is ambiguous.
 */
function dateOrderBySpecification(values: readonly string[]): string {
  let proofs = '';
  let isOpen = false;
  for (const value of values) {
    const parts = value.split(/[-./ ]/);
    if (parts.length !== 3 || !parts.every((part) => /^\d+$/.test(part)) || parts[0]!.length === 4) continue;
    if (Number(parts[0]) > 12) proofs += 'D';
    else if (Number(parts[1]) > 12) proofs += 'M';
    else isOpen = true;
  }
  if (proofs.includes('D') && proofs.includes('M')) return 'MixedDateFormats';
  if (proofs !== '') return proofs.startsWith('D') ? 'DMY' : 'MDY';
  return isOpen ? 'AmbiguousDateFormat' : 'YMD';
}

const pad = (value: number) => String(value).padStart(2, '0');
const dateInOrder = (order: 'YMD' | 'DMY' | 'MDY') =>
  fc
    .record({
      days: fc.integer({ min: 0, max: 20_000 }),
      // Without this nearly every column would hold a proof.
      early: fc.boolean(),
      separator: fc.constantFrom('-', '.', '/', ' '),
      padded: fc.boolean(),
      short: fc.boolean(),
    })
    .map(({ days, early, separator, padded, short }) => {
      const [year = '', month = '', day = ''] = new Date(days * 86_400_000).toISOString().slice(0, 10).split('-');
      const number = (text: string) => (padded ? text : String(Number(text)));
      const dayText = number(early ? pad(((Number(day) - 1) % 12) + 1) : day);
      const yearText = short && order !== 'YMD' ? year.slice(2) : year;
      const parts = { Y: yearText, M: number(month), D: dayText };
      return Array.from(order, (part) => parts[part as 'Y' | 'M' | 'D']).join(separator);
    });

const noOrder = fc.constantFrom('', 'n/a', '20260131', '31 January 2026', 'Jan 31, 2026', 'total', '31/12', '2026');

test('data-import 6: a column of dates is decided, mixed or ambiguous exactly as the rule says', async () => {
  const seen = new Set<string>();
  const orders = fc.subarray(['YMD', 'DMY', 'MDY'] as const, { minLength: 1 });
  const column = orders.chain((some) =>
    fc.array(
      fc.oneof({ weight: 4, arbitrary: fc.oneof(...some.map(dateInOrder)) }, { weight: 1, arbitrary: noOrder }),
      {
        minLength: 1,
        maxLength: 6,
      },
    ),
  );
  await fc.assert(
    fc.asyncProperty(column, async (values) => {
      const expected = dateOrderBySpecification(values);
      seen.add(expected);
      expect(await decisionOn('date', values)).toBe(expected);
    }),
    { numRuns: COLUMNS },
  );
  expect([...seen].sort()).toEqual(['AmbiguousDateFormat', 'DMY', 'MDY', 'MixedDateFormats', 'YMD']);
}, 120_000);

/**
 * The rule of the specification in its own words: a value with both signs proves the last one to be decimal, one sign with 1, 2
 * or at least 4 digits behind it too; the same sign twice proves that it groups. Proofs in conflict are mixed, only single
 * groups of three are ambiguous, no sign at all is whole numbers. A group of three is what grouping writes: one to three digits
 * before it, the first of them not 0.
 */
function decimalSignBySpecification(values: readonly string[]): string {
  const proofs = new Set<string>();
  let isOpen = false;
  for (const value of values) {
    const number = /\d[\d.,]*|[.,]\d+/.exec(value.replace(/[\s'\u2019]/g, ''))?.[0] ?? '';
    const signs = number.replace(/\d/g, '');
    const behind = number.slice(Math.max(number.lastIndexOf('.'), number.lastIndexOf(',')) + 1);
    if (signs === '') continue;
    if (signs.includes('.') && signs.includes(',')) proofs.add(signs.at(-1)!);
    else if (signs.length > 1) proofs.add(signs[0] === '.' ? ',' : '.');
    else if (behind.length !== 3 || !/^[1-9]\d{0,2}[.,]/.test(number)) proofs.add(signs);
    else isOpen = true;
  }
  if (proofs.size > 1) return 'MixedNumberFormats';
  return [...proofs][0] ?? (isOpen ? 'AmbiguousNumberFormat' : 'none');
}

const amountWith = (decimal: '.' | ',') =>
  fc
    .record({
      // Few digits, so that whole columns of one kind come up.
      whole: fc.oneof(fc.integer({ min: 0, max: 9999 }), fc.integer({ min: 0, max: 99_999_999 })).map(String),
      grouping: fc.constantFrom('', 'other', 'other', ' ', '\u00a0', '\u202f', "'", '\u2019'),
      decimals: fc.constantFrom('', '', '5', '50', '500', '5000', '00000'),
      dress: fc.constantFrom('%', '-%', '%-', '(%)', '−%', '+%', '€ %', '%EUR', '-€%', '% CR', '  %  '),
    })
    .map(({ whole, grouping, decimals, dress }) => {
      const sign = grouping === 'other' ? (decimal === '.' ? ',' : '.') : grouping;
      const number = `${whole.replace(/\B(?=(?:\d{3})+$)/g, sign)}${decimals === '' ? '' : decimal + decimals}`;
      return dress.replace('%', number);
    });

const noAmount = fc.constantFrom('', 'n/a', '-', '1e5', '1.2.3,4', 'EUR', '12a.50', '1,2,3', '..5', '1.50.00,5');

test('data-import 7: a column of amounts is decided, mixed or ambiguous exactly as the rule says', async () => {
  const seen = new Set<string>();
  const signs = fc.subarray(['.', ','] as const, { minLength: 1 });
  const column = signs.chain((some) =>
    fc
      .array(fc.oneof(...some.map(amountWith)), { minLength: 1, maxLength: 5 })
      .chain((amounts) => fc.tuple(fc.constant(amounts), fc.array(noAmount, { maxLength: 2 }))),
  );
  await fc.assert(
    fc.asyncProperty(column, async ([amounts, others]) => {
      // What is no amount proves nothing.
      const expected = decimalSignBySpecification(amounts);
      seen.add(expected);
      expect(await decisionOn('amount', [...others, ...amounts])).toBe(expected);
    }),
    { numRuns: COLUMNS },
  );
  expect([...seen].sort()).toEqual([',', '.', 'AmbiguousNumberFormat', 'MixedNumberFormats', 'none']);
}, 120_000);
