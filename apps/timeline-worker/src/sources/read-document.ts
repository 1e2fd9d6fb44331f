import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { LIMITS } from '../contract';
import { createLimiter } from '../extraction/limiter';
import {
  DAMAGED,
  EXHAUSTING,
  type SourceDocument,
  TextTooLarge,
  UnsupportedDocument,
  documentText,
  formOf,
} from './document-text';

/** What the process says when it has read the document and refuses it; Node itself ends with other codes. */
export const REFUSED = 64;

/** Built code also when the tests run from the sources, which Node cannot load. */
const PROCESS_FILE = path.join(__dirname, '..', '..', 'dist', 'sources', 'document-process.js');

export interface ReadingLimits {
  /** Of one document; time on a busy machine's wall is not the document's fault. */
  readonly cpuSeconds: number;
  /** A process that waits for ever uses no CPU time. */
  readonly wallMs: number;
  readonly heapMiB: number;
}
/** A page of 10 MiB takes about 2 s and half of the heap. */
const READING_LIMITS: ReadingLimits = { cpuSeconds: 10, wallMs: 90_000, heapMiB: 256 };

/** Below it a plain text costs less than a process. */
const SHORT_BYTES = 64 * 1024;

/** Two documents at their limits leave a worker's memory and cores to its other work. */
const inTurn = createLimiter(2);

const run = promisify(execFile);

/**
 * The text of a document in its stored form. What needs a parser, or is long, is read in a process of its own, with bounds on CPU
 * time and memory that the kernel keeps and an empty environment: the document is anybody's, and may hang, exhaust or end the
 * process that reads it. Throws {@link UnsupportedDocument} and {@link TextTooLarge}; any other error is not the document's fault.
 */
export async function readDocument(
  document: SourceDocument,
  { signal, limits = READING_LIMITS }: { signal: AbortSignal; limits?: ReadingLimits },
): Promise<string> {
  if (formOf(document) === 'plain' && document.bytes.byteLength <= SHORT_BYTES) return documentText(document);
  return inTurn(async () => readInProcess(document, { signal, limits }), signal);
}

async function readInProcess(
  { bytes, mediaType }: SourceDocument,
  { signal, limits }: { signal: AbortSignal; limits: ReadingLimits },
): Promise<string> {
  const reading = run('/bin/sh', ['-c', bounded(limits), process.execPath, ...nodeArguments(limits, mediaType)], {
    env: {},
    signal,
    timeout: limits.wallMs,
    killSignal: 'SIGKILL',
    // A UTF-16 unit has at most three bytes of UTF-8.
    maxBuffer: LIMITS.textChars * 3 + 1024,
  });
  // A process that ends before it has read everything breaks the pipe; how it ended says why. One that cannot be started, since
  // this process has no more files to open, has no pipe.
  reading.child.stdin?.on('error', () => undefined).end(bytes);
  const { stdout } = await reading.catch((error: ReadingError) => {
    throw signal.aborted ? error : verdictOn(error);
  });
  // A parser that waits for what never comes lets the process end in peace, with nothing said.
  if (stdout === '') throw new UnsupportedDocument(DAMAGED);
  return stdout;
}

/** What Node sets aside beside its heap counts, used or not: some versions do not start with half of it. */
const DATA_BESIDE_HEAP_MIB = 1024;

/**
 * A limit that is lower already, or a system without it, is no reason not to read. The kernel that runs out of memory takes this
 * process before the worker.
 */
function bounded({ cpuSeconds, heapMiB }: ReadingLimits): string {
  return [
    `ulimit -t ${cpuSeconds}`,
    `ulimit -d ${(heapMiB + DATA_BESIDE_HEAP_MIB) * 1024}`,
    'ulimit -c 0',
    'echo 1000 >/proc/self/oom_score_adj',
    'exec "$0" "$@"',
  ].join(' 2>/dev/null; ');
}

function nodeArguments({ heapMiB }: ReadingLimits, mediaType: string | undefined): string[] {
  return [
    `--max-old-space-size=${heapMiB}`,
    // Nothing in a document can become code, whatever a parser makes of it.
    '--disallow-code-generation-from-strings',
    PROCESS_FILE,
    JSON.stringify(mediaType?.slice(0, 200) ?? null),
  ];
}

interface ReadingError extends Error {
  readonly code?: number | string | null;
  readonly signal?: NodeJS.Signals | null;
  readonly stdout?: string;
}

/** What somebody sends who ends the worker, with all that belongs to it. */
const FROM_OUTSIDE: ReadonlySet<string> = new Set(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT']);

function verdictOn(error: ReadingError): Error {
  if (error.code === REFUSED) {
    const { name, message } = JSON.parse(error.stdout ?? '') as { name: string; message: string };
    return name === 'TextTooLarge' ? new TextTooLarge(message) : new UnsupportedDocument(message);
  }
  if (error.signal && !FROM_OUTSIDE.has(error.signal)) return new UnsupportedDocument(EXHAUSTING);
  return error;
}
