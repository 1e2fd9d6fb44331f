/** The SQLSTATE of a PostgreSQL error, or undefined. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** A database URL without its password, for messages. */
export function maskUrl(url: string): string {
  if (!URL.canParse(url)) return '(not a URL)';
  const parsed = new URL(url);
  return `${parsed.protocol}//${parsed.username}@${parsed.host}${parsed.pathname}`;
}

/** One sentence for a person about a failed connection or statement; undefined when it is not a database error. `variable` is the setting that the URL comes from. */
export function describeDatabaseError(error: unknown, url: string, variable = 'DATABASE_URL'): string | undefined {
  const code = sqlState(error);
  const at = maskUrl(url);
  if (
    code === 'ECONNREFUSED' ||
    code === 'ENOTFOUND' ||
    code === 'ETIMEDOUT' ||
    code === 'EHOSTUNREACH' ||
    code === 'ECONNRESET'
  ) {
    return `The database at ${at} cannot be reached (${code}); check ${variable} and that PostgreSQL runs.`;
  }
  if (code === '28P01' || code === '28000')
    return `The database at ${at} refused the user name or password of ${variable}.`;
  if (code === '3D000') return `The database at ${at} does not exist; create it, then run "db migrate".`;
  if (code === '42P01' || code === '42883' || code === '3F000')
    return `The database at ${at} lacks a table or function; run "db migrate".`;
  if (code === '53300') return `The database at ${at} takes no more connections; raise max_connections, or close some.`;
  if (
    error instanceof Error &&
    /timeout exceeded when trying to connect|timeout expired|query read timeout|terminated due to connection timeout/i.test(
      error.message,
    )
  ) {
    return `The database at ${at} did not answer in time; check ${variable} and that PostgreSQL runs.`;
  }
  return undefined;
}
