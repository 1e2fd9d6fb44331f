import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { parse } from 'protobufjs';

// What is read of opentelemetry-proto's trace service, with its field numbers.
const { root } = parse(`
  syntax = "proto3";
  message Request { repeated ResourceSpans resource_spans = 1; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
  message Resource { repeated KeyValue attributes = 1; }
  message ScopeSpans { Scope scope = 1; repeated Span spans = 2; }
  message Scope { string name = 1; }
  message Span {
    bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
    repeated KeyValue attributes = 9; repeated Event events = 11; Status status = 15;
  }
  message Event { string name = 2; repeated KeyValue attributes = 3; }
  message Status { string message = 2; int32 code = 3; }
  message KeyValue { string key = 1; Value value = 2; }
  message Value { oneof value { string string = 1; bool bool = 2; int64 int = 3; double double = 4; Values array = 5; } }
  message Values { repeated Value values = 1; }
`);
const Request = root.lookupType('Request');

interface KeyValue {
  readonly key: string;
  readonly value: Record<string, unknown>;
}
/** As decoded: ids are base64. */
interface SpanMessage {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly attributes: KeyValue[];
  readonly events: { name: string; attributes: KeyValue[] }[];
  readonly status: { message: string; code: number } | null;
}
interface RequestMessage {
  readonly resourceSpans: { resource: { attributes: KeyValue[] }; scopeSpans: { spans: SpanMessage[] }[] }[];
}

/** A span as it was received; ids are hex, `parentId` is empty for the first of a trace. */
export interface ReceivedSpan {
  readonly service: string;
  readonly traceId: string;
  readonly id: string;
  readonly parentId: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly status: { readonly message: string; readonly code: number } | null;
}

export interface OtlpReceiver {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly url: string;
  spans(): readonly ReceivedSpan[];
  /** Everything that was sent, as text. */
  text(): string;
  /** Requests so far, also those that were not answered. */
  requests(): number;
  close(): Promise<void>;
}

/** A receiver of traces by OTLP over HTTP on loopback; one that `hangs` takes requests and answers none. */
export async function startOtlpReceiver({ hangs = false } = {}): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const texts: string[] = [];
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      if (hangs) return;
      const body = Buffer.concat(parts);
      const message = decode(request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body);
      texts.push(JSON.stringify(message));
      spans.push(...spansOf(message));
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: () => spans,
    text: () => texts.join('\n'),
    requests: () => requests,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function decode(body: Uint8Array): RequestMessage {
  const message = Request.decode(body);
  return Request.toObject(message, { longs: Number, bytes: String, arrays: true, defaults: true }) as RequestMessage;
}

function spansOf({ resourceSpans }: RequestMessage): ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        service: String(valuesOf(resource.attributes)['service.name']),
        traceId: hexOf(span.traceId),
        id: hexOf(span.spanId),
        parentId: hexOf(span.parentSpanId),
        name: span.name,
        attributes: valuesOf(span.attributes),
        status: span.status,
      })),
    ),
  );
}

const hexOf = (base64: string) => Buffer.from(base64, 'base64').toString('hex');

function valuesOf(pairs: readonly KeyValue[]): Record<string, unknown> {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, Object.values(value)[0]]));
}
