import { displayDate, historianYear } from './display';

describe('dates for people', () => {
  it.each([
    ['1781-04-03', '3 April 1781'],
    ['1781-04-03~', 'about 3 April 1781'],
    ['1800-10', 'October 1800'],
    ['1809?', 'possibly 1809'],
    ['1809%', 'possibly about 1809'],
    ['182X', '1820s'],
    ['18XX', '19th century'],
    ['-04XX', '5th century BCE'],
    ['-0008', '9 BCE'],
    ['1800~/1833~', 'about 1800 to 1833'],
    ['1781-03~/1781-04~', 'about March 1781 to April 1781'],
    ['1826-02~/1826-02~', 'about February 1826'],
    ['1829-22', 'summer 1829'],
    ['../1800', 'until 1800'],
    ['1809/..', 'from 1809'],
    ['[1781-03-04,1781-04-03]', '4 March 1781 or 3 April 1781'],
    ['[..1831]', 'until 1831'],
    ['{1801..}', 'from 1801'],
    ['[1799,1801..1803,1810~..]', '1799 or 1801 to 1803 or from about 1810'],
    ['Y-12345', '12346 BCE'],
  ])('ai-timeline 20: %s reads %s', (edtf, expected) => {
    expect(displayDate({ edtf })).toBe(expected);
  });

  it('ai-timeline 20: the year of a BCE date is the historian’s', () => {
    expect([-8, 0, 1, 1781].map(historianYear)).toEqual([-9, -1, 1, 1781]);
  });
});
