import type { GenerationProgress } from '../contract';
import { generationDetails } from './details';

test('platform: a request shows chunks, events, tokens and what they cost, and nothing of its sources', () => {
  const progress: GenerationProgress = {
    phase: 'extracting',
    sources: { ok: 2, failed: [{ sourceId: 'letters', code: 'SourceNotFound', message: 'There is no letters.pdf.' }] },
    chunksDone: 3,
    chunksTotal: 12,
    tokens: { in: 5200, out: 610 },
    events: 0,
    remaining: [{ sourceId: 'chronicle', start: 0, pass: 1 }],
  };
  expect(generationDetails(progress, { costMicroUsd: 12_345 })).toBe(
    '**extracting**: 3 of 12 chunks\n- 2 sources, 1 could not be read\n- 0 events stored\n- 5200 tokens in, 610 out, 0.0123 USD',
  );
  expect(generationDetails({ ...progress, sources: { ok: 1, failed: [] } }, { costMicroUsd: 0 })).toMatch(
    /- 1 sources\n- 0 events stored\n- 5200 tokens in, 610 out$/,
  );
});
