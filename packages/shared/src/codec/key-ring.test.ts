import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { ConfigError } from '../config';
import { parseKeyRing, readPayloadKeys } from './key-ring';

const KEY = Buffer.alloc(32, 7).toString('base64');
const OTHER = Buffer.alloc(32, 8).toString('base64');

const problemsOf = (text: string): readonly string[] => {
  try {
    parseKeyRing(text, 'PAYLOAD_KEYS');
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
};

test('reliability S9: the first key of the ring encrypts, and all are there to decrypt', () => {
  const ring = parseKeyRing(`2026-02:${KEY}, 2025_old.1:${OTHER}\n`, 'PAYLOAD_KEYS');
  expect(ring.encryptingKeyId).toBe('2026-02');
  expect([...ring.keys.keys()]).toEqual(['2026-02', '2025_old.1']);
  expect(ring.keys.get('2025_old.1')!.export()).toEqual(Buffer.alloc(32, 8));
});

test.each([
  ['16 bytes', `a:${Buffer.alloc(16).toString('base64')}`, 'key 1 has 16 bytes and not 32'],
  ['33 bytes', `a:${Buffer.alloc(33).toString('base64')}`, 'key 1 has 33 bytes and not 32'],
  ['nothing', 'a:', 'key 1 has 0 bytes and not 32'],
  ['text that is not base64', `a:${KEY.slice(0, -2)}!=`, 'key 1 is not base64'],
  ['a key without an id', KEY, 'key 1 has no id'],
  ['an id with a space', `my key:${KEY}`, 'key 1 has no id'],
  ['an id of 33 letters', `${'k'.repeat(33)}:${KEY}`, 'key 1 has no id'],
  ['an id twice', `a:${KEY},a:${OTHER}`, 'key 2 has the id of a key before it'],
  ['a comma at the end', `a:${KEY},`, 'key 2 has no id'],
])('reliability S17: %s is refused by variable and position', (_what, text, problem) => {
  const [found, ...more] = problemsOf(text);
  expect(more).toEqual([]);
  expect(found).toMatch(/^PAYLOAD_KEYS is wrong: key \d .*; it should be keyId:key\[,.*$/);
  expect(found).toContain(problem);
});

test('reliability S17: every wrong key is reported, and no sentence holds a part of one', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 64 }).filter((bytes) => bytes !== 32),
      (bytes) => {
        const wrong = randomBytes(bytes).toString('base64');
        const problems = problemsOf(`a:${wrong},b:${KEY},${wrong}`);
        expect(problems).toHaveLength(2);
        for (const problem of problems) {
          expect(problem).not.toContain(KEY);
          if (bytes > 5) expect(problem).not.toContain(wrong.slice(0, 6));
        }
      },
    ),
  );
});

describe('the variables', () => {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'payload-keys-'));
  const file = path.join(directory, 'keys');
  writeFileSync(file, `a:${KEY},b:${OTHER}\n`);
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test('reliability S17: without keys there is no ring', () => {
    expect(readPayloadKeys({})).toBeUndefined();
    expect(readPayloadKeys({ PAYLOAD_KEYS: '', PAYLOAD_KEYS_FILE: '' })).toBeUndefined();
  });

  test('reliability S17: the production profile does not go on without keys', () => {
    for (const env of [{ PROFILE: 'production' }, { NODE_ENV: 'production' }])
      expect(() => readPayloadKeys(env)).toThrow(/usable: PAYLOAD_KEYS is missing: the production profile/);
    expect(readPayloadKeys({ NODE_ENV: 'production', PROFILE: 'local' })).toBeUndefined();
  });

  test('reliability S17: a mounted file holds the same text', () => {
    expect([...readPayloadKeys({ PAYLOAD_KEYS_FILE: file })!.keys.keys()]).toEqual(['a', 'b']);
    expect(() => readPayloadKeys({ PAYLOAD_KEYS_FILE: path.join(directory, 'none') })).toThrow(
      /PAYLOAD_KEYS_FILE is wrong: it should be a file that can be read/,
    );
    writeFileSync(path.join(directory, 'short'), 'a:c2hvcnQ=');
    expect(() => readPayloadKeys({ PAYLOAD_KEYS_FILE: path.join(directory, 'short') })).toThrow(
      /PAYLOAD_KEYS_FILE is wrong: key 1 has 5 bytes/,
    );
  });

  test('reliability S17: both at once are refused, since one of them would be ignored', () => {
    expect(() => readPayloadKeys({ PAYLOAD_KEYS: `a:${KEY}`, PAYLOAD_KEYS_FILE: file })).toThrow(ConfigError);
  });
});
