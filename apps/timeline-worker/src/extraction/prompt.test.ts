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
