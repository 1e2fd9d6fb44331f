import { failureType } from '@backend/shared/failures';
import type { AITimelineGenerationInput } from '../contract';
import { resolveInput } from './generation-input';

const GOOD: AITimelineGenerationInput = {
  timelineId: 'town',
  requestId: 'r1',
  topic: 'A town',
  sources: [{ sourceId: 's1', title: 'Source', tier: 1, kind: 'text', text: 'Something happened in 1801.' }],
};

test('ai-timeline 1: every setting that is left out has its default', () => {
  expect(resolveInput(GOOD)).toEqual({
    timelineId: 'town',
    requestId: 'r1',
    topic: 'A town',
    model: 'rules',
    promptVersion: '2',
    budget: { maxTotalTokens: 0 },
    chunk: { maxChars: 4000, overlapChars: 400 },
    passes: 1,
    maxOutputTokensPerCall: 4000,
    calendar: { samvatYear: 'kartikadi', month: 'amanta', gregorianFrom: '1582-10-15' },
    range: null,
    review: 'low',
    minConfidence: 0.8,
  });
});

test('ai-timeline 1: what is given is kept', () => {
  const given = {
    ...GOOD,
    model: 'm',
    promptVersion: '1',
    budget: { maxTotalTokens: 9000, maxCostMicroUsd: 5 },
    chunk: { maxChars: 1000, overlapChars: 0 },
    passes: 3,
    maxOutputTokensPerCall: 500,
    calendar: { samvatYear: 'chaitradi' },
    range: '1700/1900',
    review: 'all',
    minConfidence: 0,
  } as const;
  const { sources: _, ...expected } = given;
  expect(resolveInput(given)).toEqual({
    ...expected,
    calendar: { samvatYear: 'chaitradi', month: 'amanta', gregorianFrom: '1582-10-15' },
  });
});

const [SOURCE] = GOOD.sources;
const refused: [field: string, change: Record<string, unknown>][] = [
  ['timelineId', { timelineId: '' }],
  ['timelineId', { timelineId: 'a/b' }],
  ['requestId', { requestId: 7 }],
  ['topic', { topic: ' ' }],
  ['topic', { topic: 'a\u0000' }],
  ['topic', { topic: '\ud83d' }],
  ['sources[0].title', { sources: [{ ...SOURCE, title: 'a\u0000b' }] }],
  ['sources[0].uri', { sources: [{ ...SOURCE, kind: 'url', uri: 'https://a.example/\udc00' }] }],
  ['sources', { sources: [] }],
  ['sources', { sources: undefined }],
  ['sources', { sources: Array.from({ length: 51 }, (_, index) => ({ ...SOURCE, sourceId: `s${index}` })) }],
  ['sources[1].sourceId', { sources: [SOURCE, SOURCE] }],
  ['sources[0].tier', { sources: [{ ...SOURCE, tier: 4 }] }],
  ['sources[0].kind', { sources: [{ ...SOURCE, kind: 'ftp' }] }],
  ['sources[0].uri', { sources: [{ ...SOURCE, kind: 'url', uri: 'file:///etc/passwd' }] }],
  ['sources[0].ref', { sources: [{ ...SOURCE, kind: 'blob', ref: '/etc/passwd' }] }],
  ['sources[0].text', { sources: [{ ...SOURCE, text: '' }] }],
  ['sources[0].calendar.month', { sources: [{ ...SOURCE, calendar: { month: 'lunar' } }] }],
  ['blobs', { sources: [{ ...SOURCE, text: 'x'.repeat(100_000) }] }],
  ['budget', { model: 'm', maxOutputTokensPerCall: 100 }],
  ['maxOutputTokensPerCall', { model: 'm', budget: { maxTotalTokens: 1 } }],
  ['budget.maxTotalTokens', { budget: { maxTotalTokens: 1.5 } }],
  ...[{}, { maxCostMicroUsd: 5 }, { maxTotalTokens: 0 }, { maxTotalTokens: '9000' }, []].map(
    (budget): (typeof refused)[0] => ['budget.maxTotalTokens', { model: 'm', budget, maxOutputTokensPerCall: 100 }],
  ),
  ...[5, 'x', true, null].map((budget): (typeof refused)[0] => [
    'budget',
    { model: 'm', budget, maxOutputTokensPerCall: 100 },
  ]),
  ['budget', { budget: 'x' }],
  ['passes', { passes: 4 }],
  ['chunk.maxChars', { chunk: { maxChars: 10 } }],
  ['chunk.overlapChars', { chunk: { maxChars: 1000, overlapChars: 600 } }],
  ['calendar', { calendar: { era: 'bce' } }],
  ['review', { review: 'some' }],
  ['minConfidence', { minConfidence: 80 }],
  ['minConfidence', { minConfidence: Number.NaN }],
  ['range', { range: '' }],
];

test.each(refused)('common rules: a wrong %s is refused with a sentence that names it', (field, change) => {
  let error: unknown;
  try {
    resolveInput({ ...GOOD, ...change });
  } catch (caught) {
    error = caught;
  }
  expect(failureType(error)).toBe('InvalidInput');
  expect((error as Error).message).toContain(field);
});

test('a run that goes on needs no sources: they are stored', () => {
  const carry = { sources: { ok: 1, failed: [] }, addedTokens: 0, paused: false };
  expect(resolveInput({ ...GOOD, sources: [], carry }).timelineId).toBe('town');
});
