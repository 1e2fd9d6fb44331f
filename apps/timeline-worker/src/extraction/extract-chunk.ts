import { BudgetExhausted } from './budget';
import { halveChunk } from '../domain/text/chunk';
import type { Chunk, ModelEvent } from '../domain/types';
import { type ParsedAnswer, parseAnswer } from './parse-answer';
import { type Answer, QuestionRefused } from './types';

/** What became of one chunk. An outcome is final for the request that asked. */
export interface ChunkAnswer {
  /** `done` when every part of the text was read; otherwise why the first part that was not has no answer. */
  readonly outcome: 'done' | 'failed' | 'refused';
  /** What was read, whatever the outcome. */
  readonly events: readonly ModelEvent[];
  /** Items that did not fit the schema even after a repair. */
  readonly dropped: number;
}

/** One question about a chunk. */
export interface ChunkQuestion {
  /**
   * Which of the chunk's questions it is: a digit for each halving (0 or 1), and r for a repair. The same whenever the chunk is asked
   * about and the answers are the same.
   */
  readonly step: string;
  readonly text: string;
  /** What was wrong with the answer that this one is to mend. */
  readonly problem?: string;
}

/** Asks once; the caller sees to budget, limits and the record of what was used. */
export type Ask = (question: ChunkQuestion) => Promise<Pick<Answer, 'text' | 'stop'>>;

/** A text whose answer is cut off is halved at most this often: eighths of a chunk. */
const MAX_HALVINGS = 3;

/**
 * The events of one chunk (ai-timeline 8). An answer that does not fit the schema is asked for once more; what is still bad is
 * dropped and counted. Of an answer that was cut off the complete items are kept, and both halves of the text are asked about; so
 * are those of a text that the model finds too long. A refusal makes the chunk `refused`; no usable answer at all makes it
 * `failed`. A {@link QuestionRefused} of the whole chunk is the caller's: it may be about the request as such.
 */
export async function extractChunk(ask: Ask, chunk: Chunk): Promise<ChunkAnswer> {
  return extractPart(ask, chunk, '');
}

async function extractPart(ask: Ask, part: Chunk, step: string): Promise<ChunkAnswer> {
  const answer = await askUnlessTooLong(ask, { step, text: part.text });
  if (answer.stop === 'refusal') return { outcome: 'refused', events: [], dropped: 0 };
  if (answer.stop === 'length')
    return extractHalves(ask, part, { step, kept: parseAnswer(answer.text, { truncated: true }) });
  const first = parseAnswer(answer.text);
  if (first.problem === null) return { outcome: 'done', events: first.events, dropped: 0 };

  const repaired = await askForRepair(ask, { step: `${step}r`, text: part.text, problem: first.problem }, first);
  if (!repaired || repaired.stop === 'refusal') return outcomeOf(first);
  if (repaired.stop === 'length')
    return extractHalves(ask, part, { step, kept: parseAnswer(repaired.text, { truncated: true }) });
  const second = parseAnswer(repaired.text);
  // A repair that is worse than what it was to mend is not used.
  return outcomeOf(second.events.length >= first.events.length ? second : first);
}

/** A text that is too long for the model has an answer of which nothing came. */
async function askUnlessTooLong(ask: Ask, question: ChunkQuestion): ReturnType<Ask> {
  try {
    return await ask(question);
  } catch (error) {
    if (error instanceof QuestionRefused && error.isTooLong) return { text: '', stop: 'length' };
    throw error;
  }
}

/** Undefined when the provider will not take the question, or the budget ends there: what the first answer had is kept. */
async function askForRepair(
  ask: Ask,
  question: ChunkQuestion,
  first: ParsedAnswer,
): Promise<Awaited<ReturnType<Ask>> | undefined> {
  try {
    return await ask(question);
  } catch (error) {
    if (error instanceof QuestionRefused) return undefined;
    if (error instanceof BudgetExhausted && first.events.length > 0) return undefined;
    throw error;
  }
}

async function extractHalves(
  ask: Ask,
  part: Chunk,
  { step, kept }: { step: string; kept: ParsedAnswer },
): Promise<ChunkAnswer> {
  const halves = step.length < MAX_HALVINGS ? halveChunk(part) : undefined;
  if (!halves) return { outcome: 'failed', events: kept.events, dropped: kept.dropped };
  const answers: ChunkAnswer[] = [];
  for (const [index, half] of halves.entries()) {
    try {
      answers.push(await extractPart(ask, half, `${step}${index}`));
    } catch (error) {
      if (!(error instanceof QuestionRefused)) throw error;
      answers.push({ outcome: 'failed', events: [], dropped: 0 });
    }
  }
  return {
    // A part that nobody has read is named by the outcome. What two parts both tell, the merge puts together.
    outcome: answers.find(({ outcome }) => outcome !== 'done')?.outcome ?? 'done',
    events: [...kept.events, ...answers.flatMap(({ events }) => events)],
    dropped: answers.reduce((sum, { dropped }) => sum + dropped, kept.dropped),
  };
}

function outcomeOf({ problem, events, dropped }: ParsedAnswer): ChunkAnswer {
  const isUseless = problem !== null && events.length === 0;
  return { outcome: isUseless ? 'failed' : 'done', events, dropped };
}
