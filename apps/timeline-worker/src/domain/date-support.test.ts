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
});
