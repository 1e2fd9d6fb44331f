import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { lockHome, tryLock } from './lock';
import { identityOf, isAlive } from './processes';

const folder = mkdtempSync(path.join(tmpdir(), 'devstack-lock-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = path.join(folder, 'lock');
afterEach(() => rmSync(file, { force: true }));

describe('platform, embedded stack: a data folder is in use by one stack at a time', () => {
  test('the second to ask is told who holds it, and gets it after the release', () => {
    const first = tryLock(file);
    expect(first.held).toBe(true);
    expect(tryLock(file)).toMatchObject({ held: false, holder: { pid: process.pid } });
    if (first.held) {
      first.lock.release();
      first.lock.release();
    }
    const second = tryLock(file);
    expect(second.held).toBe(true);
    // A late release by the first holder leaves the second one's lock alone.
    if (first.held) first.lock.release();
    expect(tryLock(file).held).toBe(false);
  });

  test('the lock of a process that has ended is free, and so is one that cannot be read', () => {
    for (const content of [JSON.stringify({ pid: 2 ** 22 + 1, start: '1' }), 'half a li', '{}']) {
      writeFileSync(file, content);
      const attempt = tryLock(file);
      expect(attempt.held).toBe(true);
      if (attempt.held) attempt.lock.release();
    }
  });

  test('a process number that was handed to another process does not keep the lock', () => {
    const identity = identityOf(process.pid);
    expect(isAlive(identity)).toBe(true);
    if (identity.start === null) return;
    writeFileSync(file, JSON.stringify({ ...identity, start: `${identity.start}0` }));
    expect(tryLock(file).held).toBe(true);
  });

  test('the refusal is one sentence that names the folder and the process', async () => {
    const ask = (): Promise<unknown> => lockHome({ home: folder, lockFile: file, log: () => {} });
    await ask();
    const failure = (await ask().catch((error: unknown) => error)) as Error;
    expect(failure.message).toContain(folder);
    expect(failure.message).toContain(`process ${process.pid}`);
    expect(failure.message).not.toContain('\n');
  });

  test('no drafts are left', () => {
    tryLock(file);
    tryLock(file);
    expect(readdirSync(folder)).toEqual(['lock']);
  });
});
