import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type BlobStore, resolveImportPath } from '@backend/shared/blob';
import {
  AddressBlocked,
  type GuardedFetch,
  type GuardedResponse,
  isRetryableStatus,
  retryAfterMs,
} from '@backend/shared/http';
import { type GenerationSource, LIMITS, type SourceFailureCode } from '../contract';
import { type SourceDocument, TextTooLarge, UnsupportedDocument } from './document-text';

/** A source that cannot be read: the code of the contract and a sentence without the address's query. */
export class SourceFailure extends Error {
  constructor(
    readonly code: SourceFailureCode,
    message: string,
  ) {
    super(message);
    this.name = 'SourceFailure';
  }
}

export interface SourceDeps {
  readonly fetch: GuardedFetch;
  readonly blobs: BlobStore;
  readonly importDirectory: string;
}

/** All that one source may take, redirects, retries and body together. */
const TOTAL_MS = 30_000;
const MAX_REDIRECTS = 5;
const RETRY_PAUSES_MS = [500, 2000];
/** Longer ones are cut: hosts and servers put their own words into them. */
const MESSAGE_CHARS = 300;

/** The bytes of a source. Throws {@link SourceFailure}. */
export async function readSource(
  deps: SourceDeps,
  source: GenerationSource,
  signal: AbortSignal,
): Promise<SourceDocument> {
  switch (source.kind) {
    case 'text':
      // Half a surrogate pair has no UTF-8 form; it becomes the sign for that, as anywhere else.
      return { bytes: Buffer.from(source.text), mediaType: 'text/plain; charset=utf-8' };
    case 'blob':
      return readBlob(deps, source);
    case 'url':
      return download(deps.fetch, source.uri, signal);
  }
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.htm': 'text/html',
  '.json': 'application/json',
  '.txt': 'text/plain',
  '.md': 'text/plain',
  '.pdf': 'application/pdf',
  '.xml': 'application/xml',
};

/** What a file's name says it is. */
export function mediaTypeOf(fileName: string): string | undefined {
  return MEDIA_TYPES[path.extname(fileName).toLowerCase()];
}

async function readBlob(
  { blobs, importDirectory }: SourceDeps,
  { ref, mediaType }: { readonly ref: string; readonly mediaType?: string },
): Promise<SourceDocument> {
  try {
    const file = ref.startsWith('blob:') ? await blobs.locate({ ref }) : await resolveImportPath(importDirectory, ref);
    if ((await stat(file)).size > LIMITS.sourceBytes) throw tooLarge();
    return { bytes: await readFile(file), mediaType: mediaType ?? mediaTypeOf(ref) };
  } catch (error) {
    // The store and the import directory say what is wrong with a reference in words for people.
    if (error instanceof Error && error.name === 'ApplicationFailure')
      throw new SourceFailure('SourceNotFound', error.message);
    if (NO_SUCH_FILE.has(causeCode(error) ?? '')) throw new SourceFailure('SourceNotFound', 'The file cannot be read.');
    throw error;
  }
}

/** What the reference is to blame for. A disk that fails, a machine without free descriptors: those may be better the next time. */
const NO_SUCH_FILE: ReadonlySet<string> = new Set(['EACCES', 'EISDIR', 'ELOOP', 'ENAMETOOLONG', 'ENOENT', 'ENOTDIR']);

async function download(fetch: GuardedFetch, uri: string, signal: AbortSignal): Promise<SourceDocument> {
  const until = Date.now() + TOTAL_MS;
  const host = URL.canParse(uri) ? new URL(uri).host : 'the address';
  for (let attempt = 0; ; attempt += 1) {
    const outcome = await tryDownload({ fetch, uri, host, signal, timeoutMs: Math.max(1, until - Date.now()) });
    if (!('retry' in outcome)) return outcome;
    const waitMs = Math.max(RETRY_PAUSES_MS[attempt] ?? Infinity, outcome.afterMs ?? 0);
    if (Date.now() + waitMs >= until) throw outcome.retry;
    await pause(waitMs, undefined, { signal });
  }
}

