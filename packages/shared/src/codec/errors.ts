/** A payload was encrypted with a key that this process does not have; with the key it can be read. */
export class UnknownPayloadKeyError extends Error {
  /** As the payload names it, when that is an id at all. */
  readonly keyId: string;

  constructor(keyId: string) {
    const shown = /^[A-Za-z0-9._-]{1,32}$/.test(keyId) ? keyId : '(not an id)';
    super(
      `A payload is encrypted with the key ${shown}, which is not among PAYLOAD_KEYS; add it behind the first one.`,
    );
    this.name = 'UnknownPayloadKeyError';
    this.keyId = shown;
  }
}

/** A payload is not what was encrypted with the key it names: it was changed, or the key has another one's id. */
export class UnreadablePayloadError extends Error {
  constructor(readonly keyId: string) {
    super(
      `A payload cannot be decrypted with the key ${keyId}, which it names: it was changed, or the key is another one.`,
    );
    this.name = 'UnreadablePayloadError';
  }
}
