import pino, { type DestinationStream, type Logger } from 'pino';
import { describeError } from './describe-error';
import { logContext } from './log-context';
import { type Redactor, createRedactor } from './redact';

/**
 * JSON lines on standard output, one for each event, with the activity, workflow and span in which they are written (see
 * {@link logContext}). Every line passes the redactor as a whole, so it makes no difference how something came to be in it: as a
 * field, in a message, in an error or one of its causes, in a child logger.
 */
export function createLogger({
  name,
  level,
  redactor = createRedactor(),
  destination = pino.destination(1),
}: {
  name: string;
  level: string;
  redactor?: Redactor;
  destination?: DestinationStream;
}): Logger {
  return pino(
    {
      level,
      base: { name },
      timestamp: pino.stdTimeFunctions.isoTime,
      mixin: logContext,
      serializers: { err: describeError, error: describeError },
      formatters: { level: (label) => ({ level: label }), log: describeErrors },
      hooks: { streamWrite: (line) => redactLine(line, redactor) },
    },
    destination,
  );
}

/** Errors under other names than `err`, which JSON would show with the fields of their driver and without their message. */
function describeErrors(fields: Record<string, unknown>): Record<string, unknown> {
  if (!Object.values(fields).some((value) => value instanceof Error)) return fields;
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, value instanceof Error ? describeError(value) : value]),
  );
}

function redactLine(line: string, redactor: Redactor): string {
  try {
    return `${JSON.stringify(redactor.data(JSON.parse(line)))}\n`;
  } catch {
    return `${JSON.stringify({ msg: redactor.text(line) })}\n`;
  }
}

/**
 * An error that nobody caught ends the process with code 1, as Node would end it, and with a line of the log in place of a bare
 * stack, until closed.
 */
export function logUncaught(log: Logger): { close(): void } {
  const onUncaught = (error: unknown, origin: string): void => {
    log.fatal({ err: error, origin }, 'an error was not caught; the process ends');
    process.exit(1);
  };
  process.on('uncaughtException', onUncaught);
  return { close: () => void process.off('uncaughtException', onUncaught) };
}
