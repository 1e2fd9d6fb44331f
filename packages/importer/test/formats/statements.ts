import fc from 'fast-check';
import { bufferSource } from '../../src/reading';
import { BANK_CONVERTERS, type BankFormat } from '../../src/formats/bank';
import { FileProblemError } from '../../src/reading';
import { withinCpuMs } from '../cpu-bound';
import { LIMITS } from './read-converted';

/** A statement as a bank knows it, before it is written in some format. */
export interface Statement {
  readonly currency: string;
  readonly exponent: number;
  readonly opening: bigint;
  readonly transactions: readonly {
    readonly date: string;
    readonly minor: bigint;
    readonly text: string;
    readonly isReversal: boolean;
  }[];
}

const CURRENCIES = [
  ['EUR', 2],
  ['USD', 2],
  ['JPY', 0],
  ['KWD', 3],
] as const;

const text = fc
  .array(
    fc.constantFrom('Café', 'Müller & Co', 'REWE', 'a<b', '"x"', "d'Or", 'Ünü', '€uro', '100%', '日本', '-', '/x/'),
    {
      minLength: 1,
      maxLength: 4,
    },
  )
  .map((words) => words.join(' '));

/** Random statements. Dates from 1999 on, amounts up to 15 digits. */
export const statements: fc.Arbitrary<Statement> = fc
  .record({
    currency: fc.constantFrom(...CURRENCIES),
    opening: fc.bigInt(-(10n ** 12n), 10n ** 12n),
    transactions: fc.array(
      fc.record({
        date: fc
          .integer({ min: 10_957, max: 20_800 })
          .map((day) => new Date(day * 86_400_000).toISOString().slice(0, 10)),
        minor: fc.oneof(fc.bigInt(-99_999n, 99_999n), fc.bigInt(-(10n ** 14n), 10n ** 14n)),
        text,
        isReversal: fc.boolean(),
      }),
      { minLength: 1, maxLength: 12 },
    ),
  })
  .map(({ currency: [currency, exponent], ...rest }) => ({ currency, exponent, ...rest }));

/** Minor units as decimal text; `-` in front of negative ones. */
export function decimalText(minor: bigint, exponent: number, sign: '.' | ','): string {
  const digits = (minor < 0n ? -minor : minor).toString().padStart(exponent + 1, '0');
  const whole = digits.slice(0, digits.length - exponent);
  return `${minor < 0n ? '-' : ''}${whole}${exponent === 0 ? '' : sign + digits.slice(-exponent)}`;
}

/** The sum of the transactions on top of the opening balance. */
export function closingOf({ opening, transactions }: Statement): bigint {
  return transactions.reduce((sum, { minor }) => sum + minor, opening);
}

/** Escapes text for XML and SGML. */
export function escaped(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

type Mutation =
  | { kind: 'flip'; at: number; byte: number }
  | { kind: 'letter'; at: number; text: string }
  | { kind: 'cut'; at: number }
  | { kind: 'remove' | 'double' | 'move'; at: number; length: number; to: number }
  | { kind: 'insert'; at: number; text: string };

// Without a bias: half of the damage would else be done to the first line.
const place = fc.noBias(fc.nat());

const HOSTILE =
  '\0 \ufffd < > & &#0; &#xD800; <![CDATA[ <!-- ]]> \r \n ^ ! :61: :86: $ S {4: -} ?20 :62F: \u{1f600} <?xml ' +
  '<STMTTRN> </STMTTRN> <Ntry> </Ntry> </TxDtls>';

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  // Leaves most files readable, so that damage gets as far as the values.
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('letter' as const),
      at: place,
      text: fc.constantFrom('7', ',', '.', '-', 'C', 'x', ' '),
    }),
  },
  fc.record({ kind: fc.constant('flip' as const), at: place, byte: fc.nat(255) }),
  fc.record({ kind: fc.constant('cut' as const), at: place }),
  fc.record({
    kind: fc.constantFrom('remove' as const, 'double' as const, 'move' as const),
    at: place,
    length: fc.nat(400),
    to: place,
  }),
  fc.record({ kind: fc.constant('insert' as const), at: place, text: fc.constantFrom(...HOSTILE.split(' ')) }),
);

function mutate(bytes: Buffer, change: Mutation): Buffer {
  let at = change.at % Math.max(1, bytes.length);
  if (change.kind === 'flip') {
    const copy = Buffer.from(bytes);
    if (copy.length > 0) copy[at] = change.byte;
    return copy;
  }
  if (change.kind === 'letter') {
    const copy = Buffer.from(bytes);
    while (at < copy.length && !/[\dA-Za-z]/.test(String.fromCharCode(copy[at] ?? 0))) at += 1;
    if (at < copy.length) copy.write(change.text, at, 'latin1');
    return copy;
  }
  if (change.kind === 'cut') return bytes.subarray(0, at);
  if (change.kind === 'insert')
    return Buffer.concat([bytes.subarray(0, at), Buffer.from(change.text), bytes.subarray(at)]);
  const block = bytes.subarray(at, at + change.length);
  const without = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + change.length)]);
  if (change.kind === 'remove') return without;
  const rest = change.kind === 'double' ? bytes : without;
  const to = change.to % Math.max(1, rest.length);
  return Buffer.concat([rest.subarray(0, to), block, rest.subarray(to)]);
}

/** Damaged copies of files, in one to four places. */
export function damaged(files: readonly Buffer[]): fc.Arbitrary<Buffer> {
  return fc
    .tuple(fc.constantFrom(...files), fc.array(mutation, { minLength: 1, maxLength: 4 }))
    .map(([file, changes]) => changes.reduce((bytes, change) => mutate(bytes, change), file));
}

/**
 * Reads a damaged file: a FileProblemError or rows, within 2 s of CPU time; no cell holds what the database cannot store.
 * Returns the number of rows, -1 for a refusal.
 */
export async function surviving(format: BankFormat, bytes: Buffer): Promise<number> {
  return withinCpuMs(2000, async () => read(format, bytes));
}

async function read(format: BankFormat, bytes: Buffer): Promise<number> {
  let rows = 0;
  try {
    const input = { source: bufferSource(bytes), filename: 'x', limits: LIMITS };
    const file = await BANK_CONVERTERS[format](input);
    for await (const { line, cells } of file.records) {
      rows += 1;
      const all = cells.join('\n');
      if (cells.length !== file.columns.length) throw new Error('a record has not one cell for each column');
      // Half a surrogate pair is lost when it is written as UTF-8.
      if (/[\0\ufffd]/.test(all) || /\p{Surrogate}/u.test(all)) throw new Error(`line ${line} has lost characters`);
      if (!Number.isInteger(line) || line < 1) throw new Error(`line ${line}`);
    }
    for (const { openingMinor, closingMinor } of file.balances())
      rows += Number(BigInt(openingMinor) * BigInt(closingMinor) * 0n);
    if (/[\0\ufffd]/.test(JSON.stringify(file.warnings()))) throw new Error('a warning has lost characters');
    file.pendingSkipped();
  } catch (error) {
    if (!(error instanceof FileProblemError)) throw error;
    if (error.message.length > 400 || /^$|[\0\ufffd]/.test(error.message))
      throw new Error('no sentence', { cause: error });
    rows = -1;
  }
  return rows;
}
