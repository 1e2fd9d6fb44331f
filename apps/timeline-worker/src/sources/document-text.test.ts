import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { FILES } from '../config';
import { LIMITS } from '../contract';
import { documentText } from './document-text';
import { sourceFailureOf } from './read-source';

const text = (content: string | Uint8Array, mediaType?: string) =>
  documentText({ bytes: Buffer.from(content as string), mediaType });

test('ai-timeline 3: HTML loses markup, scripts, styles and navigation and keeps words, paragraphs and letters', () => {
  const page = readFileSync(path.join(path.dirname(FILES.sample), 'sources', '04-visitors.html'));
  const result = documentText({ bytes: page, mediaType: 'text/html; charset=utf-8' });
  expect(result).toContain('Bishop Heber');
  expect(result).toContain('On 26\u00a0March 1825 Reginald Heber');
  expect(result).toContain('\n\n');
  for (const absent of ['1 January 1999', 'font-family', '<p>', '&nbsp;', 'Notes »'])
    expect(result).not.toContain(absent);
});

test('ai-timeline 3: text is stored in NFC, with one kind of line end', () => {
  expect(text('cafe\u0301\r\nnext\rlast', 'text/plain')).toBe('café\nnext\nlast');
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (content) => {
      fc.pre(content.replaceAll('\0', '').trim() !== '' && !content.includes('\0') && !content.startsWith('%PDF-'));
      const result = text(content, 'text/plain; charset=utf-8');
      expect(result.normalize('NFC')).toBe(result);
    }),
  );
});

test.each([
  ['declared', Buffer.from('Z\xfcrich', 'latin1'), 'text/plain; charset=iso-8859-1'],
  ['in the markup', Buffer.from('<meta charset="windows-1252"><p>Z\xfcrich</p>', 'latin1'), 'text/html'],
  ['not said', Buffer.from('Z\xfcrich', 'latin1'), 'text/plain'],
  ['not said, UTF-8', Buffer.from('Zürich'), undefined],
  ['by a mark', Buffer.from('\ufeffZürich', 'utf16le'), undefined],
  ['by a mark, UTF-8', Buffer.from('\ufeffZürich'), 'text/plain'],
])('an encoding that is %s is read', (_how, bytes, mediaType) => {
  expect(documentText({ bytes, mediaType })).toBe('Zürich');
});

test('ai-timeline 3: JSON becomes its values, one on a line', () => {
  expect(text('{"title":"A","parts":["B\\n1801",{"year":1802,"none":null}]}', 'application/ld+json')).toBe(
    'title: A\nparts: B\n1801\nyear: 1802',
  );
});

test('JSON as deep as it likes does not end the process', () => {
  expect(text(`${'['.repeat(5000)}"deep"${']'.repeat(5000)}`, 'application/json')).toBe('deep');
});

test.each([
  ['a PDF', '%PDF-1.7', undefined],
  ['a PDF by its type', 'x', 'application/pdf'],
  ['an image', 'x', 'image/png'],
  ['a binary form', 'PK\u0003\u0004\0\0', undefined],
  ['no JSON', 'x', 'application/json'],
  ['an unknown encoding', 'x', 'text/plain; charset=klingon'],
  ['nothing', ' \n ', 'text/plain'],
  ['a page without words', '<html><script>1</script></html>', 'text/html'],
])('ai-timeline 3: %s is not supported and says so in a sentence', (_what, content, mediaType) => {
  expect(() => text(content, mediaType)).toThrow(
    expect.objectContaining({ name: 'UnsupportedDocument', message: expect.stringMatching(/^The source .*\.$/) }),
  );
});

test('ai-timeline 3: a table is read row by row, and no page chooses how much memory that takes', () => {
  const page =
    '<table><tr><th>Year</th><th>Place</th></tr><tr><td colspan="2000000000">1822</td><td>Ahmedabad</td></tr></table>';
  expect(
    text(page, 'text/html')
      .split('\n')
      .map((line) => line.trim()),
  ).toEqual(['Year Place', '1822 Ahmedabad']);
});

test('ai-timeline 3: a text above the limit of a run is refused before anyone keeps it', () => {
  expect(text('a'.repeat(LIMITS.textChars), 'text/plain')).toHaveLength(LIMITS.textChars);
  let error: unknown;
  try {
    text('a'.repeat(LIMITS.textChars + 1), 'text/plain');
  } catch (caught) {
    error = caught;
  }
  expect(sourceFailureOf(error)).toEqual({
    code: 'SourceTooLarge',
    message: 'The source holds more than 5242880 characters of text.',
  });
});

test('ai-timeline 3: a JSON list or object may be as long as it likes', () => {
  const count = 300_000;
  const list = JSON.stringify(Array.from({ length: count }, () => 1));
  expect(text(list, 'application/json')).toHaveLength(2 * count - 1);
  const object = JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 1])));
  expect(text(object, 'application/json')).toMatch(/^k0: 1\nk1: 1\n/);
});
