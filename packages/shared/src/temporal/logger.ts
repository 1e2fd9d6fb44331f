import pino, { type Logger } from 'pino';

/** JSON lines on standard output; secrets that might be handed to the logger by mistake are cut out by name. */
export function createLogger({ name, level }: { name: string; level: string }): Logger {
  return pino({
    name,
    level,
    base: { name },
    timestamp: pino.stdTimeFunctions.isoTime,
    // Of an error only what names it: a database error's detail holds the row, and an HTTP error the request.
    serializers: { err: describeError, error: describeError },
    formatters: { level: (label) => ({ level: label }) },
    redact: {
      paths: ['password', 'apiKey', 'authorization', '*.password', '*.apiKey', '*.authorization', '*.headers'],
      censor: '[redacted]',
    },
  });
}

/** Type, message, code and stack of an error and of its causes. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return {
    type: error.name,
    message: error.message,
    ...(code === undefined ? {} : { code }),
    stack: error.stack,
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  };
}
