import path from 'node:path';
import type { DataConverter } from '@temporalio/common';
import { EncryptionCodec } from './encryption-codec';
import type { KeyRing } from './key-ring';

/**
 * The data converter of a tenant's workers and commands; with keys, payloads and the text of failures are encrypted.
 * `onUnknownKey` is told the id of each key that a payload names and the ring has not.
 */
export function payloadDataConverter(
  ring: KeyRing | undefined,
  { onUnknownKey }: { onUnknownKey?: (keyId: string) => void } = {},
): DataConverter {
  return {
    payloadCodecs: [new EncryptionCodec(ring, onUnknownKey)],
    ...(ring ? { failureConverterPath: path.join(__dirname, 'failure-converter') } : {}),
  };
}

/** The failure converter that belongs into every prebuilt workflow bundle. */
export const WORKFLOW_FAILURE_CONVERTER = path.join(__dirname, 'workflow-failure-converter');
