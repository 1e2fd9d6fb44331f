import fc from 'fast-check';

import { toEnd } from '../../test/to-end';
import { type Near, createGrounder } from './grounding';

const groundQuote = ({ text, quote, near }: { text: string; quote: string; near: Near }) =>
  toEnd(createGrounder(text)({ quote, near }));

const far = { start: 0, end: 1_000_000 };

function quoteOf(text: string, quote: string): string {
  const found = groundQuote({ text, quote, near: far });
  return 'code' in found ? found.code : found.quote;
}

describe('ai-timeline 11: quotes', () => {
  it.each([
    ['exact', 'He was born at Chhapaiya.', 'was born at Chhapaiya', 'was born at Chhapaiya'],
    ['curly quotes', 'He said “it is Heber’s book”.', `said "it is Heber's book"`, 'said “it is Heber’s book”'],
    [
      'straight source, curly quote',
      `He said "it is Heber's book".`,
      'said “it is Heber’s book”',
      `said "it is Heber's book"`,
    ],
    ['dashes', 'the war of 1817–1818 ended', 'war of 1817-1818 ended', 'war of 1817–1818 ended'],
    ['blank runs', 'born  on\n   3\u00a0April 1781', 'born on 3 April 1781', 'born  on\n   3\u00a0April 1781'],
    ['soft hyphen', 'the conse\u00adcrated temple', 'the consecrated temple', 'the conse\u00adcrated temple'],
    [
      'hyphen at a line end',
      'the temple was conse-\n  crated at Vadtal',
      'was consecrated at Vadtal',
      'was conse-\n  crated at Vadtal',
    ],
    ['compound at a line end', 'a well-\nknown poet of the court', 'a well-known poet', 'a well-\nknown poet'],
    ['decomposed quote', 'at Gaḍhaḍā in the year', 'at Gad\u0323had\u0323a\u0304 in', 'at Gaḍhaḍā in'],
    ['Gujarati', 'સંવત ૧૮૮૬ જેઠ સુદ ૧૦ ના દિવસે', 'સંવત ૧૮૮૬ જેઠ સુદ ૧૦', 'સંવત ૧૮૮૬ જેઠ સુદ ૧૦'],
    ['blank ends of the quote', 'He was born at Chhapaiya.', '  was born at Chhapaiya \n', 'was born at Chhapaiya'],
  ])('ai-timeline 11: %s', (_name, text, quote, expected) => {
    expect(quoteOf(text, quote)).toBe(expected);
  });

  it.each([
    ['another case', 'He was born at Chhapaiya.', 'was born at CHHAPAIYA', 'UngroundedQuote'],
    ['another word', 'He was born at Chhapaiya.', 'was born in Chhapaiya', 'UngroundedQuote'],
    ['a word left out', 'He was born at Chhapaiya.', 'He was at Chhapaiya.', 'UngroundedQuote'],
    ['11 characters', 'abcdefghijklmnop', 'abcdefghijk', 'QuoteTooShort'],
    ['blank padding', 'abc           def', 'abc           def', 'QuoteTooShort'],
    ['601 characters', 'x'.repeat(700), 'x'.repeat(601), 'QuoteTooLong'],
    ['a slice that grew', `a${' '.repeat(700)}bcdefghijklm`, 'a bcdefghijklm', 'QuoteTooLong'],
  ])('ai-timeline 11: %s is %s', (_name, text, quote, code) => {
    expect(quoteOf(text, quote)).toBe(code);
  });

  it('ai-timeline 11: 12 and 600 characters are allowed', () => {
    expect(quoteOf('abcdefghijklmnop', 'abcdefghijkl')).toBe('abcdefghijkl');
    expect(quoteOf('y'.repeat(700), 'y'.repeat(600))).toHaveLength(600);
  });

  it('ai-timeline 11: of several places the nearest to the chunk, then the first', () => {
    const text = `${'the same words here. '.repeat(3)}`;
    const start = (near: { start: number; end: number }): unknown =>
      groundQuote({ text, quote: 'the same words here', near });
    expect(start({ start: 21, end: 42 })).toMatchObject({ start: 21 });
    expect(start({ start: 40, end: 63 })).toMatchObject({ start: 42 });
    expect(start({ start: 0, end: 63 })).toMatchObject({ start: 0 });
  });

  it('ai-timeline 11: what is found is the slice, whatever the text and the quote', () => {
    const messy = fc
      .array(
        fc.constantFrom(
          'a',
          'b',
          ' ',
          '\n',
          '-',
          '–',
          '’',
          "'",
          '"',
          '“',
          '\u00ad',
          '-\n',
          'ક',
          '😀',
          '\ud83d',
          '\ude00',
          '\u00a0',
        ),
        { maxLength: 120 },
      )
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(messy, messy, fc.nat(120), fc.nat(60), (text, other, from, length) => {
        for (const quote of [text.slice(from, from + length), other]) {
          const found = groundQuote({ text, quote, near: { start: 0, end: text.length } });
          if ('code' in found) continue;
          expect(text.slice(found.start, found.end)).toBe(found.quote);
          expect(found.quote.length).toBeGreaterThanOrEqual(12);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('ai-timeline 11: a quote copied from a text is found in it, also after its blanks and quotes were changed', () => {
    const words = fc.array(
      fc.constantFrom('Swaminarayan', 'was', 'born', 'at', '“Chhapaiya”', 'Heber’s', '1817–18', 'જેઠ'),
      { minLength: 6, maxLength: 40 },
    );
    fc.assert(
      fc.property(words, fc.nat(30), (list, skip) => {
        const text = list.join('\n  ');
        const copied = list
          .slice(skip % 3)
          .join(' ')
          .replace(/[“”]/g, '"')
          .replace(/’/g, "'")
          .replace(/–/g, '-');
        const found = groundQuote({ text, quote: copied, near: far });
        if (copied.length >= 12) expect(found).not.toHaveProperty('code');
      }),
    );
  });

  it('one grounder serves many quotes of a long text', () => {
    const text = 'Some words that fill the page, again and again. '.repeat(20_000) + 'The one sentence that matters.';
    const ground = createGrounder(text);
    for (let index = 0; index < 50; index += 1)
      expect(toEnd(ground({ quote: 'The one  sentence that matters.', near: { start: 0, end: 4000 } }))).toMatchObject({
        quote: 'The one sentence that matters.',
      });
  });
});
