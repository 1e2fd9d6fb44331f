import type { ImportProgress } from '../contract';

/** What the Temporal UI shows of an import: phase, rows and rate; no values of the file. Markdown. */
export function importDetails(
  progress: ImportProgress,
  { paused, phaseMs }: { readonly paused: boolean; readonly phaseMs: number },
): string {
  const { phase, rows, validated, imported, duplicates, errors, batchesDone, batchesTotal, needsInput } = progress;
  const seen = phase === 'validating' ? validated : imported + duplicates;
  const percent = batchesTotal > 0 ? ` (${Math.floor((100 * batchesDone) / batchesTotal)} %)` : '';
  const rate = phaseMs >= 1000 && seen > 0 ? `, ${Math.round((1000 * seen) / phaseMs)} rows/s` : '';
  const isAtRows = phase === 'validating' || phase === 'importing';
  const lines = [
    `**${paused ? `paused while ${phase}` : phase}**${isAtRows ? `: ${seen} of ${rows} rows${percent}${rate}` : ''}`,
    ...(needsInput ? [`- waits for an answer: ${needsInput.code}`] : []),
    ...(rows > 0 ? [`- ${rows} rows, ${errors} refused, ${imported} imported, ${duplicates} duplicates`] : []),
  ];
  return lines.join('\n');
}
