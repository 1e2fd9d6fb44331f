import { readFileSync } from 'node:fs';
import path from 'node:path';
import { packageDir } from './locations';
import { jarName, parseJavaMajor, type PinnedJar } from './test-server-java';
import { wrapperScript } from './wrapper-script';

describe('platform, embedded stack: the time-skipping test server', () => {
  const pinned = JSON.parse(readFileSync(path.join(packageDir, 'test-server', 'jars.json'), 'utf8')) as PinnedJar[];

  test('every jar is pinned by its version and its content, once', () => {
    for (const { artifact, sha256 } of pinned) {
      expect(artifact).toMatch(/^[\w.-]+:[\w.-]+:\d[\w.-]*$/);
      expect(sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(artifact).not.toContain('SNAPSHOT');
    }
    expect(new Set(pinned.map(({ artifact }) => jarName(artifact))).size).toBe(pinned.length);
    expect(pinned.map(({ artifact }) => artifact)).toContain('io.temporal:temporal-test-server:1.38.0');
  });

  test('Java`s version is read in both of its ways of writing it', () => {
    expect(parseJavaMajor('openjdk version "17.0.9" 2023-10-17')).toBe(17);
    expect(parseJavaMajor('java version "1.8.0_392"')).toBe(8);
    expect(parseJavaMajor('openjdk version "21" 2023-09-19')).toBe(21);
    expect(parseJavaMajor('command not found')).toBeUndefined();
  });

  test('the script becomes the server, with words quoted and the port as the last of them', () => {
    const script = wrapperScript({ command: "/opt/o'j/java", args: ['-cp', '/a b/x.jar'], platform: 'linux' });
    expect(script.startsWith('#!/bin/sh\n')).toBe(true);
    expect(script.trimEnd().split('\n').at(-1)).toBe(`exec '/opt/o'\\''j/java' '-cp' '/a b/x.jar' "$1"`);
  });
});
