/** Names of fields and variables whose value is a secret. */
const SECRET_KEY =
  /pass(?:word|wd|phrase)|[-_]pwd$|secret|token(?!s?(?:In|Out|Count|_in|_out|_count))|api[-_]?key|authorization|cookie|credential|private[-_]?key|access[-_]?key|signature$|connection[-_]?string|^dsn$/i;

/** Whether a field of this name holds a secret. */
export function isSecretKey(key: string): boolean {
  return SECRET_KEY.test(key);
}

// A shorter value would cut words out of lines, and gives nobody anything to guess from.
const MIN_LENGTH = 8;

/**
 * The secret values of an environment, to be cut wherever they appear: those of variables that are named as secrets, passwords in
 * URLs and their queries, payload keys, and the headers of the trace exporter. `others` are values that came from elsewhere, such as a file.
 */
export function knownSecrets(
  env: Readonly<Record<string, string | undefined>>,
  others: readonly unknown[] = [],
): string[] {
  const secrets = Object.entries(env).flatMap(([name, value]) => (value ? secretsOf(name, value) : []));
  const given = others.filter((value) => typeof value === 'string');
  return [...new Set([...secrets, ...given])].filter((secret) => secret.length >= MIN_LENGTH);
}

function secretsOf(name: string, value: string): string[] {
  if (name === 'PAYLOAD_KEYS') return value.split(',').map((entry) => entry.slice(entry.indexOf(':') + 1).trim());
  if (/^OTEL_EXPORTER_OTLP_(?:\w+_)?HEADERS$/.test(name)) {
    return value.split(',').flatMap((entry) => {
      const header = entry.slice(entry.indexOf('=') + 1).trim();
      return [header, decode(header), decode(header).replace(/^\w+ /, '')];
    });
  }
  if (/^TEMPORAL_TLS_CLIENT_KEY_DATA$/.test(name) || (isSecretKey(name) && !/_(?:FILE|PATH)$/.test(name)))
    return [value];
  if (!/^[a-z][a-z\d+.-]*:\/\//i.test(value)) return [];
  const [, password] = /^[^/]*\/\/[^/?#\s:]*:([^/?#\s]*)@/.exec(value) ?? [];
  const asked = [...value.matchAll(/[?&]([^=&#]+)=([^&#]*)/g)].flatMap(([, key, given]) =>
    isSecretKey(key!) ? [given!] : [],
  );
  return [...(password === undefined ? [] : [password]), ...asked].flatMap((secret) => [secret, decode(secret)]);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
