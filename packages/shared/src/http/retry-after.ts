/** Statuses that time may mend: 408, 409, 425, 429, any 5xx (529 too). Every other 4xx is final. */
export function isRetryableStatus(status: number): boolean {
  return status === 408 || status === 409 || status === 425 || status === 429 || status >= 500;
}

/** `Sun, 06 Nov 1994 08:49:37 GMT`, or one of the two obsolete forms, which also begin with the name of a day. */
const HTTP_DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /;

/**
 * The wait a server asks for, in milliseconds: `retry-after-ms`, then `retry-after` in seconds, then as an HTTP date
 * (RFC 9110, 10.2.3). Undefined when it asks for none or the header is not readable.
 */
export function retryAfterMs(header: (name: string) => string | null | undefined, nowMs: number): number | undefined {
  const milliseconds = wholeNumber(header('retry-after-ms')?.trim());
  if (milliseconds !== undefined) return milliseconds;
  const value = header('retry-after')?.trim();
  if (!value) return undefined;
  const seconds = wholeNumber(value);
  if (seconds !== undefined) return seconds * 1000;
  // Date.parse takes almost anything: "1.5" would be a day in 2001, and so no wait at all.
  if (!HTTP_DATE.test(value)) return undefined;
  // The obsolete asctime form names no zone and means GMT too.
  const date = Date.parse(value.endsWith('GMT') ? value : `${value} GMT`);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}
