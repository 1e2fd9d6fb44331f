import { Readable } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';
import { type ConvertLimits, FileProblemError } from './types';

/** Entries of an archive at most; a workbook has a few dozen. */
const MAX_ENTRIES = 1000;
/** Bytes that inflate makes at once. */
const PIECE_BYTES = 64 * 1024;
const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const LOCAL_ENTRY = 0x04034b50;
/** Length of the end record without its comment, which has 65,535 bytes at most. */
const END_BYTES = 22;

/** An archive in memory. Names are keys only: they are compared, never used as paths. */
export interface ZipArchive {
  readonly has: (name: string) => boolean;
  /**
   * The bytes of an entry as they are inflated. Throws {@link FileProblemError} `FileTooLarge` before more than the limits
   * allow is handed out, and `MalformedFile` when the bytes are not what the archive says.
   */
  readonly read: (name: string) => AsyncIterable<Buffer>;
}

interface Entry {
  readonly method: number;
  readonly isEncrypted: boolean;
  readonly crc: number;
  readonly compressedBytes: number;
  /** What the archive says; real bytes are counted whatever it is. */
  readonly unpackedBytes: number;
  readonly localAt: number;
  /** Most bytes that came out of it so far; read again it counts once. */
  inflatedBytes: number;
}

/** Opens a ZIP archive by its central directory. Throws {@link FileProblemError} `MalformedFile` or `FileTooLarge`. */
export function openZip(bytes: Buffer, limits: Pick<ConvertLimits, 'maxUnzippedBytes' | 'maxZipRatio'>): ZipArchive {
  const entries = readDirectory(bytes);
  let inflatedInAll = 0;

  /** Refuses an entry that unpacks, or says that it does, to more than is allowed. */
  function check(entry: Entry, unpacked: number): void {
    const inAll = inflatedInAll + Math.max(0, unpacked - entry.inflatedBytes);
    const { maxUnzippedBytes, maxZipRatio } = limits;
    if (inAll > maxUnzippedBytes) {
      const message = `The file unpacks to more than ${maxUnzippedBytes} bytes; split it into smaller files.`;
      throw new FileProblemError({ code: 'FileTooLarge', message });
    }
    if (unpacked > maxZipRatio * entry.compressedBytes || inAll > maxZipRatio * bytes.length) {
      const message = `The file unpacks to more than ${maxZipRatio} times its size, which no table does; save it again or export it as CSV.`;
      throw new FileProblemError({ code: 'FileTooLarge', message });
    }
  }

  return {
    has: (name) => entries.has(keyOf(name)),
    read: async function* (name) {
      const entry = entries.get(keyOf(name));
      if (!entry) throw malformed(`it has no part ${name.slice(0, 60)}`);
      if (entry.isEncrypted) {
        const message = 'The file is protected by a password; save it without one and import it again.';
        throw new FileProblemError({ code: 'UnsupportedFormat', message });
      }
      check(entry, entry.unpackedBytes);
      let inflated = 0;
      let crc = 0;
      for await (const piece of inflate(entry, dataOf(bytes, entry))) {
        inflated += piece.length;
        check(entry, inflated);
        inflatedInAll += Math.max(0, inflated - entry.inflatedBytes);
        entry.inflatedBytes = Math.max(entry.inflatedBytes, inflated);
        crc = crc32(piece, crc);
        yield piece;
      }
      if (crc !== entry.crc) throw malformed('a part of it is damaged (its checksum differs)');
    },
  };
}

async function* inflate(entry: Entry, data: Buffer): AsyncGenerator<Buffer, void, undefined> {
  if (entry.method === 0) {
    for (let at = 0; at < data.length; at += PIECE_BYTES) yield data.subarray(at, at + PIECE_BYTES);
    return;
  }
  if (entry.method !== 8) throw malformed('a part of it is compressed in a way that spreadsheets do not use');
  const inflater = createInflateRaw({ chunkSize: PIECE_BYTES });
  const input = Readable.from([data], { objectMode: false });
  input.on('error', (error) => inflater.destroy(error));
  try {
    for await (const piece of input.pipe(inflater) as AsyncIterable<Buffer>) yield piece;
  } catch (error) {
    if (error instanceof FileProblemError) throw error;
    throw malformed('a part of it cannot be unpacked');
  } finally {
    input.destroy();
    inflater.destroy();
  }
}

