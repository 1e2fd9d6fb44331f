import { type KeyObject, createSecretKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ConfigError, profileOf } from '../config';

/** The keys of a tenant's payloads: the first encrypts, each decrypts what names it. */
export interface KeyRing {
  readonly encryptingKeyId: string;
  readonly keys: ReadonlyMap<string, KeyObject>;
}

const KEY_ID = /^[A-Za-z0-9._-]{1,32}$/;
const KEY_BYTES = 32;
const EXPECTED =
  'keyId:key[,olderKeyId:olderKey], each key 32 bytes in base64, as "openssl rand -base64 32" prints them';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Reads PAYLOAD_KEYS, or the file that PAYLOAD_KEYS_FILE names (a mounted secret); undefined when neither is given,
 * which the production profile refuses. Throws ConfigError with a sentence for each key that cannot be used; the sentences name positions, never what stands there.
 */
export function readPayloadKeys(env: Env): KeyRing | undefined {
  const { PAYLOAD_KEYS: text, PAYLOAD_KEYS_FILE: file } = env;
  if (text && file)
    throw new ConfigError(['PAYLOAD_KEYS_FILE is wrong: PAYLOAD_KEYS is given too; it should be one of the two.']);
  if (text) return parseKeyRing(text, 'PAYLOAD_KEYS');
  if (file) return parseKeyRing(readSecret(file), 'PAYLOAD_KEYS_FILE');
  if (profileOf(env) === 'production')
    throw new ConfigError([
      `PAYLOAD_KEYS is missing: the production profile encrypts payloads; it should be ${EXPECTED}.`,
    ]);
  return undefined;
}

/** The ring that a text describes; `variable` is the name under which its problems are reported. */
export function parseKeyRing(text: string, variable: string): KeyRing {
  const keys = new Map<string, KeyObject>();
  const problems: string[] = [];
  for (const [index, entry] of text.trim().split(',').entries()) {
    const [, keyId = '', encoded = ''] = /^([^:]*):(.*)$/s.exec(entry.trim()) ?? [];
    const problem = problemOf({ keyId, encoded, known: keys });
    if (problem) problems.push(`${variable} is wrong: key ${index + 1} ${problem}; it should be ${EXPECTED}.`);
    else keys.set(keyId, createSecretKey(encoded, 'base64'));
  }
  const [encryptingKeyId] = keys.keys();
  if (problems.length > 0 || encryptingKeyId === undefined) throw new ConfigError(problems);
  return { encryptingKeyId, keys };
}

function problemOf(entry: { keyId: string; encoded: string; known: ReadonlyMap<string, unknown> }): string | undefined {
  if (!KEY_ID.test(entry.keyId)) return 'has no id of 1 to 32 letters, digits, ".", "_" or "-" before a colon';
  if (entry.known.has(entry.keyId)) return 'has the id of a key before it';
  // Node reads what it can of a text and passes over the rest; only what comes out the same again was base64.
  const bytes = Buffer.from(entry.encoded, 'base64');
  if (bytes.toString('base64').replace(/=+$/, '') !== entry.encoded.replace(/=+$/, '')) return 'is not base64';
  return bytes.length === KEY_BYTES ? undefined : `has ${bytes.length} bytes and not ${KEY_BYTES}`;
}

function readSecret(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new ConfigError([
      'PAYLOAD_KEYS_FILE is wrong: it should be a file that can be read, with the text of PAYLOAD_KEYS.',
    ]);
  }
}
