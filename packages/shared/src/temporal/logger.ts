import pino, { type Logger } from 'pino';

/** JSON lines on standard output; secrets that might be handed to the logger by mistake are cut out by name. */
export function createLogger({ name, level }: { name: string; level: string }): Logger {
  return pino({
    name,
    level,
    base: { name },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: {
      paths: ['password', 'apiKey', 'authorization', '*.password', '*.apiKey', '*.authorization', '*.headers'],
      censor: '[redacted]',
    },
  });
}
