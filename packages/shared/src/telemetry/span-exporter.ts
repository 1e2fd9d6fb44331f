import type { Attributes, AttributeValue } from '@opentelemetry/api';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { Redactor } from './redact';

/** Spans of questions: a command that watches asks twice a second. */
const QUESTIONS = /^(?:QueryWorkflow|HandleQuery|DescribeWorkflow)\b/;

/** Of an address only the server: paths of webhooks and queries hold keys. */
const DROPPED = new Set(['url.full', 'url.path', 'url.query', 'http.url', 'http.target', 'db.connection_string']);

const STATEMENT = /^db\.(?:query\.text|statement)$/;

/** Hands spans on to an exporter without {@link QUESTIONS}, and with everything that is text in them redacted. */
export function redactingExporter(exporter: SpanExporter, redactor: Redactor): SpanExporter {
  return {
    export: (spans, done) =>
      exporter.export(
        spans.filter(({ name }) => !QUESTIONS.test(name)).map((span) => redacted(span, redactor)),
        done,
      ),
    forceFlush: async () => exporter.forceFlush?.(),
    shutdown: async () => exporter.shutdown(),
  };
}

function redacted(span: ReadableSpan, redactor: Redactor): ReadableSpan {
  const { status } = span;
  return {
    name: redactor.text(span.name),
    kind: span.kind,
    spanContext: () => span.spanContext(),
    ...(span.parentSpanContext ? { parentSpanContext: span.parentSpanContext } : {}),
    startTime: span.startTime,
    endTime: span.endTime,
    duration: span.duration,
    ended: span.ended,
    status: status.message === undefined ? status : { ...status, message: redactor.text(status.message) },
    attributes: redactedAttributes(span.attributes, redactor),
    events: span.events.map((event) => ({
      ...event,
      name: redactor.text(event.name),
      ...(event.attributes ? { attributes: redactedAttributes(event.attributes, redactor) } : {}),
    })),
    links: span.links,
    resource: span.resource,
    instrumentationScope: span.instrumentationScope,
    droppedAttributesCount: span.droppedAttributesCount,
    droppedEventsCount: span.droppedEventsCount,
    droppedLinksCount: span.droppedLinksCount,
  };
}

function redactedAttributes(attributes: Attributes, redactor: Redactor): Attributes {
  const kept = Object.entries(attributes).filter(([name]) => !DROPPED.has(name));
  return Object.fromEntries(
    kept.map(([name, value]) => [
      name,
      // A statement holds placeholders, which look like dollars.
      STATEMENT.test(name) && typeof value === 'string'
        ? redactor.known(value)
        : (redactor.data(value) as AttributeValue),
    ]),
  );
}
