import { createHash } from 'node:crypto';
import { chown, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { createBlobStore, resolveImportPath, sha256File } from '.';
import { failureType } from '../failures';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'blobs-'));
});
afterAll(async () => rm(root, { recursive: true, force: true }));

const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');
const typeOf = async (work: Promise<unknown>): Promise<string | undefined> =>
  failureType(await work.catch((error: unknown) => error));
const filesBelow = async (directory: string): Promise<string[]> =>
  (await readdir(directory, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);

describe('blob store', () => {
  test('common: what is put is read back byte by byte, under the hash of its content', async () => {
    const store = createBlobStore(path.join(root, 'round-trip'));
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 5000 }), async (content) => {
        const ref = await store.put(content);
        expect(ref).toEqual({ ref: `blob:${sha256(content)}`, sha256: sha256(content), bytes: content.length });
        expect(new Uint8Array(await store.read(ref))).toEqual(content);
      }),
      { numRuns: 30 },
    );
  });

  test('common: the same content is one file, from text or from a file, even when put many times at once', async () => {
    const directory = path.join(root, 'once');
    const store = createBlobStore(directory);
    const file = path.join(root, 'once.txt');
    await writeFile(file, 'same \u00e4');
    const refs = await Promise.all(
      [...Array(10).keys()].map(async (index) => (index % 2 ? store.put('same \u00e4') : store.putFile(file))),
    );
    expect(new Set(refs.map(({ ref }) => ref))).toEqual(new Set([`blob:${sha256('same \u00e4')}`]));
    expect(await filesBelow(directory)).toEqual([sha256('same \u00e4')]);
    expect(await readFile(await store.locate(refs[0]!), 'utf8')).toBe('same \u00e4');
  });

  test('platform: what is put belongs to whom the directory belongs to, whoever puts it', async () => {
    const directory = path.join(root, 'owned');
    await mkdir(directory);
    // Only root can give away; everybody else is whom the directory belongs to.
    if (process.getuid?.() === 0) await chown(directory, 4321, 1234);
    const { uid, gid } = await stat(directory);
    const { sha256: hash } = await createBlobStore(directory).put('content');
    for (const name of [hash.slice(0, 2), path.join(hash.slice(0, 2), hash)])
      expect(await stat(path.join(directory, name))).toMatchObject({ uid, gid });
  });

  test('common: a file that cannot be read leaves nothing behind', async () => {
    const directory = path.join(root, 'nothing');
    await expect(createBlobStore(directory).putFile(path.join(root, 'missing.csv'))).rejects.toThrow('ENOENT');
    expect(await filesBelow(directory)).toEqual([]);
  });

  test('common: a blob whose content has changed is not read', async () => {
    const store = createBlobStore(path.join(root, 'changed'));
    const ref = await store.put('first');
    await writeFile(await store.locate(ref), 'other');
    expect(await typeOf(store.read(ref))).toBe('BlobMissing');
    const honest = await store.put('second');
    expect(await typeOf(store.read({ ...honest, sha256: ref.sha256 }))).toBe('BlobMissing');
  });

  test.each([
    `blob:${'0'.repeat(64)}`,
    'blob:../../etc/passwd',
    `blob:${'A'.repeat(64)}`,
    `blob:${'0'.repeat(64)}/x`,
    'file:x.csv',
    '/etc/passwd',
    '',
  ])('data-import 21: %j is no blob', async (ref) => {
    const store = createBlobStore(path.join(root, 'empty'));
    expect(await typeOf(store.locate({ ref }))).toBe('BlobMissing');
    expect(await typeOf(store.read({ ref, sha256: '0'.repeat(64) }))).toBe('BlobMissing');
  });

  test('data-import 3: the hash of a file is that of all of it, however long', async () => {
    const file = path.join(root, 'long.bin');
    const content = Buffer.alloc(3_000_001, 'tracc');
    await writeFile(file, content);
    expect(await sha256File(file)).toEqual({ sha256: sha256(content), bytes: 3_000_001 });
  });
});

describe('import directory', () => {
  let imports: string;
  beforeAll(async () => {
    imports = path.join(root, 'imports');
    await mkdir(path.join(imports, 'bank'), { recursive: true });
    await mkdir(path.join(root, 'imports-of-others'));
    await writeFile(path.join(imports, 'bank', 'may 2026.csv'), 'Date;Amount\n');
    await writeFile(path.join(root, 'imports-of-others', 'secret.csv'), 'secret');
    await symlink('bank/may 2026.csv', path.join(imports, 'latest.csv'));
    await symlink(path.join(root, 'imports-of-others', 'secret.csv'), path.join(imports, 'escape.csv'));
    await symlink(path.join(root, 'imports-of-others'), path.join(imports, 'escape'));
  });

  test.each(['file:bank/may 2026.csv', 'file:./bank/../bank/may 2026.csv', 'file:latest.csv'])(
    'data-import 21: %s is below the import directory',
    async (ref) => {
      expect(await resolveImportPath(imports, ref)).toBe(await resolveImportPath(imports, 'file:bank/may 2026.csv'));
      expect(await readFile(await resolveImportPath(imports, ref), 'utf8')).toBe('Date;Amount\n');
    },
  );

  test.each([
    'file:../imports-of-others/secret.csv',
    'file:bank/../../imports-of-others/secret.csv',
    'file:escape.csv',
    'file:escape/secret.csv',
    'file:/etc/passwd',
    'file:',
    'file:.',
    'file:missing.csv',
    'file:bank/may 2026.csv\0.txt',
    'bank/may 2026.csv',
    'file:///etc/passwd',
    'http://example.org/a.csv',
  ])('data-import 21: %j is refused', async (ref) => {
    expect(await typeOf(resolveImportPath(imports, ref))).toBe('InvalidInput');
  });

  test('data-import 21: an import directory that is itself a link is fine, one that is missing is a sentence', async () => {
    await symlink(imports, path.join(root, 'linked'));
    expect(await resolveImportPath(path.join(root, 'linked'), 'file:latest.csv')).toContain('may 2026.csv');
    expect(await typeOf(resolveImportPath(path.join(root, 'none'), 'file:latest.csv'))).toBe('InvalidInput');
  });
});
