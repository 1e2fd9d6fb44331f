import { asciiDigits, normaliseText, isStorable } from './normalise';

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

test('ai-timeline 3: what is left when NUL is taken out is NFC too', () => {
  expect(normaliseText('e\u0000\u0301')).toBe('\u00e9');
});

test('common: text with NUL or half of a surrogate pair cannot be stored', () => {
  expect(['a\u0000b', '\ud83d', '\ude00', 'x\ude00\ud83d'].map(isStorable)).toEqual([false, false, false, false]);
  expect(['', 'ગઢડા', '\ud83d\ude00'].map(isStorable)).toEqual([true, true, true]);
});
