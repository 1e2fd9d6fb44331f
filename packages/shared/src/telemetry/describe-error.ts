const MAX_CAUSES = 8;

/**
 * Of an error only what names it: type, message, code, failure type and frames, and the same of its causes. A database error's
 * other fields hold the row, an HTTP error's the request with its headers.
 */
export function describeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return error;
  const code = textOf(error, 'code');
  const failure = textOf(error, 'type');
  const errors = error instanceof AggregateError ? error.errors.slice(0, MAX_CAUSES) : [];
  const deeper = depth < MAX_CAUSES;
  return {
    type: error.name,
    ...(failure === undefined ? {} : { failure }),
    ...(code === undefined ? {} : { code }),
    message: withoutValues(error.message, code),
    stack: framesOf(error),
    ...(deeper && error.cause !== undefined ? { cause: describeError(error.cause, depth + 1) } : {}),
    ...(deeper && errors.length > 0 ? { errors: errors.map((each) => describeError(each, depth + 1)) } : {}),
  };
}

function textOf(error: Error, field: string): string | undefined {
  const value: unknown = Reflect.get(error, field);
  return typeof value === 'string' ? value : undefined;
}

/** PostgreSQL's messages about data (class 22) quote the value. */
function withoutValues(message: string, code: string | undefined): string {
  return code?.startsWith('22') && code.length === 5 ? message.replace(/"[^]*"/, '"[redacted]"') : message;
}

/** The stack without its first lines: they repeat the message. */
function framesOf({ stack, message }: Error): string | undefined {
  const head = stack?.indexOf(message) ?? -1;
  const frames = head < 0 ? stack : stack?.slice(head + message.length);
  return frames
    ?.split('\n')
    .filter((line) => /^\s+at /.test(line))
    .map((line) => line.trim())
    .join('\n');
}
