import fc from 'fast-check';

import { chunkText, halveChunk } from './chunk';

const pieces = fc.array(
  fc.constantFrom('a word', ' ', '. ', '\n\n', '\n', '? ', '।  ', 'શબ્દ', '😀', '𑄀𑄁', 'x'.repeat(30), 'Dr. ', '\u00a0'),
  { maxLength: 200 },
);

describe('ai-timeline 4: chunks', () => {
  it('ai-timeline 4: chunks are slices in order, cover the text, keep the size and part no surrogate pair', () => {
    fc.assert(
      fc.property(
        pieces,
        fc.integer({ min: 8, max: 120 }),
        fc.double({ min: 0, max: 0.5, noNaN: true }),
        (parts, maxChars, share) => {
          const text = parts.join('');
          const overlapChars = Math.floor(maxChars * share);
          const chunks = chunkText({ text, maxChars, overlapChars });
          let covered = 0;
          for (const [index, chunk] of chunks.entries()) {
            expect(chunk.index).toBe(index);
            expect(chunk.text).toBe(text.slice(chunk.start, chunk.end));
            expect(chunk.text.length).toBeLessThanOrEqual(maxChars);
            expect(chunk.start).toBeLessThanOrEqual(covered);
            expect(covered - chunk.start).toBeLessThanOrEqual(overlapChars);
            expect(chunk.end).toBeGreaterThan(covered);
            expect(chunk.text).not.toMatch(/^[\udc00-\udfff]|[\ud800-\udbff]$/);
            covered = chunk.end;
          }
          expect(covered).toBe(text.length);
        },
      ),
    );
  });

  it('ai-timeline 4: ends at a paragraph, else a sentence, else a space', () => {
    const end = (text: string): string | undefined => chunkText({ text, maxChars: 40, overlapChars: 0 })[0]?.text;
    expect(end('First one. Then two more.\n\nSecond paragraph. It goes on and on.')).toBe(
      'First one. Then two more.\n\n',
    );
    expect(end('First sentence goes here. Second one is a good deal longer than that.')).toBe(
      'First sentence goes here. ',
    );
    expect(end('no end of a sentence anywhere in these words at all')).toBe('no end of a sentence anywhere in these ');
    expect(end('x'.repeat(100))).toBe('x'.repeat(40));
    expect(end('ગઢડામાં એક મંદિર છે। પછી બીજું વાક્ય અહીં શરૂ થાય છે અને ચાલે છે।')).toBe('ગઢડામાં એક મંદિર છે। ');
  });

  it('ai-timeline 4: the same text gives the same chunks; nothing gives none', () => {
    const text = 'One. Two. Three.\n\n'.repeat(50);
    expect(chunkText({ text, maxChars: 100, overlapChars: 20 })).toEqual(
      chunkText({ text, maxChars: 100, overlapChars: 20 }),
    );
    expect(chunkText({ text: '', maxChars: 100, overlapChars: 20 })).toEqual([]);
  });

  it.each([
    [4, 0],
    [100, -1],
    [100, 51],
    [100.5, 0],
  ])('ai-timeline 4: sizes %f and %f are refused', (maxChars, overlapChars) => {
    expect(() => chunkText({ text: 'x', maxChars, overlapChars })).toThrow(RangeError);
  });

  it('ai-timeline 8: halves of a chunk join to the chunk', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 20, maxLength: 300, unit: 'grapheme' }), (text) => {
        const halves = halveChunk({ index: 3, start: 1000, end: 1000 + text.length, text });
        if (!halves) throw new Error('long enough to halve');
        const [first, second] = halves;
        expect(first.text + second.text).toBe(text);
        expect([first.start, first.end, second.start, second.end]).toEqual([
          1000,
          second.start,
          first.end,
          1000 + text.length,
        ]);
        expect(first.text).not.toBe('');
        expect(second.text).not.toBe('');
      }),
    );
    expect(halveChunk({ index: 0, start: 0, end: 4, text: 'abcd' })).toBeUndefined();
  });
});
