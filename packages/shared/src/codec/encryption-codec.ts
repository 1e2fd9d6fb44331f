import { type KeyObject, createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { UnknownPayloadKeyError, UnreadablePayloadError } from './errors';
import type { KeyRing } from './key-ring';

/** The encoding of an encrypted payload, in its metadata, which the server and everyone on the way can read. */
export const ENCRYPTED = 'binary/encrypted';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const { Payload: PayloadMessage } = temporal.api.common.v1;

/** A key, with what every payload of it has in common. */
interface Seal {
  readonly key: KeyObject;
  readonly metadata: NonNullable<Payload['metadata']>;
  /** The readable part of an encrypted payload; no id has a zero byte. */
  readonly associatedData: Buffer;
}

/**
 * Encrypts whole payloads, metadata included: AES-256-GCM, `data` = nonce (12 bytes, random), ciphertext, tag (16 bytes). What
 * stays readable, the encoding and the key's id, is authenticated with it. The workflow and the field are not: the server moves
 * payloads between them (a schedule's arguments, an activity's result in a failure, a reset).
 *
 * Without a ring nothing is encrypted, and what is encrypted is still refused here: a workflow would take it for its input.
 *
 * The cipher is node's synchronous one: for a payload of this size it costs 10 µs, half of WebCrypto's way to a thread and back.
 */
export class EncryptionCodec implements PayloadCodec {
  private readonly seals: ReadonlyMap<string, Seal>;
  private readonly encrypting: Seal | undefined;

  constructor(
    ring: KeyRing | undefined,
    private readonly onUnknownKey: (keyId: string) => void = () => undefined,
  ) {
    this.seals = new Map([...(ring?.keys ?? [])].map(([keyId, key]) => [keyId, sealOf(keyId, key)]));
    this.encrypting = ring && this.seals.get(ring.encryptingKeyId);
  }

  async encode(payloads: Payload[]): Promise<Payload[]> {
    const { encrypting } = this;
    return encrypting ? payloads.map((payload) => encrypt(payload, encrypting)) : payloads;
  }

  /**
   * Payloads that are not encrypted pass: they are of the time before there were keys.
   * Throws {@link UnknownPayloadKeyError} and {@link UnreadablePayloadError}: plain errors, for which the SDK fails the task, to be
   * retried, and never the workflow.
   */
  async decode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => (isEncrypted(payload) ? this.decrypt(payload) : payload));
  }

  private decrypt({ metadata, data }: Payload): Payload {
    const keyId = textOf(metadata?.['encryption-key-id']);
    const seal = this.seals.get(keyId);
    if (!seal) {
      const error = new UnknownPayloadKeyError(keyId);
      this.onUnknownKey(error.keyId);
      throw error;
    }
    if (!data || data.length < NONCE_BYTES + TAG_BYTES) throw new UnreadablePayloadError(keyId);
    try {
      const end = data.length - TAG_BYTES;
      const decipher = createDecipheriv(CIPHER, seal.key, data.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
      decipher.setAAD(seal.associatedData).setAuthTag(data.subarray(end));
      const plain = decipher.update(data.subarray(NONCE_BYTES, end));
      // Throws when the tag does not fit; before, nothing of the plain text may be used.
      decipher.final();
      return PayloadMessage.decode(plain);
    } catch {
      throw new UnreadablePayloadError(keyId);
    }
  }
}

function sealOf(keyId: string, key: KeyObject): Seal {
  return {
    key,
    metadata: { encoding: Buffer.from(ENCRYPTED), 'encryption-key-id': Buffer.from(keyId) },
    associatedData: Buffer.from(`${ENCRYPTED}\0${keyId}`),
  };
}

function encrypt(payload: Payload, { key, metadata, associatedData }: Seal): Payload {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(associatedData);
  const sealed = cipher.update(PayloadMessage.encode(payload).finish());
  cipher.final();
  return { metadata: { ...metadata }, data: Buffer.concat([nonce, sealed, cipher.getAuthTag()]) };
}

function isEncrypted({ metadata }: Payload): boolean {
  return textOf(metadata?.['encoding']) === ENCRYPTED;
}

function textOf(bytes: Uint8Array | null | undefined): string {
  return bytes ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8') : '';
}
