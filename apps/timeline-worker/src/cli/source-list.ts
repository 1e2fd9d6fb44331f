import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { BlobStore } from '@backend/shared/blob';
import { UsageError } from '@backend/shared/cli';
import { parse } from 'yaml';
import type { AITimelineGenerationInput, GenerationSource } from '../contract';
import { mediaTypeOf } from '../sources';

/** An entry of a list of sources: as in the workflow's input, or with the path of a file beside the list. */
type ListedSource = Record<string, unknown> & { readonly path?: string };

/** A list of sources (YAML) as it was read: the workflow's input but for the files. */
export interface SourceList {
  readonly timelineId: string;
  readonly topic: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly sources: readonly ListedSource[];
  /** The list's own folder, which `path` entries start from. */
  readonly folder: string;
}

const SETTINGS = [
  'model',
  'promptVersion',
  'budget',
  'chunk',
  'passes',
  'maxOutputTokensPerCall',
  'calendar',
  'range',
  'review',
  'minConfidence',
];
const SOURCE_FIELDS = ['sourceId', 'title', 'tier', 'kind', 'calendar', 'path', 'uri', 'ref', 'text', 'mediaType'];

/** Reads a list of sources. Throws UsageError with one sentence; what the workflow checks is left to it. */
export async function readSourceList(file: string): Promise<SourceList> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new UsageError(`the file ${file} cannot be read`);
  });
  let list: unknown;
  try {
    list = parse(text);
  } catch (error) {
    throw new UsageError(`the file ${file} is not YAML: ${(error as Error).message.split('\n')[0]}`);
  }
  return checkList(list, { file, folder: path.dirname(file) });
}

function checkList(list: unknown, { file, folder }: { file: string; folder: string }): SourceList {
  if (!isRecord(list)) throw new UsageError(`the file ${file} should hold timelineId, topic and sources`);
  const { timelineId, topic, sources, requestId: _, ...settings } = list;
  if (typeof timelineId !== 'string') throw new UsageError(`timelineId in ${file} should be a text`);
  if (typeof topic !== 'string') throw new UsageError(`topic in ${file} should be a text`);
  if (!Array.isArray(sources) || sources.length === 0)
    throw new UsageError(`sources in ${file} should be a list of at least one source`);
  const unknown = Object.keys(settings).find((name) => !SETTINGS.includes(name));
  if (unknown !== undefined)
    throw new UsageError(`${file} has the unknown setting ${unknown}; it may have ${SETTINGS.join(', ')}`);
  for (const [index, source] of sources.entries()) {
    if (!isRecord(source))
      throw new UsageError(`sources[${index}] in ${file} should have sourceId, title, tier and kind`);
    const field = Object.keys(source).find((name) => !SOURCE_FIELDS.includes(name));
    if (field !== undefined)
      throw new UsageError(
        `sources[${index}] in ${file} has the unknown field ${field}; it may have ${SOURCE_FIELDS.join(', ')}`,
      );
    if (source['path'] !== undefined && typeof source['path'] !== 'string')
      throw new UsageError(`sources[${index}].path in ${file} should be the path of a file`);
  }
  return { timelineId, topic, settings, sources: sources as ListedSource[], folder };
}

/**
 * The workflow's input of a list: its files go to the blob store. A source of kind url that has only a path is fetched from
 * `baseUrl` when that is given, else it is read as a file too. Without a request id the input's own hash is one, so the
 * same list asked for twice is one request.
 */
export async function toInput(
  { timelineId, topic, settings, sources, folder }: SourceList,
  {
    blobs,
    baseUrl,
    model,
    requestId,
  }: { blobs: BlobStore; baseUrl?: string | undefined; model?: string | undefined; requestId?: string | undefined },
): Promise<AITimelineGenerationInput> {
  const given = await Promise.all(sources.map(async (source) => placeSource(source, { folder, blobs, baseUrl })));
  const input = { timelineId, topic, ...(model ? { model } : {}), ...settings, sources: given };
  return {
    requestId: requestId ?? createHash('sha256').update(JSON.stringify(input)).digest('hex').slice(0, 12),
    ...input,
  };
}

async function placeSource(
  { path: relative, ...source }: ListedSource,
  { folder, blobs, baseUrl }: { folder: string; blobs: BlobStore; baseUrl: string | undefined },
): Promise<GenerationSource> {
  // The workflow's own check words what is wrong with the rest.
  if (relative === undefined) return source as unknown as GenerationSource;
  if (source['kind'] === 'url' && baseUrl !== undefined) {
    return {
      ...source,
      uri: new URL(relative, baseUrl.endsWith('/') ? baseUrl : `${baseUrl}/`).href,
    } as unknown as GenerationSource;
  }
  const file = path.resolve(folder, relative);
  const { ref } = await blobs.putFile(file).catch(() => {
    throw new UsageError(`the file ${file} of source ${String(source['sourceId'])} cannot be read`);
  });
  const mediaType = source['mediaType'] ?? mediaTypeOf(relative);
  return { ...source, kind: 'blob', ref, ...(mediaType ? { mediaType } : {}) } as unknown as GenerationSource;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
