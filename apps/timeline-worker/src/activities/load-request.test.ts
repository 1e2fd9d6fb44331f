import { cacheKeyOf } from './load-request';

const QUESTION = { chunk: { text: 'In 1801.', start: 0 }, sourceId: 's', model: 'm', promptVersion: '1', pass: 1 };

test.each([
  ['text', { ...QUESTION, chunk: { text: 'In 1802.', start: 0 } }],
  ['start', { ...QUESTION, chunk: { text: 'In 1801.', start: 1 } }],
  ['source', { ...QUESTION, sourceId: 't' }],
  ['model', { ...QUESTION, model: 'n' }],
  ['prompt', { ...QUESTION, promptVersion: '2' }],
  ['pass', { ...QUESTION, pass: 2 }],
])('ai-timeline 5: another %s is another question', (_what, other) => {
  expect(cacheKeyOf(QUESTION)).toMatch(/^[0-9a-f]{64}$/);
  expect(cacheKeyOf({ ...QUESTION })).toBe(cacheKeyOf(QUESTION));
  expect(cacheKeyOf(other)).not.toBe(cacheKeyOf(QUESTION));
});
