import fc from 'fast-check';
import { type ImportProfile, bufferSource } from '../../src/reading';
import { type WrittenStatement, writtenStatement } from './dialects';
import { CURRENT_YEAR, type FilePlan, judgeRows, planDelimited } from './pipeline';

const STATEMENTS = 3000;

/** Plans a file as a user who knows its bank would: asked, he answers rightly. */
async function planWithAnswers({ bytes, currency, profile, answers }: WrittenStatement): Promise<FilePlan> {
  const source = bufferSource(bytes);
  let stated: ImportProfile = profile;
  for (;;) {
    const planned = await planDelimited({ source, profile: stated, accountCurrency: currency });
    if (!('asked' in planned)) return planned;
    const field = planned.asked.code === 'AmbiguousDateFormat' ? 'dateFormat' : 'decimal';
    if (stated[field] !== undefined) return planned;
    stated = { ...stated, [field]: answers[field] };
  }
}

test('data-import 4, 5, 6, 7, 8: a statement written in any dialect is read as it was made, every amount and day', async () => {
  await fc.assert(
    fc.asyncProperty(writtenStatement(CURRENT_YEAR), async (statement) => {
      const planned = await planWithAnswers(statement);
      if (!('plan' in planned)) throw new Error(JSON.stringify(planned));
      const { good, bad } = await judgeRows(planned, { source: bufferSource(statement.bytes) });
      expect(bad).toEqual([]);
      expect(
        good.map(({ date, amountMinor, currency, description }) => ({
          date,
          minor: amountMinor,
          currency,
          description,
        })),
      ).toEqual(
        statement.entries.map(({ date, minor, description }) => ({
          date,
          minor,
          currency: statement.currency,
          description,
        })),
      );
    }),
    { numRuns: STATEMENTS },
  );
}, 120_000);