async function tryDownload(request: {
  fetch: GuardedFetch;
  uri: string;
  host: string;
  signal: AbortSignal;
  timeoutMs: number;
}): Promise<SourceDocument | { retry: SourceFailure; afterMs: number | undefined }> {
  const { fetch, uri, host, signal, timeoutMs } = request;
  try {
    const response = await fetch(uri, {
      signal,
      timeoutMs,
      maxRedirects: MAX_REDIRECTS,
      headers: {
        accept: 'text/html, text/plain, application/json, application/pdf;q=0.9, application/xml;q=0.8, text/xml;q=0.8',
        'user-agent': 'timeline-worker',
      },
    });
    if (response.ok)
      return { bytes: await readBody(response), mediaType: response.headers.get('content-type') ?? undefined };
    await response.body?.cancel();
    const { status } = response;
    if (!isRetryableStatus(status)) throw new SourceFailure('SourceNotFound', `${host} answered ${status}.`);
    const afterMs = retryAfterMs((name) => response.headers.get(name), Date.now());
    return { retry: new SourceFailure('SourceTimeout', `${host} answered ${status}.`), afterMs };
  } catch (error) {
    if (error instanceof SourceFailure || signal.aborted) throw error;
    if (error instanceof AddressBlocked)
      throw new SourceFailure('SourceBlocked', `${host} is not called: ${error.message}.`);
    const code = causeCode(error);
    if (code === 'ENOTFOUND') throw new SourceFailure('SourceNotFound', `There is no host ${host}.`);
    if (code?.startsWith('Z_'))
      throw new SourceFailure('SourceUnsupported', `${host} sent a source that cannot be unpacked (${code}).`);
    if (isTimeout(error))
      throw new SourceFailure('SourceTimeout', `${host} did not send the source within ${TOTAL_MS / 1000} s.`);
    return {
      retry: new SourceFailure('SourceTimeout', `${host} cannot be reached${code ? ` (${code})` : ''}.`),
      afterMs: undefined,
    };
  }
}

/** Reads no more than the limit, whatever the server says or leaves out about the length. */
async function readBody(response: GuardedResponse): Promise<Uint8Array> {
  if (Number(response.headers.get('content-length') ?? 0) > LIMITS.sourceBytes) {
    await response.body?.cancel();
    throw tooLarge();
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += (chunk as Uint8Array).byteLength;
    // Leaving the loop cancels the body.
    if (bytes > LIMITS.sourceBytes) throw tooLarge();
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks);
}

function tooLarge(): SourceFailure {
  return new SourceFailure('SourceTooLarge', `The source is larger than ${LIMITS.sourceBytes / 1024 / 1024} MiB.`);
}

function isTimeout(error: unknown): boolean {
  return causesOf(error).some(
    ({ name, code }) => name === 'TimeoutError' || /^UND_ERR_(HEADERS|BODY)_TIMEOUT$/.test(String(code)),
  );
}

function causeCode(error: unknown): string | undefined {
  return causesOf(error)
    .map(({ code }) => code)
    .find((code) => typeof code === 'string');
}

/** An error and what caused it, outermost first. */
function causesOf(error: unknown): { name?: unknown; code?: unknown }[] {
  if (typeof error !== 'object' || error === null) return [];
  return [error, ...causesOf((error as { cause?: unknown }).cause)];
}

/** The contract's name for whatever went wrong with a source; undefined when it is not the source's fault. */
export function sourceFailureOf(error: unknown): { code: SourceFailureCode; message: string } | undefined {
  const code = codeOf(error);
  return code && { code, message: (error as Error).message.slice(0, MESSAGE_CHARS) };
}

function codeOf(error: unknown): SourceFailureCode | undefined {
  if (error instanceof SourceFailure) return error.code;
  if (error instanceof TextTooLarge) return 'SourceTooLarge';
  return error instanceof UnsupportedDocument ? 'SourceUnsupported' : undefined;
}
