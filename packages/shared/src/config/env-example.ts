import type { EnvSpec } from './env';

/** What `@temporalio/envconfig` reads; each also has a place in a profile of `temporal.toml`. */
const TEMPORAL_VARIABLES: readonly (readonly [name: string, describe: string, fallback: string])[] = [
  ['TEMPORAL_ADDRESS', "host:port of the Temporal server's frontend", '127.0.0.1:7233'],
  ['TEMPORAL_NAMESPACE', "the tenant's namespace; its own when not given", ''],
  ['TEMPORAL_CONFIG_FILE', 'a temporal.toml to read settings from', ''],
  ['TEMPORAL_PROFILE', 'the profile of that file', ''],
  ['TEMPORAL_API_KEY', 'the key for a server that asks for one; turns TLS on', ''],
  ['TEMPORAL_TLS', 'true for TLS, also without a client certificate', ''],
  [
    'TEMPORAL_TLS_CLIENT_CERT_PATH',
    "the client certificate's PEM file (or TEMPORAL_TLS_CLIENT_CERT_DATA: the PEM text)",
    '',
  ],
  ['TEMPORAL_TLS_CLIENT_KEY_PATH', "the client key's PEM file (or TEMPORAL_TLS_CLIENT_KEY_DATA: the PEM text)", ''],
  [
    'TEMPORAL_TLS_SERVER_CA_CERT_PATH',
    "the PEM file of the server's authority (or TEMPORAL_TLS_SERVER_CA_CERT_DATA: the PEM text)",
    '',
  ],
  ['TEMPORAL_TLS_SERVER_NAME', "the name that the server's certificate must have, when it is not the address", ''],
];

/**
 * The text of an app's `.env.example`: each variable with what it is, what it should be, and its default. A variable
 * without a default is left empty, which counts as not given.
 */
export function envExample({ title, spec }: { title: string; spec: EnvSpec }): string {
  const own = Object.entries(spec).map(([name, { describe, expects, fallback }]) => {
    const note = fallback ? '' : ' Required.';
    return `# ${capital(describe)}: ${expects}.${note}\n${name}=${textOf(fallback?.value)}\n`;
  });
  const temporal = TEMPORAL_VARIABLES.map(
    ([name, describe, fallback]) => `# ${capital(describe)}.\n${name}=${fallback}\n`,
  );
  return [`# ${title}\n`, ...own, '# The connection to Temporal\n', ...temporal].join('\n');
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.join(',');
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
