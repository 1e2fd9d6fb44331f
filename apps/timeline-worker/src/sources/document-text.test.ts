import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { FILES } from '../config';
import { withinCpuMs } from '../../../../packages/importer/test/cpu-bound';
import { LIMITS } from '../contract';
import { documentText, formOf } from './document-text';
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
  ['a PDF by its first bytes', '%PDF-1.7', 'text/plain', 'pdf'],
  ['a PDF by its type', 'x', 'application/pdf', 'pdf'],
  ['HTML by its type', 'x', 'text/html; charset=utf-8', 'html'],
  ['HTML by its first words', ' <!DOCTYPE html><p>x', undefined, 'html'],
  ['XHTML that begins as XML', '<?xml version="1.0"?>\n<html xmlns="http://www.w3.org/1999/xhtml">', undefined, 'html'],
  ['XML by its type', 'x', 'application/tei+xml', 'xml'],
  ['XML by its first words', '\ufeff<?xml version="1.0"?><a/>', 'application/octet-stream', 'xml'],
  ['a text about XML', '<?xml version="1.0"?>', 'text/plain', 'plain'],
])('ai-timeline 3: %s is known as what it is', (_what, content, mediaType, form) => {
  expect(formOf({ bytes: Buffer.from(content), mediaType })).toBe(form);
});

test.each([
  [
    'paragraphs, with what stands in a line',
    '<TEI><head>1799</head><p>He came to <place>Loj</place>,\n      they say.</p><p/><p>He stayed.</p></TEI>',
    '1799\n\nHe came to Loj,\nthey say.\n\nHe stayed.',
  ],
  ['records', '<e n="1"><year>1800</year>\n  <place>Gadhada</place></e>', '1800\n\nGadhada'],
  ['marked sections and signs', '<a><![CDATA[1 < 2 & ]]>3 &lt; 4 &#2709;</a>', '1 < 2 & 3 < 4 \u0a95'],
  ['entities of its own, as they stand', '<!DOCTYPE a [<!ENTITY b "bomb">]><a>no &b; here</a>', 'no &b; here'],
  ['tags that nobody closes', '<a><b>one<c>two', 'onetwo'],
  ['tags that nobody opened', '</b><a>one</a></c>', 'one'],
])('ai-timeline 3: of XML the words are kept: %s', (_what, content, words) => {
  expect(text(content, 'text/xml')).toBe(words);
});

test('ai-timeline 3: a page whose whole body is a form keeps its words and loses what is there to be pressed and chosen', () => {
  const page = `<body><form method="post" action="./page.aspx"><input type="hidden" name="__VIEWSTATE" value="dDwt">
    <h1>Loj</h1><p>In 1799 he came to Loj.</p><button>Send</button><select><option>Gadhada</select>
    <textarea>Your words</textarea><datalist><option>1801</datalist></form></body>`;
  expect(text(page, 'text/html')).toBe('Loj\n\nIn 1799 he came to Loj.');
});

test('ai-timeline 3: blanks in XML take time that grows with their length, not with its square', async () => {
  const blanks = ' '.repeat(200_000);
  const xml = `<p>one${blanks}two \t\n \u00a0three\n<b/> \n four</p>`;
  expect(await withinCpuMs(500, async () => text(xml, 'text/xml'))).toBe(`one${blanks}two\nthree\n\nfour`);
});

test('XML as deep as it likes does not end the process', () => {
  expect(text(`${'<a>'.repeat(50_000)}deep${'</a>'.repeat(50_000)}`, 'application/xml')).toBe('deep');
});

test.each([
  [
    'in the XML declaration',
    Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><a>Z\xfcrich</a>', 'latin1'),
    'text/xml',
  ],
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

test('ai-timeline 3: what a server says of its document does not choose how long a failure is told', () => {
  let error: unknown;
  try {
    text('x', `image/${'x'.repeat(16_000)}`);
  } catch (caught) {
    error = caught;
  }
  expect(sourceFailureOf(error)?.message).toBe(
    `The source is image/${'x'.repeat(74)}, which is not read; give it as text, HTML or PDF.`,
  );
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
