import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { BlobStore } from '@backend/shared/blob';
import { CliFailure, printTable } from '@backend/shared/cli';
import type { AITimelineGenerationResult } from '../../contract';

/** Paths of the page and the TimelineJS file. */
export interface Files {
  readonly html: string;
  readonly timelineJs: string;
}

/** Where a result's files are: in the blob store, or under names for people in a folder of their choice. */
export async function exportFiles(
  blobs: BlobStore,
  { exportRef }: AITimelineGenerationResult,
  folder?: string,
): Promise<Files | undefined> {
  if (!exportRef) return undefined;
  const [html, timelineJs] = await Promise.all([blobs.locate(exportRef.html), blobs.locate(exportRef.timelineJs)]);
  if (folder === undefined) return { html, timelineJs };
  const files = { html: path.join(folder, 'timeline.html'), timelineJs: path.join(folder, 'timeline.json') };
  try {
    await mkdir(folder, { recursive: true });
    await copyFile(html, files.html);
    await copyFile(timelineJs, files.timelineJs);
  } catch (error) {
    throw new CliFailure(`the folder ${folder} cannot be written to (${(error as NodeJS.ErrnoException).code})`);
  }
  return files;
}

/** Prints what a run came to. */
export function printResult(result: AITimelineGenerationResult, files?: Files): void {
  const { sources, chunks, tokens } = result;
  const rejected = Object.entries(result.rejected).map(([code, count]) => `${code} ${count}`);
  const refused = Object.values(result.rejected).reduce((sum, count) => sum + count, 0);
  printTable(
    ['what', 'count', 'of which'],
    [
      [
        'sources read',
        String(sources.ok),
        sources.failed.map(({ sourceId, code }) => `${sourceId} not: ${code}`).join(', '),
      ],
      [
        'chunks',
        String(chunks.total),
        `${chunks.done} done, ${chunks.failed} failed, ${chunks.refused} refused, ${result.remainingChunks} left`,
      ],
      [
        'calls',
        String(result.calls),
        `${result.cachedCalls} chunks answered before, ${tokens.in} tokens in, ${tokens.out} out`,
      ],
      ...(result.costMicroUsd > 0 ? [['cost', dollars(result.costMicroUsd), '']] : []),
      ['events extracted', String(result.extracted), refused > 0 ? `${refused} rejected: ${rejected.join(', ')}` : ''],
      [
        'events merged into another',
        String(result.merged),
        result.conflicts > 0 ? `${result.conflicts} with conflicting dates` : '',
      ],
      ['events published', String(result.published), ''],
      ['events to review', String(result.needsReview), ''],
    ],
  );
  process.stdout.write(`\n${result.status.replaceAll('_', ' ')}, extracted by ${result.extractor}\n`);
  if (files) process.stdout.write(`the timeline's files:\n  ${files.html}\n  ${files.timelineJs}\n`);
}

/** `$0.0123`, of millionths of a dollar. */
function dollars(microUsd: number): string {
  return `$${(microUsd / 1_000_000).toFixed(4)}`;
}

export function minuteOf(time: Date): string {
  return `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
