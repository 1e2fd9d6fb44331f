import { IMPORT_METRICS } from '@backend/importer/metrics';
import { HOST_METRICS, type Metrics, counter, histogram } from '@backend/shared/telemetry';
import { RULES_MODEL } from './contract';

const MODEL = { provider: { known: [RULES_MODEL] }, model: { known: [RULES_MODEL] } } as const;

const CALL_OUTCOMES = ['answered', 'refused', 'lost', 'quota', 'unavailable', 'cancelled'] as const;

/** What came of a question to a model. */
export type CallOutcome = (typeof CALL_OUTCOMES)[number];

/** What a timeline worker exports beside the SDK's own metrics. */
export const TIMELINE_METRICS = {
  ...HOST_METRICS,
  ...IMPORT_METRICS,
  modelCalls: counter({
    name: 'timeline_model_calls_total',
    unit: 'calls',
    help: 'Questions to a model: answered, refused (the question, the key or the model), lost (sent, and no answer began), quota (used up), unavailable (away or busy, and nothing was charged), cancelled. Stored answers are not asked for again and not counted.',
    labels: { ...MODEL, outcome: CALL_OUTCOMES },
  }),
  modelCallSeconds: histogram({
    name: 'timeline_model_call_seconds',
    unit: 'seconds',
    help: 'How long a question to a model took, to the last byte of the answer or to the failure.',
    labels: { provider: MODEL.provider },
    buckets: [0.01, 0.1, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300],
  }),
  modelTokens: counter({
    name: 'timeline_model_tokens_total',
    unit: 'tokens',
    help: 'Tokens of answered questions, as the provider reports them; where it reports none, the most that there may have been.',
    labels: { ...MODEL, direction: ['in', 'out'] },
  }),
  modelCost: counter({
    name: 'timeline_model_cost_microusd_total',
    unit: 'millionths of a US dollar',
    help: 'What the tokens of answered questions cost at the prices that the worker was given.',
    labels: MODEL,
  }),
  chunks: counter({
    name: 'timeline_chunks_total',
    unit: 'chunks',
    help: 'Chunks of sources that have an outcome. One that is stored by two attempts at once may count twice.',
    labels: { outcome: ['done', 'failed', 'refused'] },
  }),
  events: counter({
    name: 'timeline_events_total',
    unit: 'events',
    help: 'Events that a generation has written, new or changed, by the status that they have since. Counted after the commit.',
    labels: { status: ['published', 'needs_review', 'rejected'] },
  }),
  generations: counter({
    name: 'timeline_generations_total',
    unit: 'runs',
    help: 'Generations that have ended, by status. May count twice after a crash.',
    labels: { status: ['completed', 'completed_with_errors', 'budget_exhausted', 'cancelled', 'failed'] },
  }),
} as const;

export type TimelineMetrics = Metrics<typeof TIMELINE_METRICS>;

/** Of an extractor's name, which is `provider:model`, or one word for both. */
export function modelLabels(name: string): { provider: string; model: string } {
  const [provider = name, ...model] = name.split(':');
  return { provider, model: model.length > 0 ? model.join(':') : provider };
}

/** Begins the series of an extractor with 0, as those of known labels do by themselves, so that a rate sees its first question. */
export function beginModelSeries({ modelCalls, modelTokens, modelCost }: TimelineMetrics, extractor: string): void {
  const labels = modelLabels(extractor);
  for (const outcome of CALL_OUTCOMES) modelCalls.add(0, { ...labels, outcome });
  modelTokens.add(0, { ...labels, direction: 'in' });
  modelTokens.add(0, { ...labels, direction: 'out' });
  modelCost.add(0, labels);
}
