import { asyncLocalStorage } from '@temporalio/activity';
import type { Logger as SdkLogger } from '@temporalio/worker';
import type { Logger } from 'pino';

/** The ids of the span that the calling code runs in, in lower-case hex. */
export interface SpanIds {
  readonly traceId: string;
  readonly spanId: string;
}

let activeSpan: () => SpanIds | undefined = () => undefined;

/** Says where lines find the ids of the span that they are written in; called once by the process that traces. */
export function setSpanSource(source: () => SpanIds | undefined): void {
  activeSpan = source;
}

/**
 * What every line is given of where it is written: the activity that runs (its workflow, attempt and queue) and the span. Empty
 * outside of both. Lines of workflows bring theirs along, through {@link sdkLogger}.
 */
export function logContext(): Record<string, unknown> {
  const info = asyncLocalStorage.getStore()?.info;
  return {
    ...(info && {
      workflowId: info.workflowExecution?.workflowId,
      runId: info.workflowExecution?.runId,
      workflowType: info.workflowType,
      activityType: info.activityType,
      activityId: info.activityId,
      attempt: info.attempt,
      namespace: info.namespace,
      taskQueue: info.taskQueue,
    }),
    ...activeSpan(),
  };
}

const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

/** Names of the SDK's own fields, in those of our lines; undefined leaves a field out. */
const FIELDS: Readonly<Record<string, string | undefined>> = {
  workflowRunId: 'runId',
  error: 'err',
  taskToken: undefined,
};

/** The SDK's logger, for lines of workflows, of the SDK about workflows and activities, and of its core: all go to `log`. */
export function sdkLogger(log: Logger): SdkLogger {
  const write: SdkLogger['log'] = (level, message, meta = {}) => {
    const severity = LEVELS[level];
    if (!log.isLevelEnabled(severity)) return;
    const fields = Object.entries(meta).flatMap(([name, value]) => {
      const field = name in FIELDS ? FIELDS[name] : name;
      return field === undefined ? [] : [[field, value] as const];
    });
    log[severity](Object.fromEntries(fields), message);
  };
  return {
    log: write,
    trace: (message, meta) => write('TRACE', message, meta),
    debug: (message, meta) => write('DEBUG', message, meta),
    info: (message, meta) => write('INFO', message, meta),
    warn: (message, meta) => write('WARN', message, meta),
    error: (message, meta) => write('ERROR', message, meta),
  };
}
