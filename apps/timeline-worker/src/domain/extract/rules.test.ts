import fc from 'fast-check';

import { withinCpuMs } from '../../../../../packages/importer/test/cpu-bound';
import { normaliseDate } from '../dates/normalise-date';
import { toEnd } from '../../../test/to-end';
import { createGrounder } from '../grounding';
import { extractByRules } from './rules';
import { TITLE_MAX_CHARS } from './title';

function titles(text: string): string[] {
  return extractByRules({ text }).map(({ title }) => title);
}

describe('ai-timeline 23: the rules extractor', () => {
  it.each([
    [
      'Swaminarayan was born on 3 April 1781 in Chhapaiya, a village near Ayodhya in northern India.',
      'Swaminarayan was born in Chhapaiya',
    ],
    [
      'On 28 October 1800 Ramanand Swami initiated Nilkanth Varni at Piplana.',
      'Ramanand Swami initiated Nilkanth Varni at Piplana',
    ],
    [
      'In 1826 Sahajanand Swami divided the followers between two dioceses, with seats at Ahmedabad and Vadtal.',
      'Sahajanand Swami divided the followers between two dioceses',
    ],
    [
      'On 26 March 1825 Reginald Heber, the Anglican bishop of Calcutta, met Swaminarayan at Nadiad.',
      'Reginald Heber met Swaminarayan at Nadiad',
    ],
    [
      'It held an ashram of the followers of Ramanand Swami, a Vaishnava teacher born in 1738.',
      'Birth of Ramanand Swami',
    ],
    [
      'An old entry says that the work was completed at Vadtal on Samvat 1882 Maha sud 5.',
      'The work was completed at Vadtal',
    ],
    ['- 1824: The temple at Vadtal was consecrated', 'The temple at Vadtal was consecrated'],
    ['He ruled the state of Gondal before 1807.', 'He ruled the state of Gondal before 1807'],
  ])('ai-timeline 23: %s', (text, title) => {
    expect(titles(text)).toEqual([title]);
  });

  it('ai-timeline 23: names, date as written, quote and confidence', () => {
    const text = 'On 28 October 1800 Ramanand Swami initiated Nilkanth Varni at Piplana.';
    expect(extractByRules({ text })).toEqual([
      {
        title: 'Ramanand Swami initiated Nilkanth Varni at Piplana',
        summary: text,
        dateText: '28 October 1800',
        places: ['Piplana'],
        people: ['Sahajanand Swami', 'Ramanand Swami'],
        quotes: [text],
        confidence: 0.9,
      },
    ]);
  });

  it.each([
    ['On 3 April 1781 he was born at Loj.', 0.9],
    ['On Samvat 1882 Maha sud 5 it was finished.', 0.9],
    ['In August 1799 he came to the village.', 0.8],
    ['In 1809 a ritual was held there.', 0.75],
    ['About 1809 a ritual was held there.', 0.6],
    ['In the 1820s six temples were built.', 0.6],
  ])('ai-timeline 23: confidence of "%s" is %f', (text, confidence) => {
    expect(extractByRules({ text }).map((event) => event.confidence)).toEqual([confidence]);
  });

  it('ai-timeline 23: a Gregorian and a Samvat date of one sentence are one event', () => {
    const events = extractByRules({
      text: 'The Shikshapatri was completed on Samvat 1882 Maha sud 5 (12 February 1826) at Vadtal.',
    });
    expect(events).toHaveLength(1);
    expect(events[0]?.dateText).toBe('Samvat 1882 Maha sud 5 (12 February 1826)');
  });

  it('ai-timeline 23: a sentence that gives the day again in the other calendar becomes a second quote', () => {
    const text =
      'The temple was consecrated on 24 February 1822. It is large. An entry gives the day as Samvat 1878 Fagan sud 3.';
    const events = extractByRules({ text });
    expect(events).toHaveLength(1);
    expect(events[0]?.quotes).toHaveLength(2);
  });

  it('ai-timeline 23: two dated clauses are two events', () => {
    const events = extractByRules({
      text: 'Gunatitanand Swami was initiated at Dabhan in January 1810 and died at Gondal on 11 October 1867.',
    });
    expect(events.map(({ title, dateText }) => [title, dateText])).toEqual([
      ['Gunatitanand Swami was initiated at Dabhan', 'January 1810'],
      ['Gunatitanand Swami died at Gondal', '11 October 1867'],
    ]);
  });

  it('a pronoun is replaced, in brackets, by the person the paragraph speaks of', () => {
    expect(titles('Muktanand Swami was born in 1758. He composed a hymn in 1801.')).toEqual([
      'Birth of Muktanand Swami',
      '[Muktanand Swami] composed a hymn',
    ]);
    expect(titles('Muktanand Swami was born in 1758.\n\nHe composed a hymn in 1801.')[1]).toBe('He composed a hymn');
  });

  it.each([
    'It has 1826 verses and cost Rs. 1809 in all.',
    'Leadership of the fellowship, 1801 to 1830',
    '# The year 1826',
    'See pp. 1801 and No. 1822 of the register.',
    'Heber, Narrative of a Journey, John Murray, vol. 2, London, 1828, retrieved 2019.',
    'Both parents died when he was eleven years old.',
    'He may come again in the fall.',
  ])('ai-timeline 23: no event in "%s"', (text) => {
    expect(titles(text)).toEqual([]);
  });

  it('ai-timeline 23: reads Gujarati', () => {
    const [event] = extractByRules({ text: 'સ્વામિનારાયણ ગઢડામાં સંવત ૧૮૮૬ જેઠ સુદ ૧૦ ના રોજ ધામમાં ગયા.' });
    expect(event).toMatchObject({ dateText: 'સંવત ૧૮૮૬ જેઠ સુદ ૧૦', places: ['Gadhada'], people: ['Sahajanand Swami'] });
  });

  it.each([
    ['(', '('.repeat(19_000)],
    [',', ','.repeat(19_000)],
    ['( ', '( '.repeat(9500)],
    ['a word and full stops', `${'a'.repeat(10_000)} ${'B. '.repeat(3000)}`],
  ])('ai-timeline 23: a sentence with a page of %j before its date is read in bounded time', async (_what, page) => {
    const text = `A hall was opened ${page} in 1850 at Vadtal.`;
    const events = await withinCpuMs(3000, async () => extractByRules({ text }));
    expect(events.map(({ dateText }) => dateText)).toEqual(['1850']);
  });

  it.each([
    ['The hall was opened at Vadtal, on the night of 3 April 1781.', 'The hall was opened at Vadtal'],
    ['The hall was opened at Vadtal ( , [ in the year 1781).', 'The hall was opened at Vadtal'],
    ['The hall was opened at Berlin 1781.', 'The hall was opened at Berlin'],
  ])('ai-timeline 23: what leads to the date of "%s" is no part of the title', (text, title) => {
    expect(titles(text)).toEqual([title]);
  });

  it('ai-timeline 23: quotes are in the text and titles are short, whatever the text; the same text gives the same events', () => {
    const parts = fc.array(
      fc.constantFrom(
        'Swaminarayan',
        'met him',
        'on 3 April 1781',
        'in 1809',
        'Samvat 1886 Jeth sud 10',
        '. ',
        ', ',
        ' and ',
        '\n\n',
        '; he left',
        ' the temple',
        'c. 1800',
        'x'.repeat(200),
        '"',
        '(',
        ') ',
      ),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(parts, (list) => {
        const text = list.join(' ').normalize('NFC');
        const events = extractByRules({ text });
        expect(extractByRules({ text })).toEqual(events);
        for (const event of events) {
          for (const quote of event.quotes)
            expect(toEnd(createGrounder(text)({ quote, near: { start: 0, end: text.length } }))).toHaveProperty(
              'quote',
            );
          expect(event.title.length).toBeLessThanOrEqual(TITLE_MAX_CHARS + 30);
          expect(normaliseDate({ text: event.dateText })).not.toEqual({ code: 'FutureDate' });
        }
      }),
      { numRuns: 200 },
    );
  });
});
