import { BudgetExhausted } from './purse';
import { halveChunk } from '../domain/text/chunk';
import type { Chunk, ModelEvent } from '../domain/types';
import { type ParsedAnswer, parseAnswer } from './parse-answer';
import { type Answer, QuestionRefused } from './types';

/** What became of one chunk. An outcome is final for the request that asked. */
export interface ChunkAnswer {
  readonly outcome: 'done' | 'failed' | 'refused';
  readonly events: readonly ModelEvent[];
  /** Items that did not fit the schema even after a repair. */
  readonly dropped: number;
}

/** Asks once about a piece of text; the caller sees to budget, limits and the record of what was used. */
export type Ask = (question: { text: string; repair?: { answer: string; problem: string } }) => Promise<Answer>;

/** A text whose answer is cut off is halved at most this often: eighths of a chunk. */
const MAX_HALVINGS = 3;

/**
 * The events of one chunk (ai-timeline 8). An answer that does not fit the schema is asked for once more; what is still
 * bad is dropped and counted. Of an answer that was cut off the complete items are kept, and both halves of the text are
 * asked about. A refusal makes the chunk `refused`; no usable answer at all makes it `failed`.
 */
export async function extractChunk(ask: Ask, chunk: Chunk, depth = 0): Promise<ChunkAnswer> {
  try {
    const answer = await ask({ text: chunk.text });
    if (answer.stop === 'refusal') return { outcome: 'refused', events: [], dropped: 0 };
    if (answer.stop === 'length') return await extractHalves(ask, chunk, { answer, depth });
    const parsed = parseAnswer(answer.text);
    if (parsed.problem === null) return { outcome: 'done', events: parsed.events, dropped: 0 };

    const repaired = await askForRepair(ask, chunk, { answer: answer.text, parsed });
    if (!repaired || repaired.stop === 'refusal') return outcomeOf(parsed);
    const second = parseAnswer(repaired.text, { truncated: repaired.stop === 'length' });
    // A repair that is worse than what it was to mend is not used.
    return outcomeOf(second.events.length >= parsed.events.length ? second : parsed);
  } catch (error) {
    if (error instanceof QuestionRefused) return { outcome: 'failed', events: [], dropped: 0 };
    throw error;
  }
}

/** Undefined when the provider will not take the question, or the budget ends there: what the first answer had is kept. */
async function askForRepair(
  ask: Ask,
  chunk: Chunk,
  { answer, parsed }: { answer: string; parsed: ParsedAnswer },
): Promise<Answer | undefined> {
  try {
    return await ask({ text: chunk.text, repair: { answer, problem: parsed.problem ?? '' } });
  } catch (error) {
    if (error instanceof QuestionRefused) return undefined;
    if (error instanceof BudgetExhausted && parsed.events.length > 0) return undefined;
    throw error;
  }
}

async function extractHalves(
  ask: Ask,
  chunk: Chunk,
  { answer, depth }: { answer: Answer; depth: number },
): Promise<ChunkAnswer> {
  const kept = parseAnswer(answer.text, { truncated: true });
  const halves = depth < MAX_HALVINGS ? halveChunk(chunk) : undefined;
  if (!halves) return { outcome: kept.events.length > 0 ? 'done' : 'failed', events: kept.events, dropped: 0 };
  const answers = [await extractChunk(ask, halves[0], depth + 1), await extractChunk(ask, halves[1], depth + 1)];
  const outcome = answers.find((half) => half.outcome !== 'done')?.outcome ?? 'done';
  return {
    // One half that says something is an answer; the merge takes care of what both tellings have in common.
    outcome: answers.some((half) => half.outcome === 'done') ? 'done' : outcome,
    events: [...kept.events, ...answers.flatMap((half) => half.events)],
    dropped: answers.reduce((sum, half) => sum + half.dropped, 0),
  };
}

function outcomeOf(parsed: ParsedAnswer): ChunkAnswer {
  const useless = parsed.problem !== null && parsed.events.length === 0;
  return { outcome: useless ? 'failed' : 'done', events: parsed.events, dropped: parsed.dropped };
}
