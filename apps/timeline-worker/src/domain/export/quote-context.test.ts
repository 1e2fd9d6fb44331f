import fc from 'fast-check';
import { contextOf } from './quote-context';

function around(text: string, quote: string) {
  const start = text.indexOf(quote);
  return contextOf(text, { start, end: start + quote.length, quote });
}

const LONG = 'word '.repeat(100);

describe('ai-timeline 24: the words around a quote', () => {
  it.each([
    ['a short paragraph whole', 'First. The quote is here. Last.', { before: 'First. ', after: ' Last.' }],
    [
      'no word of another paragraph',
      'Another.\n\nFirst. The quote is here. Last.\n \nMore.',
      { before: 'First. ', after: ' Last.' },
    ],
    ['nothing where there is nothing', 'The quote is here.', { before: '', after: '' }],
    [
      'whole words only, and a sign that there are more',
      `${LONG}The quote is here. ${LONG}`,
      { before: `… ${'word '.repeat(32)}`, after: `${' word'.repeat(32)} …` },
    ],
  ])('ai-timeline 24: %s', (_name, text, expected) => {
    expect(around(text, 'The quote is here.')).toEqual(expected);
  });

  it('ai-timeline 24: a text that does not hold the quote at its place has no words to show', () => {
    expect(contextOf('Something else altogether.', { start: 0, end: 18, quote: 'The quote is here.' })).toBeUndefined();
  });

  it('ai-timeline 24: it is always a piece of the text beside the quote, and never half a character', () => {
    const words = fc.array(fc.constantFrom('word', '𑄌𑄋𑄴', '\u{1f600}'.repeat(90), 'સંવત', ' ', '\n', '\n\n'), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(words, words, (left, right) => {
        const [before, after] = [left.join(''), right.join('')];
        const quote = 'The quote is here.';
        const context = contextOf(before + quote + after, {
          start: before.length,
          end: before.length + quote.length,
          quote,
        });
        const shown = { before: context!.before.replace(/^…\s?/, ''), after: context!.after.replace(/\s?…$/, '') };
        expect(before.endsWith(shown.before)).toBe(true);
        expect(after.startsWith(shown.after)).toBe(true);
        for (const side of [shown.before, shown.after]) {
          expect(side).not.toMatch(/\p{Cs}/u);
          expect(side.length).toBeLessThanOrEqual(160);
        }
      }),
    );
  });
});
