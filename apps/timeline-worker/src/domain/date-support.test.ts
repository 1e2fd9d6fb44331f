import { dateSupport } from './date-support';

describe('ai-timeline 12: support of the date', () => {
  it.each([
    ['3 April 1781', ['was born on 3 April 1781 in'], true],
    ['3 April 1781', ['Samvat 1837 Chaitra sud 9'], false],
    ['Samvat 1837 Chaitra sud 9', ['સંવત ૧૮૩૭ ચૈત્ર સુદ ૯'], true],
    ['સંવત ૧૮૩૭', ['in Samvat 1837 he'], true],
    ['१७८१', ['born in 1781'], true],
    ['1781', ['about 17815 rupees'], false],
    ['1820s', ['during the 1820s'], true],
    ['1820s', ['during 1821'], false],
    ['12 February', ['12 February it was'], true],
    ['12 February 1826', ['finished on 12 February', 'The year 1826 at Vadtal'], true],
    ['9 BCE', ['in 9 BCE the'], true],
    ['9 BCE', ['in 19 BCE the'], false],
    ['early 19th century', ['in the early 19th century it'], true],
    ['nineteenth century', ['of the later nineteenth century'], true],
    ['nineteenth century', ['of the 19th century'], false],
    ['', ['anything at all'], false],
    ['1817–1818', ['the war of 1817'], false],
  ])('ai-timeline 12: %s in %j: %s', (dateText, quotes, expected) => {
    expect(dateSupport({ dateText, passages: [quotes] }) !== 'none').toBe(expected);
  });

  it.each<[what: string, dateText: string, quotes: string[], expected: 'whole' | 'year']>([
    ['a day that is only the month again', '4 April 1781', ['In April 1781 a boy was born'], 'year'],
    ['a day that is only the month again, in digits', '1781-04-04', ['In April 1781 a boy was born'], 'year'],
    ['a day that is only the month again', '5 May 1830', ['In May 1830 he fell ill'], 'year'],
    ['a day that is the month too', '4 April 1781', ['On 4 April 1781 a boy was born'], 'whole'],
    ['a day that is the month too, in digits', '1781-04-04', ['On April 4th, 1781 a boy was born'], 'whole'],
    ['a day in digits', '1781-04-03', ['On 3 April 1781 a boy was born'], 'whole'],
    ['a month in digits', '3 April 1781', ['On 1781-04-03 a boy was born'], 'whole'],
    ['a day of another year', '3 April 1781', ['In 1781 the war began. On 3 April 1790 the king died.'], 'year'],
    ['a day of this year beside another', '3 April 1781', ['On 3 April 1781, and not in 1790, he was born.'], 'whole'],
    ['the end of a longer number', '3 April 1781', ['On 13 April 1781 a boy was born'], 'year'],
    ['a range that says its month once', '3 April 1781 to 5 April 1781', ['from 3 to 5 April 1781'], 'whole'],
    ['a tithi by its name', 'Samvat 1837 Chaitra sud 9', ['Samvat 1837, Chaitra sud nom'], 'whole'],
    ['a tithi as the day of a month', '9 April 1781', ['In April 1781 on nom'], 'year'],
    ['a number of girls as a month', '3 April 1781', ['Of 3 boys and 4 girls who were born in 1781'], 'year'],
    ['a season', 'spring of 1830', ['In 1830 he fell ill'], 'year'],
    ['a part of a year', 'late 1830', ['In 1830 he fell ill'], 'year'],
    ['a year as a decade', '1820', ['during the 1820s'], 'year'],
    ['a decade as its first year', '1820s', ['In 1820 the temple was built'], 'year'],
    ['Samvat that is not said', 'Samvat 1881', ['In 1881 the school opened'], 'year'],
    ['Samvat that is said otherwise', 'Samvat 1881', ['In V.S. 1881 the school opened'], 'whole'],
    ['Samvat told by its months', 'Samvat 1881 Kartik sud 12', ['On Kartik sud 12 of 1881 it opened'], 'whole'],
    ['Samvat that is dropped', '1881', ['In Samvat 1881 the school opened'], 'year'],
    ['Shaka that is not said', 'Shaka 1781', ['In 1781 the war began'], 'year'],
    ['BCE that is not said', '1781 BCE', ['In 1781 the war began'], 'year'],
    ['BCE that is not said, of men', '9 BCE', ['There came 9 men and a bishop'], 'year'],
    ['BCE that is dropped', '500', ['The town is of 500 BCE, they say'], 'year'],
    ['a tithi with an ending', 'સંવત ૧૮૩૭ ચૈત્ર સુદ નોમ', ['સંવત ૧૮૩૭ ચૈત્ર સુદ નોમના દિવસે'], 'whole'],
    ['a century of villages', '18th century', ['The 18 villages were his'], 'year'],
    ['a century', '18th century', ['Of the 18th century'], 'whole'],
    ['a century in words', 'nineteenth century', ['Of the nineteenth century'], 'whole'],
  ])('ai-timeline 12: %s: %s in %j', (_what, dateText, quotes, expected) => {
    expect(dateSupport({ dateText, passages: [quotes] })).toBe(expected);
  });
});
