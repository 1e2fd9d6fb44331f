import type { GenerationProgress } from '../contract';

/** What the Temporal UI shows of a request, as Markdown: counts, tokens and what they cost; nothing of the sources. */
export function generationDetails(
  { phase, sources, chunksDone, chunksTotal, tokens, events }: GenerationProgress,
  { costMicroUsd }: { readonly costMicroUsd: number },
): string {
  const failed = sources.failed.length > 0 ? `, ${sources.failed.length} could not be read` : '';
  const cost = costMicroUsd > 0 ? `, ${(costMicroUsd / 1_000_000).toFixed(4)} USD` : '';
  return [
    `**${phase}**: ${chunksDone} of ${chunksTotal} chunks`,
    `- ${sources.ok} sources${failed}`,
    `- ${events} events stored`,
    `- ${tokens.in} tokens in, ${tokens.out} out${cost}`,
  ].join('\n');
}
