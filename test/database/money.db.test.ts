import { currencyExponent, divideHalfEven, isCurrency } from '@backend/shared/kernel';
import type { TestDatabase } from '@backend/shared/testing';
import fc from 'fast-check';
import { openTestDatabase } from '../support/servers';

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase('tracc');
});
afterAll(async () => database.drop());

test('common: the database and the kernel round every ratio to the same unit, ties to even', async () => {
  // Denominators of the form 2^a 5^b have exact decimals, so both sides work on the very same number.
  const denominators = fc.constantFrom(1n, 2n, 4n, 5n, 8n, 10n, 20n, 40n, 100n, 1000n, 1024n, 10_000_000_000n);
  const ratios = fc.array(fc.tuple(fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }), denominators), {
    minLength: 500,
    maxLength: 500,
  });
  await fc.assert(
    fc.asyncProperty(ratios, async (pairs) => {
      const rows = await database.query<{ minor: string }>(
        `select app.round_half_even(n / d::numeric(40, 20))::text as minor from unnest($1::numeric[], $2::numeric[]) with ordinality as t (n, d, i) order by i`,
        [pairs.map(([n]) => n.toString()), pairs.map(([, d]) => d.toString())],
      );
      expect(rows.map(({ minor }) => BigInt(minor))).toEqual(pairs.map(([n, d]) => divideHalfEven(n, d)));
    }),
    { numRuns: 10 },
  );
});

test.each([
  ['0.5', '0'],
  ['1.5', '2'],
  ['2.5', '2'],
  ['-0.5', '0'],
  ['-1.5', '-2'],
  ['-2.5', '-2'],
  ['2.5000000000000000000001', '3'],
  ['2.4999999999999999999999', '2'],
  ['1234567890123456789012345.5', '1234567890123456789012346'],
  ['0', '0'],
])('common: %s rounds to %s in the database', async (value, expected) => {
  const [row] = await database.query<{ minor: string }>(`select app.round_half_even($1::numeric)::text as minor`, [
    value,
  ]);
  expect(row!.minor).toBe(expected);
});

test('common: the table of currencies is the kernel table, code by code', async () => {
  const rows = await database.query<{ code: string; exponent: number }>(
    `select code, exponent from currencies order by code`,
  );
  for (const { code, exponent } of rows) expect([code, currencyExponent(code)]).toEqual([code, exponent]);
  const letters = [...Array(26).keys()].map((index) => String.fromCharCode(65 + index));
  const kernel = letters.flatMap((a) => letters.flatMap((b) => letters.map((c) => a + b + c))).filter(isCurrency);
  expect(rows.map(({ code }) => code)).toEqual(kernel);
});
