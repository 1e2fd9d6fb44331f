import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { access, chown, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { SHARED_FAILURES, userFailure } from '../failures';
import type { BlobRef } from '../kernel';

/** Content-addressed storage of what is too large for a payload. Putting the same content twice is one blob. */
export interface BlobStore {
  put(content: string | Uint8Array): Promise<BlobRef>;
  putFile(file: string): Promise<BlobRef>;
  /** The whole content; throws `BlobMissing` when it is not there or does not match its hash. */
  read(ref: Pick<BlobRef, 'ref' | 'sha256'>): Promise<Buffer>;
  /** Path of the blob's file, for streaming. */
  locate(ref: Pick<BlobRef, 'ref'>): Promise<string>;
}

/**
 * A blob store in a directory that worker and commands share. Files appear whole or not at all (write aside, then rename). They
 * belong to whom the directory belongs to, also when root puts them there: the worker is not root, and writes beside them.
 */
export function createBlobStore(directory: string): BlobStore {
  const fileOf = (sha256: string) => path.join(directory, sha256.slice(0, 2), sha256);

  const adopt = async (temporary: string, sha256: string): Promise<BlobRef> => {
    const file = fileOf(sha256);
    await mkdir(path.dirname(file), { recursive: true });
    await giveAway([path.dirname(file), temporary]);
    await rename(temporary, file);
    return { ref: `blob:${sha256}`, sha256, bytes: (await stat(file)).size };
  };

  const aside = async (): Promise<string> => {
    await mkdir(directory, { recursive: true });
    return path.join(directory, `.tmp-${randomUUID()}`);
  };

  const giveAway = async (paths: readonly string[]): Promise<void> => {
    if (process.getuid?.() !== 0) return;
    const { uid, gid } = await stat(directory);
    if (uid !== 0) for (const each of paths) await chown(each, uid, gid);
  };

  const locate = async ({ ref }: Pick<BlobRef, 'ref'>): Promise<string> => {
    const sha256 = /^blob:([0-9a-f]{64})$/.exec(ref)?.[1];
    const file = sha256 && fileOf(sha256);
    if (!file || !(await exists(file))) throw userFailure(SHARED_FAILURES.BlobMissing, `There is no blob ${ref}.`);
    return file;
  };

  return {
    locate,
    async put(content) {
      const temporary = await aside();
      await writeFile(temporary, content);
      return adopt(temporary, createHash('sha256').update(content).digest('hex'));
    },
    async putFile(source) {
      const temporary = await aside();
      const hash = createHash('sha256');
      const tap = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          hash.update(chunk);
          done(null, chunk);
        },
      });
      try {
        await pipeline(createReadStream(source), tap, createWriteStream(temporary));
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
      return adopt(temporary, hash.digest('hex'));
    },
    async read(ref) {
      const content = await readFile(await locate(ref));
      if (createHash('sha256').update(content).digest('hex') !== ref.sha256) {
        throw userFailure(SHARED_FAILURES.BlobMissing, `The content of blob ${ref.ref} does not match its hash.`);
      }
      return content;
    },
  };
}

/** SHA-256 (lower-case hex) and size of a file, streamed. */
export async function sha256File(file: string): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return { sha256: hash.digest('hex'), bytes };
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
