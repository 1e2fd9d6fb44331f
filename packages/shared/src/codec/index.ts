export { type CodecServer, type CodecServerOptions, startCodecServer } from './codec-server';
export { WORKFLOW_FAILURE_CONVERTER, payloadDataConverter } from './data-converter';
export { EncryptionCodec } from './encryption-codec';
export { UnknownPayloadKeyError, UnreadablePayloadError } from './errors';
export { type KeyRing, parseKeyRing, readPayloadKeys } from './key-ring';
