import { createRequire } from 'node:module';
import type { ClientInterceptors } from '@temporalio/client';
import type {
  OpenTelemetryActivityInboundInterceptor,
  OpenTelemetryWorkflowExporter,
} from '@temporalio/interceptors-opentelemetry-v2';
import type { ActivityInterceptors, InjectedSink, WorkerInterceptors } from '@temporalio/worker';
import type { WorkflowInfo } from '@temporalio/workflow';
import type { Logger } from 'pino';
import { type SpanIds, setSpanSource } from './log-context';
import type { Redactor } from './redact';
import { redactingExporter } from './span-exporter';

type WorkflowSpansSink = InjectedSink<OpenTelemetryWorkflowExporter>;

/** What a process that traces gives to its clients and its worker, and how it ends. */
export interface Tracing {
  readonly clientInterceptors: ClientInterceptors;
  readonly workerInterceptors: WorkerInterceptors;
  readonly workerSinks: { readonly exporter: WorkflowSpansSink };
  /** Hands over the spans that have not been sent for at most 1.5 s; what is left then is lost. */
  readonly stop: () => Promise<void>;
}

/** Whether the environment asks for traces: an OTLP endpoint is set, and the SDK is not disabled. */
export function wantsTraces(env: {
  readonly OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined;
  readonly OTEL_EXPORTER_OTLP_TRACES_ENDPOINT?: string | undefined;
  readonly OTEL_SDK_DISABLED?: string | undefined;
}): boolean {
  const endpoint = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? env.OTEL_EXPORTER_OTLP_ENDPOINT;
  return endpoint !== undefined && env.OTEL_SDK_DISABLED !== 'true';
}

// For one delivery with its retries.
const SEND_MS = 3000;
// For the last one, before the process ends: below what the worker host gives to each thing that it closes.
const LAST_SEND_MS = 1500;
const MINUTE_MS = 60_000;

/**
 * Traces this process: commands through workflows and activities to SQL and HTTP, sent in the background by OTLP over HTTP. The
 * standard OTEL_* variables say where, with which headers, how many and under which name. Call it before the pool is made and
 * only when {@link wantsTraces} says so: it loads the OpenTelemetry SDK. A receiver that is away or slow costs spans and one
 * warning a minute, never the process.
 */
export async function startTracing({
  serviceName,
  redactor,
  log,
}: {
  serviceName: string;
  redactor: Redactor;
  log?: Logger;
}): Promise<Tracing> {
  const [api, core, resources, sdk, hooks, otlp, postgres, undici, temporal] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/core'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/sdk-trace-base'),
    import('@opentelemetry/context-async-hooks'),
    import('@opentelemetry/exporter-trace-otlp-proto'),
    import('@opentelemetry/instrumentation-pg'),
    import('@opentelemetry/instrumentation-undici'),
    import('@temporalio/interceptors-opentelemetry-v2'),
  ]);
  core.setGlobalErrorHandler(atMostOnceA(MINUTE_MS, (error) => log?.warn({ err: error }, 'spans could not be sent')));

  const resource = resources
    .defaultResource()
    .merge(resources.resourceFromAttributes({ 'service.name': serviceName }))
    .merge(resources.detectResources({ detectors: [resources.envDetector] }));
  const processor = new sdk.BatchSpanProcessor(
    redactingExporter(new otlp.OTLPTraceExporter({ timeoutMillis: SEND_MS }), redactor),
  );
  const provider = new sdk.BasicTracerProvider({ resource, spanProcessors: [processor] });
  api.trace.setGlobalTracerProvider(provider);
  api.context.setGlobalContextManager(new hooks.AsyncLocalStorageContextManager().enable());
  api.propagation.setGlobalPropagator(new core.W3CTraceContextPropagator());
  const spanIds = (): SpanIds | undefined => {
    const span = api.trace.getActiveSpan()?.spanContext();
    return span && { traceId: span.traceId, spanId: span.spanId };
  };
  setSpanSource(spanIds);

  // Health checks and polls have no parent, and would be a trace each.
  new postgres.PgInstrumentation({ requireParentSpan: true, ignoreConnectSpans: true }).enable();
  new undici.UndiciInstrumentation({ requireParentforSpans: true }).enable();
  // The instrumentation changes the driver when it is asked for, and it was loaded before.
  createRequire(__filename)('pg');

  const client = new temporal.OpenTelemetryWorkflowClientInterceptor();
  return {
    clientInterceptors: { workflow: [client] },
    workerInterceptors: {
      client: { workflow: [client] },
      activity: [
        (context) => activityInterceptors(new temporal.OpenTelemetryActivityInboundInterceptor(context), spanIds),
      ],
    },
    workerSinks: { exporter: withFewAttributes(temporal.makeWorkflowExporter(processor, resource)) },
    async stop() {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, LAST_SEND_MS)));
      await Promise.race([provider.shutdown().catch(() => undefined), late]);
      clearTimeout(timer);
    },
  };
}

/** The SDK says that an activity has failed when its span is over: its lines are given the ids of the span that it had. */
function activityInterceptors(
  inbound: OpenTelemetryActivityInboundInterceptor,
  spanIds: () => SpanIds | undefined,
): ActivityInterceptors {
  let ids: SpanIds | undefined;
  return {
    inbound: {
      execute: async (input, next) =>
        inbound.execute(input, async (traced) => {
          ids = spanIds();
          return next(traced);
        }),
    },
    outbound: { getLogAttributes: (attributes, next) => next({ ...attributes, ...ids }) },
  };
}

/** Spans of workflows are given all that is known of the workflow, down to its memo and its last result: these are what is kept. */
function withFewAttributes({ export: sink }: WorkflowSpansSink): WorkflowSpansSink {
  return {
    export: {
      fn: ({ workflowId, runId, workflowType, namespace, taskQueue, attempt }, spans) =>
        sink.fn({ workflowId, runId, workflowType, namespace, taskQueue, attempt } as WorkflowInfo, spans),
    },
  };
}

function atMostOnceA(periodMs: number, act: (error: unknown) => void): (error: unknown) => void {
  let lastMs = Number.NEGATIVE_INFINITY;
  return (error) => {
    if (performance.now() - lastMs < periodMs) return;
    lastMs = performance.now();
    act(error);
  };
}
