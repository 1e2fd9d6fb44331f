/** Statuses that time may mend: 408, 409, 425, 429, any 5xx (529 too). Every other 4xx is final. */
export function isRetryableStatus(status: number): boolean {
  return status === 408 || status === 409 || status === 425 || status === 429 || status >= 500;
}

/**
 * The wait a server asks for, in milliseconds: `retry-after-ms`, then `retry-after` in seconds, then as an HTTP date
 * (RFC 9110, 10.2.3). Undefined when it asks for none or the header is not readable.
 */
export function retryAfterMs(header: (name: string) => string | null | undefined, nowMs: number): number | undefined {
  const milliseconds = header('retry-after-ms');
  if (milliseconds && /^\d+$/.test(milliseconds)) return Number(milliseconds);
  const value = header('retry-after')?.trim();
  if (!value) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}
