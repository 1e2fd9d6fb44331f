import fc from 'fast-check';
import { isPromptVersion, systemMessage, userMessage } from './prompt';

test('ai-timeline 5: the source stands between fences that it cannot hold, and nowhere else', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const message = userMessage({ text, pass: 1 });
      const nonce = /^<source-([0-9a-f]{24})>\n/.exec(message)![1]!;
      expect(text).not.toContain(nonce);
      expect(message).toBe(`<source-${nonce}>\n${text}\n</source-${nonce}>`);
    }),
  );
});

test('ai-timeline 5: each call has a fence of its own', () => {
  expect(userMessage({ text: 'x', pass: 1 })).not.toBe(userMessage({ text: 'x', pass: 1 }));
});

test('ai-timeline 5: the system message is constant per version', () => {
  expect(systemMessage('1')).toBe(systemMessage('1'));
  expect(isPromptVersion('1')).toBe(true);
  expect(isPromptVersion('constructor')).toBe(false);
  expect(() => systemMessage('0')).toThrow(RangeError);
});

test('ai-timeline 8: a repair is the same question with what was wrong behind the fence', () => {
  const message = userMessage({ text: 'x', pass: 1, problem: 'it is not one JSON document.' });
  expect(message).toMatch(
    /^<source-(\w+)>\nx\n<\/source-\1>\n\nAn earlier answer did not fit: it is not one JSON document\. /,
  );
});

test('ai-timeline 12: the model is told to quote the heading that holds the year', () => {
  expect(systemMessage('2')).toContain('If the year stands in a heading, copy the heading as a quote of its own');
});
