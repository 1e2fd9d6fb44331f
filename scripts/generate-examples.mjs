// Writes the machine-made part of examples/: the household's transactions and the two bank exports, each with
// a file of expected numbers. Deterministic (own PRNG, no clock, no locale): the same bytes on every run.
//   node scripts/generate-examples.mjs           writes the files and prints their counts
//   node scripts/generate-examples.mjs --check   writes nothing, fails when a file on disk differs
import { firstNational } from './generate-examples/first-national.mjs';
import { household } from './generate-examples/household.mjs';
import { sparkasse } from './generate-examples/sparkasse.mjs';

const { budgets, rows } = household();
console.log(`household/transactions.csv: ${rows} rows`);
console.table(budgets);
for (const [name, { lines, ...counts }] of [
  ['sparkasse', sparkasse()],
  ['first-national', firstNational()],
])
  console.log(name, counts, `${lines.length} bad`);
