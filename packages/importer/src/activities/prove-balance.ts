import type { ImportWarning } from '../contract';
import type { ByteSource } from '../reading';
import type { ConvertedSource, ImportPlan } from '../repositories';
import type { ImportDeps } from './deps';
import { readBatches } from './read-batches';

/**
 * Holds the rows of a statement against its own balances (data-import 10): opening and rows should give closing. When they do
 * not, and turning round the rows that take another one back makes them, those are turned round with a warning; else the
 * difference is one. Reads only; a file without balances proves nothing.
 */
export async function proveBalance<Row>(
  deps: Pick<ImportDeps<Row>, 'tenant'>,
  { plan, source, rows, converted }: { plan: ImportPlan; source: ByteSource; rows: number; converted: ConvertedSource },
): Promise<ImportPlan> {
  const { tenant } = deps;
  if (converted.balances.length === 0 || !tenant.amountOf) return plan;
  const validate = tenant.createValidator({ layout: plan.layout, decisions: plan.decisions });
  const sums = new Map<string, { all: bigint; reversals: bigint }>();
  for await (const { records } of readBatches({ source, plan, rows, firstBatch: 0, start: plan.layout.dataStart })) {
    for (const record of records) {
      const validated = validate(record);
      if (!('ok' in validated)) continue;
      const { minor, currency } = tenant.amountOf(validated.ok);
      const sum = sums.get(currency) ?? { all: 0n, reversals: 0n };
      sum.all += minor;
      if (record.fields[converted.reversalColumn] === '1') sum.reversals += minor;
      sums.set(currency, sum);
    }
  }
  const differences = expectedByCurrency(converted).map(([currency, expected]) => {
    const { all, reversals } = sums.get(currency) ?? { all: 0n, reversals: 0n };
    return { currency, difference: expected - all, flipped: expected - (all - 2n * reversals), reversals };
  });
  const isProven = differences.every(({ difference }) => difference === 0n);
  if (isProven) return { ...plan, balance: 'ok' };
  const hasReversals = differences.some(({ reversals }) => reversals !== 0n);
  const decisions = hasReversals ? tenant.flipReversals?.(plan.decisions) : undefined;
  if (decisions !== undefined && differences.every(({ flipped }) => flipped === 0n)) {
    return {
      ...plan,
      balance: 'ok',
      decisions,
      warnings: [
        ...plan.warnings,
        {
          code: 'ReversalSignInferred',
          message:
            'The balances are right only when entries that take another one back have the opposite sign; they were read so.',
        },
      ],
    };
  }
  const mismatches = differences.filter(({ difference }) => difference !== 0n).map(mismatch);
  return { ...plan, balance: 'mismatch', warnings: [...plan.warnings, ...mismatches] };
}

/** What the rows of each currency should add up to, over all statements of the file. */
function expectedByCurrency({ balances }: ConvertedSource): [currency: string, minor: bigint][] {
  const expected = new Map<string, bigint>();
  for (const { currency, openingMinor, closingMinor } of balances)
    expected.set(currency, (expected.get(currency) ?? 0n) + BigInt(closingMinor) - BigInt(openingMinor));
  return [...expected];
}

function mismatch({ currency, difference }: { currency: string; difference: bigint }): ImportWarning {
  return {
    code: 'BalanceMismatch',
    message: `Opening balance and rows do not give the closing balance in ${currency}: entries may be missing from the file.`,
    data: { currency, differenceMinor: difference.toString() },
  };
}
