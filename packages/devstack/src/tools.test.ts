import { chmodSync, mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { compareVersions, findOnPath, outputOf } from './tools';

const folder = mkdtempSync(path.join(tmpdir(), 'devstack-tools-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('versions compare by their numbers', () => {
  const version = fc.tuple(fc.nat(40), fc.nat(40), fc.nat(40));
  fc.assert(
    fc.property(version, version, (left, right) => {
      const at = left.findIndex((part, index) => part !== right[index]);
      const expected = at === -1 ? 0 : Math.sign((left[at] ?? 0) - (right[at] ?? 0));
      expect(Math.sign(compareVersions(left.join('.'), right.join('.')))).toBe(expected);
    }),
  );
  expect(compareVersions('1.9.0', '1.29.0')).toBeLessThan(0);
  expect(compareVersions('1.29', '1.29.0')).toBe(0);
  expect(compareVersions('1.29.1-148.4', '1.29.1')).toBe(0);
});

test('a program is found in the first folder of PATH that has it as an executable file', () => {
  const [first, second, third] = ['a', 'b', 'c'].map((name) => path.join(folder, name));
  for (const at of [first, second, third]) mkdirSync(at as string);
  mkdirSync(path.join(first as string, 'tool'));
  for (const at of [second, third]) {
    writeFileSync(path.join(at as string, 'tool'), '');
    chmodSync(path.join(at as string, 'tool'), 0o755);
  }
  const env = { PATH: ['', first, second, third].join(path.delimiter) };
  expect(findOnPath({ name: 'tool', env })).toBe(path.join(second as string, 'tool'));
  expect(findOnPath({ name: 'other', env })).toBeUndefined();
  expect(findOnPath({ name: 'tool', env: {} })).toBeUndefined();
});

test('a program that does not answer in time is an error, and so is one that fails', async () => {
  const run = (code: string, timeoutMs: number): Promise<string> =>
    outputOf({ command: process.execPath, args: ['-e', code], env: process.env, timeoutMs });
  expect(await run('console.log("out"); console.error("err")', 20_000)).toBe('out\nerr\n');
  await expect(run('console.error("why"); process.exit(3)', 20_000)).rejects.toThrow('why');
  await expect(run('setInterval(() => {}, 1000)', 200)).rejects.toThrow();
});
