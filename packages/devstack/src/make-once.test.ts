import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makeOnce } from './make-once';

const folder = mkdtempSync(path.join(tmpdir(), 'devstack-once-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => rmSync(path.join(folder, 'thing'), { force: true }));

const thing = path.join(folder, 'thing');
const find = (): string | undefined => (existsSync(thing) ? thing : undefined);
const common = { folder, what: 'the thing', log: () => {}, timeoutMs: 10_000, find };

describe('platform, embedded stack: what takes minutes is made once', () => {
  test('two that ask at once get one thing, made by one of them', async () => {
    let made = 0;
    const make = async (draft: string): Promise<string> => {
      expect(readdirSync(draft)).toEqual([]);
      await new Promise((resolve) => setImmediate(resolve));
      made += 1;
      writeFileSync(thing, '');
      return thing;
    };
    const ask = (): Promise<string> => makeOnce({ ...common, make });
    expect(await Promise.all([ask(), ask()])).toEqual([thing, thing]);
    expect(made).toBe(1);
  });

  test('a failure leaves neither a lock nor a draft, and what a killed process left goes too', async () => {
    mkdirSync(path.join(folder, 'draft-of-the-dead'));
    const make = (): Promise<string> => Promise.reject(new Error('no compiler'));
    await expect(makeOnce({ ...common, make })).rejects.toThrow('no compiler');
    expect(readdirSync(folder)).toEqual([]);
  });

  test('who waits too long is told for what', async () => {
    let release!: () => void;
    const held = new Promise<void>((resolve) => (release = resolve));
    let begun!: () => void;
    const started = new Promise<void>((resolve) => (begun = resolve));
    const first = makeOnce({
      ...common,
      make: async () => {
        begun();
        await held;
        return thing;
      },
    });
    await started;
    const lines: string[] = [];
    const late = makeOnce({ ...common, timeoutMs: 0, log: (line) => lines.push(line), make: async () => thing });
    await expect(late).rejects.toThrow('another process has been making the thing');
    expect(lines[0]).toContain(`waiting for process ${process.pid}`);
    release();
    await first;
  });
});
