import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import type { OpenTelemetrySinks, SerializableSpan } from '@temporalio/interceptors-opentelemetry-v2';
import {
  AsyncLocalStorage,
  ContinueAsNew,
  type WorkflowInterceptorsFactory,
  getRandomStream,
  proxySinks,
  workflowInfo,
} from '@temporalio/workflow';

// The workflow half of tracing: the spans, headers and sink of @temporalio/interceptors-opentelemetry-v2, which is what the client,
// the activities and the sink are. Its own workflow half loads OpenTelemetry's SDK anew for each execution: 400 KiB and 5 ms of each.

const HEADER = '_tracer-data';
const SAMPLED = 1;
const STATUS = { ok: 1, error: 2 } as const;
const INTERNAL = 0;

interface SpanContext {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
  readonly traceState?: string;
}

interface SpanOptions {
  /** The span that it belongs to; without one that in which the code runs, else it begins a trace. */
  readonly parent?: SpanContext | undefined;
  readonly attributes?: Readonly<Record<string, string>>;
}

/**
 * The span in which code runs, of whichever execution: what is kept is kept with the promises of that execution. One for each would
 * cost 100 KiB of each.
 */
const current = new AsyncLocalStorage<SpanContext>();

/** Spans of one execution: of its run, its handlers, and what it asks for. Ids come from a random stream of their own. */
export const interceptors: WorkflowInterceptorsFactory = () => {
  const { exporter } = proxySinks<OpenTelemetrySinks>();

  async function inSpan<T>(name: string, work: () => Promise<T>, options: SpanOptions = {}): Promise<T> {
    const parent = options.parent ?? current.getStore();
    const context: SpanContext = {
      traceId: parent?.traceId ?? newId(32),
      spanId: newId(16),
      traceFlags: parent?.traceFlags ?? SAMPLED,
      ...(parent?.traceState ? { traceState: parent.traceState } : {}),
    };
    const startMs = Date.now();
    let failure: unknown;
    try {
      return await current.run(context, work);
    } catch (error) {
      // A run that goes on as another one has not failed.
      if (!(error instanceof ContinueAsNew)) failure = error;
      throw error;
    } finally {
      if (context.traceFlags & SAMPLED)
        exporter.export([spanOf({ name, context, parent, startMs, failure, attributes: options.attributes ?? {} })]);
    }
  }

  const withContext = <Input extends { readonly headers: Headers }>(input: Input): Input => {
    const context = current.getStore();
    return context ? { ...input, headers: { ...input.headers, [HEADER]: encodeContext(context) } } : input;
  };

  return {
    inbound: [
      {
        execute: async (input, next) =>
          inSpan(`RunWorkflow:${workflowInfo().workflowType}`, async () => next(input), {
            parent: contextIn(input.headers),
          }),
        handleSignal: async (input, next) =>
          inSpan(`HandleSignal:${input.signalName}`, async () => next(input), { parent: contextIn(input.headers) }),
        handleUpdate: async (input, next) =>
          inSpan(`HandleUpdate:${input.name}`, async () => next(input), {
            parent: contextIn(input.headers),
            attributes: { temporalUpdateId: input.updateId },
          }),
      },
    ],
    outbound: [
      {
        scheduleActivity: async (input, next) =>
          inSpan(`StartActivity:${input.activityType}`, async () => next(withContext(input))),
        scheduleLocalActivity: async (input, next) =>
          inSpan(`StartActivity:${input.activityType}`, async () => next(withContext(input))),
        startChildWorkflowExecution: async (input, next) =>
          inSpan(`StartChildWorkflow:${input.workflowType}`, async () => next(withContext(input))),
        signalWorkflow: async (input, next) =>
          inSpan(`SignalWorkflow:${input.signalName}`, async () => next(withContext(input))),
        continueAsNew: async (input, next) =>
          inSpan(`ContinueAsNew:${input.options.workflowType}`, async () => next(withContext(input))),
        getLogAttributes: (attributes, next) => {
          const context = current.getStore();
          return next(context ? { ...attributes, traceId: context.traceId, spanId: context.spanId } : attributes);
        },
      },
    ],
  };
};

/** Random hex digits that no other use of randomness in the workflow is moved by. */
function newId(digits: number): string {
  const stream = getRandomStream('telemetry/span-ids');
  let id = '';
  while (id.length < digits) id += Math.floor(stream.random() * 16).toString(16);
  return id;
}

/** W3C trace context, as the header of the interceptors carries it. */
function encodeContext({ traceId, spanId, traceFlags, traceState }: SpanContext) {
  return defaultPayloadConverter.toPayload({
    traceparent: `00-${traceId}-${spanId}-0${traceFlags.toString(16)}`,
    ...(traceState ? { tracestate: traceState } : {}),
  });
}

function contextIn(headers: Headers): SpanContext | undefined {
  const payload = headers[HEADER];
  if (!payload) return undefined;
  const { traceparent = '', tracestate } = defaultPayloadConverter.fromPayload<Record<string, string>>(payload);
  const [, traceId, spanId, flags] = /^[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})/.exec(traceparent) ?? [];
  if (!traceId || !spanId || !flags) return undefined;
  return {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16) & SAMPLED,
    ...(tracestate ? { traceState: tracestate } : {}),
  };
}

function spanOf({
  name,
  context,
  parent,
  startMs,
  failure,
  attributes,
}: {
  name: string;
  context: SpanContext;
  parent: SpanContext | undefined;
  startMs: number;
  failure: unknown;
  attributes: Readonly<Record<string, string>>;
}): SerializableSpan {
  const endMs = Date.now();
  const message = failure instanceof Error ? failure.message : String(failure);
  const exception = {
    'exception.type': failure instanceof Error ? failure.name : typeof failure,
    'exception.message': message,
    ...(failure instanceof Error && failure.stack ? { 'exception.stacktrace': failure.stack } : {}),
  };
  return {
    name,
    kind: INTERNAL,
    spanContext: context,
    ...(parent ? { parentSpanContext: parent } : {}),
    startTime: timeOf(startMs),
    endTime: timeOf(endMs),
    duration: timeOf(endMs - startMs),
    ended: true,
    status: failure === undefined ? { code: STATUS.ok } : { code: STATUS.error, message },
    attributes: { ...attributes },
    events: failure === undefined ? [] : [{ name: 'exception', time: timeOf(endMs), attributes: exception }],
    links: [],
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
    instrumentationScope: { name: '@backend/shared/telemetry' },
  };
}

/** Whole seconds and the nanoseconds beyond them, as OpenTelemetry tells times. */
function timeOf(ms: number): [number, number] {
  return [Math.trunc(ms / 1000), Math.round((ms % 1000) * 1e6)];
}