function dataOf(bytes: Buffer, { localAt, compressedBytes }: Entry): Buffer {
  if (localAt + 30 > bytes.length || bytes.readUInt32LE(localAt) !== LOCAL_ENTRY)
    throw malformed('a part of it is missing');
  const start = localAt + 30 + bytes.readUInt16LE(localAt + 26) + bytes.readUInt16LE(localAt + 28);
  if (start + compressedBytes > bytes.length) throw malformed('it is cut off');
  return bytes.subarray(start, start + compressedBytes);
}

function readDirectory(bytes: Buffer): Map<string, Entry> {
  const endAt = findEnd(bytes);
  const count = bytes.readUInt16LE(endAt + 10);
  if (count > MAX_ENTRIES) {
    const message = `The file has ${count} parts in it; a spreadsheet has ${MAX_ENTRIES} at most.`;
    throw new FileProblemError({ code: 'FileTooLarge', message });
  }
  const entries = new Map<string, Entry>();
  let at = bytes.readUInt32LE(endAt + 16);
  for (let index = 0; index < count; index += 1) {
    if (at + 46 > endAt || bytes.readUInt32LE(at) !== DIRECTORY_ENTRY) throw malformed('its list of parts is damaged');
    const nameBytes = bytes.readUInt16LE(at + 28);
    const extraBytes = bytes.readUInt16LE(at + 30);
    const next = at + 46 + nameBytes + extraBytes + bytes.readUInt16LE(at + 32);
    if (next > endAt) throw malformed('its list of parts is damaged');
    const key = keyOf(bytes.toString('utf8', at + 46, at + 46 + nameBytes));
    if (entries.has(key)) throw malformed('it has two parts of the same name');
    entries.set(key, {
      method: bytes.readUInt16LE(at + 10),
      isEncrypted: (bytes.readUInt16LE(at + 8) & 1) === 1,
      crc: bytes.readUInt32LE(at + 16),
      ...wideFields({
        extra: bytes.subarray(at + 46 + nameBytes, at + 46 + nameBytes + extraBytes),
        compressedBytes: bytes.readUInt32LE(at + 20),
        unpackedBytes: bytes.readUInt32LE(at + 24),
        localAt: bytes.readUInt32LE(at + 42),
      }),
      inflatedBytes: 0,
    });
    at = next;
  }
  return entries;
}

/** Sizes and offset of an entry, from its ZIP64 field where the short ones say so: some programs always write it. */
function wideFields(options: {
  readonly extra: Buffer;
  readonly compressedBytes: number;
  readonly unpackedBytes: number;
  readonly localAt: number;
}): Pick<Entry, 'compressedBytes' | 'unpackedBytes' | 'localAt'> {
  const { extra, ...short } = options;
  const WIDE = 0xffffffff;
  const wanted = [short.unpackedBytes, short.compressedBytes, short.localAt];
  if (!wanted.includes(WIDE)) return short;
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    let field = at + 4;
    const [unpackedBytes = 0, compressedBytes = 0, localAt = 0] = wanted.map((value) => {
      if (value !== WIDE) return value;
      if (field + 8 > extra.length) throw malformed('its list of parts is damaged');
      field += 8;
      return Number(extra.readBigUInt64LE(field - 8));
    });
    return { unpackedBytes, compressedBytes, localAt };
  }
  throw malformed('its list of parts is damaged');
}

function findEnd(bytes: Buffer): number {
  const lowest = Math.max(0, bytes.length - END_BYTES - 0xffff);
  for (let at = bytes.length - END_BYTES; at >= lowest; at -= 1) {
    if (bytes[at] === 0x50 && bytes.readUInt32LE(at) === END_OF_DIRECTORY) return at;
  }
  throw malformed('it is no ZIP archive, or cut off');
}

/** Names of parts differ neither by case nor, after some writers, by the kind of slash. */
function keyOf(name: string): string {
  return name.replaceAll('\\', '/').replace(/^\/+/, '').toLowerCase();
}

function malformed(what: string): FileProblemError {
  const message = `The spreadsheet cannot be read: ${what}. Open it in a spreadsheet program and save it again as .xlsx.`;
  return new FileProblemError({ code: 'MalformedFile', message });
}
