import fc from 'fast-check';
import { SIMILAR, comparableText, textSimilarity } from './index';

/** A text as one source has it: its description, or payee and description. */
type Source = string | readonly [payee: string, description: string];

const textOf = (source: Source) =>
  comparableText(
    typeof source === 'string' ? { payee: '', description: source } : { payee: source[0], description: source[1] },
  );
const similarity = (one: Source, other: Source) => textSimilarity(textOf(one), textOf(other));

// One payment, as the bank's CSV has it and as its OFX (whose NAME ends after 32 characters), MT940, CAMT.053 or a person does.
test.each<[string, Source, Source]>([
  ['the same words', 'NETFLIX.COM LOS GATOS', 'Netflix.com, Los Gatos'],
  ['NAME cut off at 32 characters', 'STARBUCKS STORE #1234 SEATTLE WASHINGTON', 'STARBUCKS STORE #1234 SEATTLE WA'],
  [
    'NAME and MEMO instead of one column',
    'POS DEBIT AMAZON.COM*MK4TG0 AMZN.COM/BILL WA',
    ['AMAZON.COM*MK4TG0', 'AMZN.COM/BILL WA'],
  ],
  [
    'a name that is cut off, and a memo',
    'WHOLEFDS MKT 10234 CAMBRIDGE MASSACHUSETTS',
    ['WHOLEFDS MKT 10234 CAMBRIDGE MA', 'POS WHOLEFDS MKT 10234'],
  ],
  ['a kind of payment in front', 'CHECKCARD NETFLIX.COM LOS GATOS CA', 'NETFLIX.COM LOS GATOS CA'],
  [
    'place, time and card behind',
    'REWE SAGT DANKE. 43210//BERLIN/DE 2025-01-02T18:23:11 KFN 1 VJ 2712',
    'REWE SAGT DANKE 43210 BERLIN',
  ],
  [
    'umlauts written out by MT940',
    ['Bäckerei Müller', 'Kartenzahlung Königsstraße'],
    ['BAECKEREI MUELLER', 'KARTENZAHLUNG KOENIGSSTRASSE'],
  ],
  ['accents dropped', 'PRLV SEPA ÉLECTRICITÉ DE FRANCE', 'PRLV SEPA ELECTRICITE DE FRANCE'],
  [
    'a reference added by CAMT.053',
    ['Stadtwerke Köln GmbH', 'Abschlag 01/2025'],
    ['Stadtwerke Köln GmbH', 'Abschlag 01/2025 RF18539007547034'],
  ],
  ['abbreviated', 'Lastschr. Vodafone GmbH Mobilfunk Rechnung', 'LASTSCHRIFT VODAFONE GMBH MOBILFUNK RECHNUNG 4711'],
  ['entered by hand', ['REWE Markt GmbH', 'REWE SAGT DANKE 43210'], 'Rewe'],
  ['full-width letters', 'ｾﾌﾞﾝｲﾚﾌﾞﾝ 新宿', 'セブンイレブン　新宿'],
  ['Gujarati', 'સ્વામિનારાયણ મંદિર દાન', ['સ્વામિનારાયણ મંદિર', 'દાન UPI 4711']],
  ['no text at all', '', ['', '  ']],
])('data-import 12: one payment from two sources is similar: %s', (_what, one, other) => {
  expect(similarity(one, other)).toBeGreaterThanOrEqual(SIMILAR);
});

// Measures of letters give 0.85 and more to many of these, because they begin alike.
test.each<[string, Source, Source]>([
  ['other shops, one kind of payment', 'KARTENZAHLUNG GIROCARD ALDI', 'KARTENZAHLUNG GIROCARD REWE'],
  ['other creditors', 'SEPA-Lastschrift Vodafone GmbH', 'SEPA-Lastschrift Stadtwerke GmbH'],
  ['other merchants behind PayPal', 'PAYPAL *SPOTIFY', 'PAYPAL *GITHUB'],
  ['other machines', 'ATM WITHDRAWAL 5TH AVE', 'ATM WITHDRAWAL MAIN ST'],
  ['other invoices', 'Invoice 1001', 'Invoice 1002'],
  ['an invoice whose number begins with the number of another one', 'Invoice 100', 'Invoice 1001'],
  ['other directions', 'Transfer to savings', 'Transfer from savings'],
  ['nothing in common', 'NETFLIX.COM', 'Spotify AB'],
  ['a text and none', 'NETFLIX.COM', ''],
  ['two letters are no evidence', 'A B', 'A B C D E F'],
])('data-import 12: two payments are not similar: %s', (_what, one, other) => {
  expect(similarity(one, other)).toBeLessThan(SIMILAR);
});

test('data-import 12: the boundary is 0.85 and belongs to what is similar', () => {
  const longer = 'alfa brav char delt zulu yank xray';
  // Of 20 letters that count 17 are the same; of 19, 16.
  expect(similarity('alfa brav char delt k wwv', `${longer} k`)).toBe(SIMILAR);
  expect(similarity('alfa brav char delt wwv', longer)).toBeCloseTo(16 / 19, 12);
  expect(16 / 19).toBeLessThan(SIMILAR);
});

const source = fc.oneof(
  fc.tuple(fc.string({ unit: 'grapheme', maxLength: 30 }), fc.string({ unit: 'grapheme', maxLength: 60 })),
  fc.tuple(
    fc.constantFrom('', 'REWE', 'Rewe Markt GmbH', 'Müller'),
    fc
      .array(fc.constantFrom('rewe', 'sagt', 'danke', 'dankeschön', '43210', 'w', 'wa', 'GmbH', 'Mueller'), {
        maxLength: 8,
      })
      .map((words) => words.join(' ')),
  ),
);

test('data-import 12: similarity is symmetric, between 0 and 1, and 1 of a text with itself', () => {
  fc.assert(
    fc.property(source, source, (one, other) => {
      const alike = similarity(one, other);
      expect(alike).toBeGreaterThanOrEqual(0);
      expect(alike).toBeLessThanOrEqual(1 + 1e-12);
      expect(similarity(other, one)).toBe(alike);
      expect(similarity(one, one)).toBe(1);
    }),
    { numRuns: 2000 },
  );
});

test('data-import 12: case, spaces and punctuation between words make no difference', () => {
  fc.assert(
    fc.property(source, fc.constantFrom(' - ', '  ', ', ', '//', ' *'), ([payee, description], between) => {
      const other = description.toUpperCase().split(' ').join(between);
      fc.pre(description.toUpperCase().toLowerCase() === description.toLowerCase());
      expect(similarity([payee, description], [payee, other])).toBe(1);
    }),
  );
});

test('data-import 12: words that one source adds do not make a text less similar', () => {
  const word = fc.stringMatching(/^[a-z]{3,9}$/);
  fc.assert(
    fc.property(
      fc.uniqueArray(word, { minLength: 1, maxLength: 6 }),
      fc.array(word, { maxLength: 6 }),
      (words, added) => {
        expect(similarity(words.join(' '), [...words, ...added].join(' '))).toBe(1);
      },
    ),
  );
});
