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

  /**
   * What the work returns is returned as it is, and looked at on the side: one `await` more would let the code go on later than it does
   * without traces, and executions that are under way when traces are switched on or off would replay in another order.
   */
  function inSpan<T>(name: string, work: () => Promise<T>, options: SpanOptions = {}): Promise<T> {
    const parent = options.parent ?? current.getStore();
    const context: SpanContext = {
      traceId: parent?.traceId ?? newId(32),
      spanId: newId(16),
      traceFlags: parent?.traceFlags ?? SAMPLED,
      ...(parent?.traceState ? { traceState: parent.traceState } : {}),
    };
    const startMs = Date.now();
    const end = (failure?: unknown): void => {
      if (!(context.traceFlags & SAMPLED)) return;
      // A run that goes on as another one has not failed.
      const failed = failure instanceof ContinueAsNew ? undefined : failure;
      exporter.export([
        spanOf({ name, context, parent, startMs, failure: failed, attributes: options.attributes ?? {} }),
      ]);
    };
    const result = current.run(context, work);
    void result.then(() => end(), end);
    return result;
  }

  const withContext = <Input extends { readonly headers: Headers }>(input: Input): Input => {
    const context = current.getStore();
    return context ? { ...input, headers: { ...input.headers, [HEADER]: encodeContext(context) } } : input;
  };

  return {
    inbound: [
      {
        execute: (input, next) =>
          inSpan(`RunWorkflow:${workflowInfo().workflowType}`, () => next(input), {
            parent: contextIn(input.headers),
          }),
        handleSignal: (input, next) =>
          inSpan(`HandleSignal:${input.signalName}`, () => next(input), { parent: contextIn(input.headers) }),
        handleUpdate: (input, next) =>
          inSpan(`HandleUpdate:${input.name}`, () => next(input), {
            parent: contextIn(input.headers),
            attributes: { temporalUpdateId: input.updateId },
          }),
      },
    ],
    outbound: [
      {
        scheduleActivity: (input, next) =>
          inSpan(`StartActivity:${input.activityType}`, () => next(withContext(input))),
        scheduleLocalActivity: (input, next) =>
          inSpan(`StartActivity:${input.activityType}`, () => next(withContext(input))),
        startChildWorkflowExecution: (input, next) =>
          inSpan(`StartChildWorkflow:${input.workflowType}`, () => next(withContext(input))),
        signalWorkflow: (input, next) => inSpan(`SignalWorkflow:${input.signalName}`, () => next(withContext(input))),
        continueAsNew: (input, next) =>
          inSpan(`ContinueAsNew:${input.options.workflowType}`, () => next(withContext(input))),
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
