import { asciiDigits, normaliseText } from './normalise';

it('ai-timeline 3: text is stored NFC, with plain line breaks and without NUL', () => {
  expect(normaliseText('Gad\u0323hada\u0304\r\nnext\rline\u0000')).toBe('Gaḍhadā\nnext\nline');
});

it.each([
  ['૧૭૮૧', '1781'],
  ['१७८१', '1781'],
  ['１７８１', '1781'],
  ['𝟏𝟕𝟖𝟏', '1781'],
  ['𝟿𝟶', '90'],
  ['٣ April', '3 April'],
  ['plain 1781', 'plain 1781'],
])('ai-timeline 12: the digits of %s are %s', (text, expected) => {
  expect(asciiDigits(text)).toBe(expected);
});
