import fc from 'fast-check';
import { withinCpuMs } from '../../../../../packages/importer/test/cpu-bound';
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

test('ai-timeline 3: a long run of combining marks takes time that grows with its length, not with its square', async () => {
  const run = `a${'\u0301'.repeat(50_000)}${'\u0316'.repeat(50_000)}`;
  const stored = await withinCpuMs(1000, async () => normaliseText(run));
  expect(stored.startsWith('\u00e1')).toBe(true);
  expect(stored.replaceAll('\u034f', '')).toHaveLength(100_000);
});

test('ai-timeline 3: stored text is NFC with no more than 30 marks in a row, and storing it again changes nothing', () => {
  // Signs that come together, marks that fall apart into two or three, and the sign that parts them.
  const unit = fc.constantFrom(
    'a',
    '\u0301',
    '\u0316',
    '\u0344',
    '\u0958',
    '\ud834\udd60',
    '\u034f',
    '\u0915',
    '\u09be',
  );
  const text = fc
    .array(fc.tuple(unit, fc.constantFrom(1, 2, 29, 30, 31, 75)), { maxLength: 8 })
    .map((parts) => parts.map(([sign, times]) => sign.repeat(times)).join(''));
  fc.assert(
    fc.property(text, (raw) => {
      const stored = normaliseText(raw);
      expect(stored.normalize('NFC')).toBe(stored);
      expect(stored).not.toMatch(/(?:(?!\u034f)\p{M}){31}/u);
      expect(normaliseText(stored)).toBe(stored);
    }),
    { examples: [['a' + '\u0344'.repeat(30)]] },
  );
  const plain = `g${'\u0323\u0304'.repeat(15)}`;
  expect(normaliseText(plain)).toBe(plain.normalize('NFC'));
});

test('common: text with NUL or half of a surrogate pair cannot be stored', () => {
  expect(['a\u0000b', '\ud83d', '\ude00', 'x\ude00\ud83d'].map(isStorable)).toEqual([false, false, false, false]);
  expect(['', 'ગઢડા', '\ud83d\ude00'].map(isStorable)).toEqual([true, true, true]);
});
