import { createRandom } from '../test/support/random';

/** Characters of the documents of which four make a source. */
const DOCUMENT_CHARS = 26_000;
const DOCUMENTS = 4;

const SYLLABLES = ['Ka', 'De', 'Mu', 'Ra', 'So', 'Ji', 'La', 'Pa', 'Vi', 'Ne', 'Ha', 'Bhu'];
const FAMILIES = ['Khachar', 'Desai', 'Thakkar', 'Bhatt', 'Rana', 'Pandya', 'Joshi', 'Vora'];
const PLACES = ['Gadhada', 'Bhuj', 'Vadtal', 'Junagadh', 'Ahmedabad', 'Loj', 'Sarangpur', 'Kariyani'];
const DEEDS = ['founded a school', 'opened a well', 'gave land for a garden', 'finished a manuscript', 'built a hall'];
const PLAIN = [
  'The road to the town ran between fields of millet and cotton.',
  'Travellers rested under the trees by the river and told of what they had seen.',
  'In most years the harvest was good, and the traders of the coast came for grain.',
  'The elders remembered a time when the river had another course.',
  'Songs of the place speak of patience, of rain and of long journeys.',
];
const MONTHS = ['January', 'March', 'April', 'June', 'August', 'October', 'November'];
const LUNAR_MONTHS = ['Chaitra', 'Jeth', 'Shravan', 'Kartik', 'Maha', 'Fagan'];

/**
 * A historian's texts, the same for the same number: about 100 KiB each, with one dated sentence in so many. Dates are Gregorian
 * days, months, years and decades and days of the Samvat calendar; some events are told by two sources.
 */
export function volumeText(source: number, sentencesToADate: number): string {
  const documents = Array.from({ length: DOCUMENTS }, (_, index) =>
    documentText(source * DOCUMENTS + index, sentencesToADate),
  );
  return documents.join('\n\n');
}

function documentText(document: number, sentencesToADate: number): string {
  const random = createRandom(document);
  const retold = createRandom(document - 1);
  const paragraphs = [`Notes of the ${document}. record`];
  let chars = 0;
  for (let told = 0; chars < DOCUMENT_CHARS;) {
    const sentences: string[] = [];
    for (let index = 0; index < 5; index += 1) {
      if (random(sentencesToADate) > 0) sentences.push(PLAIN[random(PLAIN.length)]!);
      else {
        told += 1;
        sentences.push(datedSentence(told % 20 === 0 && document > 0 ? retold : random));
      }
    }
    const paragraph = sentences.join(' ');
    chars += paragraph.length + 2;
    if (chars < DOCUMENT_CHARS) paragraphs.push(paragraph);
  }
  return paragraphs.join('\n\n');
}

function datedSentence(random: (limit: number) => number): string {
  const who = `${nameOf(random)} ${FAMILIES[random(FAMILIES.length)]}`;
  const deed = `${who} ${DEEDS[random(DEEDS.length)]} in ${PLACES[random(PLACES.length)]}`;
  const year = 1780 + random(120);
  const day = 1 + random(28);
  const month = MONTHS[random(MONTHS.length)];
  switch (random(6)) {
    case 0:
      return `In ${month} ${year} ${deed}, as the register of the town says.`;
    case 1:
      return `About ${year} ${deed}, as far as anyone can tell.`;
    case 2:
      return `In the ${year - (year % 10)}s ${deed}, and nobody knows the day.`;
    case 3:
      return `On Samvat ${year + 57} ${LUNAR_MONTHS[random(LUNAR_MONTHS.length)]} sud ${1 + random(15)} ${deed}, with many guests.`;
    default:
      return `On ${day} ${month} ${year} ${deed}, and the whole town was there.`;
  }
}

function nameOf(random: (limit: number) => number): string {
  const syllables = Array.from({ length: 4 }, () => SYLLABLES[random(SYLLABLES.length)]!);
  return syllables.map((syllable, index) => (index === 0 ? syllable : syllable.toLowerCase())).join('');
}
