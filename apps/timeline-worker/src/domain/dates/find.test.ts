import { findDates } from './find';

function texts(text: string): string[] {
  return findDates(text).map((found) => found.text);
}

describe('dates in running text', () => {
  it.each([
    ['Swaminarayan was born on 3 April 1781 in Chhapaiya.', ['3 April 1781']],
    ['It was May 1826 and, by the early 1820s, all was said.', ['May 1826', 'early 1820s']],
    [
      'The day was Samvat 1858 Kartik sud 11. On 16 November 1801 it rained.',
      ['Samvat 1858 Kartik sud 11', '16 November 1801'],
    ],
    ['On Samvat 1886 Jeth sud 10 (1 June 1830) he died.', ['Samvat 1886 Jeth sud 10 (1 June 1830)']],
    ['It cost 1,809 rupees in 1813.', ['1813']],
    ['He may come; the army will march in fall.', []],
    ['સંવત ૧૮૮૬ જેઠ સુદ ૧૦ ના રોજ', ['સંવત ૧૮૮૬ જેઠ સુદ ૧૦']],
    ['two years later in 1813', ['1813']],
    ['It was built before Samvat 1882 Maha sud 5, he says.', ['before Samvat 1882 Maha sud 5']],
    ['તે ૧૮૩૦ પછી ગઢડા ગયા.', ['૧૮૩૦ પછી']],
    ['તે ૧૮૩૦માં ગયા. પછી તે આવ્યા.', ['૧૮૩૦']],
    ['वे 1826 से 1830 तक वहाँ रहे।', ['1826 से 1830 तक']],
    ['૧૮૩૦ વર્ષ પહેલાં', ['૧૮૩૦']],
  ])('%s', (text, expected) => {
    expect(texts(text)).toEqual(expected);
  });

  it('gives offsets into the text', () => {
    const text = 'On 3 April 1781, and in ૧૮૨૬ too.';
    for (const found of findDates(text)) expect(text.slice(found.start, found.end)).toBe(found.text);
  });

  it('ends on any input in reasonable time', () => {
    const nasty = `${'the '.repeat(3000)}${'1 '.repeat(3000)}${'Samvat ('.repeat(1000)}${'between 1800 and '.repeat(1000)}${'circa '.repeat(3000)}${'૧૮૨૬ અને '.repeat(1000)}${'before Samvat '.repeat(1000)}`;
    expect(findDates(nasty).length).toBeGreaterThan(0);
  });
});
