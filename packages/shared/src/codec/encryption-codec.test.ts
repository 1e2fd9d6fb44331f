import { inspect } from 'node:util';
import type { Payload } from '@temporalio/common';
import { defaultPayloadConverter } from '@temporalio/common';
import fc from 'fast-check';
import { EncryptionCodec } from './encryption-codec';
import { UnknownPayloadKeyError, UnreadablePayloadError } from './errors';
import { parseKeyRing } from './key-ring';

const A = `a:${Buffer.alloc(32, 1).toString('base64')}`;
const B = `b:${Buffer.alloc(32, 2).toString('base64')}`;
const codecOf = (...keys: string[]) => new EncryptionCodec(parseKeyRing(keys.join(','), 'PAYLOAD_KEYS'));

const bytes = (maxLength: number) => fc.uint8Array({ maxLength });
const payloads = fc.array(
  fc
    .record({ metadata: fc.dictionary(fc.string(), bytes(40)), data: bytes(2000) })
    .map(({ metadata, data }): Payload => {
      const { encoding: _encoding, ...others } = metadata;
      return { metadata: others, data };
    }),
  { maxLength: 5 },
);
const plain = (list: readonly Payload[]) =>
  list.map(({ metadata, data }) => ({
    metadata: Object.fromEntries(Object.entries(metadata ?? {}).map(([name, value]) => [name, [...value]])),
    data: [...(data ?? [])],
  }));

async function encrypted(value: unknown, codec = codecOf(A)): Promise<Payload> {
  const [payload] = await codec.encode([defaultPayloadConverter.toPayload(value)]);
  return payload!;
}

test('reliability S8: what comes out is what went in, metadata and all', async () => {
  const codec = codecOf(A, B);
  await fc.assert(
    fc.asyncProperty(payloads, async (list) => {
      const sealed = await codec.encode(list);
      for (const { metadata } of sealed) {
        expect(Object.keys(metadata!)).toEqual(['encoding', 'encryption-key-id']);
        expect(Buffer.from(metadata!['encoding']!).toString()).toBe('binary/encrypted');
        expect(Buffer.from(metadata!['encryption-key-id']!).toString()).toBe('a');
      }
      expect(plain(await codec.decode(sealed))).toEqual(plain(list));
    }),
  );
});

test('reliability S8: nothing of the content is readable, and equal payloads do not look equal', async () => {
  const [first, second] = [await encrypted({ note: 'CANARY' }), await encrypted({ note: 'CANARY' })];
  expect(Buffer.from(first.data!).includes('CANARY')).toBe(false);
  expect(Buffer.from(first.data!).includes('json/plain')).toBe(false);
  expect(first.data).not.toEqual(second.data);
});

test('reliability S8: payloads of the time before there were keys pass as they are', async () => {
  const before = [defaultPayloadConverter.toPayload({ month: '2025-11' }), { metadata: {} }, {}];
  expect(await codecOf(A).decode(before)).toEqual(before);
});

test('reliability S8: without keys nothing is encrypted, and what is encrypted is not taken for something else', async () => {
  const codec = new EncryptionCodec(undefined);
  const payload = defaultPayloadConverter.toPayload('x');
  expect(await codec.encode([payload])).toEqual([payload]);
  expect(await codec.decode([payload])).toEqual([payload]);
  await expect(codec.decode([await encrypted('x')])).rejects.toThrow(UnknownPayloadKeyError);
});

describe('reliability S8: a payload that was changed is refused, and the error holds nothing of it', () => {
  const flip = (from: number, to: number) => (payload: Payload, at: number, bit: number) => {
    const data = Buffer.from(payload.data!);
    const end = to > 0 ? to : data.length + to;
    data[from < 0 ? data.length + from + (at % -from) : from + (at % (end - from))]! ^= 1 << bit;
    return { ...payload, data };
  };
  const changes: Record<string, (payload: Payload, at: number, bit: number) => Payload> = {
    'the nonce': flip(0, 12),
    'the ciphertext': flip(12, -16),
    'the tag': flip(-16, 0),
    'its length, cut': (payload, at) => ({ ...payload, data: payload.data!.subarray(0, at % payload.data!.length) }),
    'its length, more': (payload, at) => ({ ...payload, data: Buffer.concat([payload.data!, Buffer.alloc(1 + at)]) }),
    'the key id': (payload) => ({
      ...payload,
      metadata: { ...payload.metadata, 'encryption-key-id': Buffer.from('b') },
    }),
  };
  test.each(Object.keys(changes))('%s', async (what) => {
    // Both ids name the same key: only the associated data tells them apart.
    const same = Buffer.alloc(32, 1).toString('base64');
    const codec = codecOf(`a:${same}`, `b:${same}`);
    const payload = await encrypted({ note: 'CANARY' }, codec);
    await fc.assert(
      fc.asyncProperty(fc.nat(200), fc.integer({ min: 0, max: 7 }), async (at, bit) => {
        const error: unknown = await codec
          .decode([changes[what]!(payload, at, bit)])
          .catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(UnreadablePayloadError);
        expect(inspect(error, { depth: 5 })).not.toContain('CANARY');
      }),
    );
  });

  test('the encoding: taken for plain text, it is no payload that anyone can read', async () => {
    const payload = await encrypted('x');
    const [decoded] = await codecOf(A).decode([
      { ...payload, metadata: { ...payload.metadata, encoding: Buffer.from('json/plain') } },
    ]);
    expect(() => defaultPayloadConverter.fromPayload(decoded!)).toThrow(SyntaxError);
  });
});

describe('reliability S9', () => {
  test('a key that went to the second place still decrypts, and the first one encrypts', async () => {
    const old = await encrypted('x', codecOf(A));
    const both = codecOf(B, A);
    expect(plain(await both.decode([old]))).toEqual(plain([defaultPayloadConverter.toPayload('x')]));
    const [fresh] = await both.encode([defaultPayloadConverter.toPayload('x')]);
    expect(plain(await codecOf(B).decode([fresh!]))).toHaveLength(1);
  });

  test('an unknown key is told by its id, and is a plain error: the task is retried, the workflow does not fail', async () => {
    const told: string[] = [];
    const codec = new EncryptionCodec(parseKeyRing(B, 'PAYLOAD_KEYS'), (keyId) => told.push(keyId));
    const error: unknown = await codec.decode([await encrypted('x')]).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UnknownPayloadKeyError);
    expect(error).toMatchObject({
      name: 'UnknownPayloadKeyError',
      keyId: 'a',
      message: 'A payload is encrypted with the key a, which is not among PAYLOAD_KEYS; add it behind the first one.',
    });
    expect(told).toEqual(['a']);
  });

  test('what a payload names as its key is not repeated when it is no id', async () => {
    const payload = await encrypted('x');
    for (const id of ['', 'x'.repeat(33), 'a\nb', '\u001b[31m', '<script>']) {
      const metadata = { ...payload.metadata, 'encryption-key-id': Buffer.from(id) };
      await expect(codecOf(A).decode([{ ...payload, metadata }])).rejects.toMatchObject({ keyId: '(not an id)' });
    }
  });
});
