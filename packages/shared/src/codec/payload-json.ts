import type { Payload } from '@temporalio/common';

/** What the Web UI and the command line of Temporal send to a codec server: `Payloads` in the JSON form of protobuf. */
export interface PayloadsJson {
  readonly payloads: readonly PayloadJson[];
}

interface PayloadJson {
  readonly metadata?: Readonly<Record<string, string>>;
  readonly data?: string;
}

/** The payloads of a request's text; undefined when it is not of that form. */
export function payloadsFromJson(text: string): Payload[] | undefined {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(body) || (body['payloads'] !== undefined && !Array.isArray(body['payloads']))) return undefined;
  const payloads = ((body['payloads'] ?? []) as unknown[]).map(payloadOf);
  return payloads.every((payload) => payload !== undefined) ? payloads : undefined;
}

export function payloadsToJson(payloads: readonly Payload[]): PayloadsJson {
  return {
    payloads: payloads.map(({ metadata, data }) => ({
      metadata: Object.fromEntries(Object.entries(metadata ?? {}).map(([name, value]) => [name, base64(value)])),
      ...(data ? { data: base64(data) } : {}),
    })),
  };
}

function payloadOf(value: unknown): Payload | undefined {
  if (!isRecord(value)) return undefined;
  const { metadata = {}, data = '' } = value;
  if (!isRecord(metadata) || typeof data !== 'string') return undefined;
  const entries = Object.entries(metadata);
  if (!entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')) return undefined;
  return {
    metadata: Object.fromEntries(entries.map(([name, text]) => [name, Buffer.from(text, 'base64')])),
    data: Buffer.from(data, 'base64'),
  };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
