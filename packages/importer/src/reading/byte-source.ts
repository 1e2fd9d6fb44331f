import { createReadStream } from 'node:fs';

/** Where the bytes of a file come from: opened as often as needed, at any offset. A blob store slots in here. */
export interface ByteSource {
  readonly open: (startByte: number) => AsyncIterable<Buffer>;
}

/**
 * Bytes read from a file at once. The records of one read are alive together, and those that the garbage collector meets twice
 * stay in its old heap until that is collected: with reads four times as large the heap grows, with these it stays flat.
 */
export const READ_BYTES = 16 * 1024;

/** A file on disk. The stream is closed when the iteration ends, in whichever way. */
export function fileSource(path: string): ByteSource {
  return { open: (startByte) => createReadStream(path, { start: startByte, highWaterMark: READ_BYTES }) };
}

/** Bytes in memory, in pieces of `pieceBytes`. */
export function bufferSource(bytes: Buffer, pieceBytes: number = READ_BYTES): ByteSource {
  return {
    open: async function* (startByte) {
      for (let at = startByte; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
    },
  };
}

/** The first bytes of a source, and whether they are all of it. */
export async function readHead(
  source: ByteSource,
  maxBytes: number,
): Promise<{ readonly head: Buffer; readonly headIsWholeFile: boolean }> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of source.open(0)) {
    pieces.push(piece);
    bytes += piece.length;
    if (bytes > maxBytes) break;
  }
  const all = Buffer.concat(pieces);
  return { head: all.subarray(0, maxBytes), headIsWholeFile: all.length <= maxBytes };
}
