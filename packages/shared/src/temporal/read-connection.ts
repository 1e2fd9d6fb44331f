import { X509Certificate, createPrivateKey } from 'node:crypto';
import { accessSync, constants } from 'node:fs';
import type { ConnectionOptions } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { NativeConnectionOptions } from '@temporalio/worker';
import { isHostPort, profileOf } from '../config';

export type TemporalConnectionOptions = ConnectionOptions & NativeConnectionOptions & { readonly address: string };

type Env = Readonly<Record<string, string>>;

const FILE_VARIABLES = [
  'TEMPORAL_CONFIG_FILE',
  'TEMPORAL_TLS_CLIENT_CERT_PATH',
  'TEMPORAL_TLS_CLIENT_KEY_PATH',
  'TEMPORAL_TLS_SERVER_CA_CERT_PATH',
];

/**
 * The connection that TEMPORAL_* and `temporal.toml` describe, and what is wrong with them, a sentence each that names the
 * variable. `@temporalio/envconfig` passes over some mistakes (a file that is not there, `TEMPORAL_TLS=yes`, a certificate
 * without its key), and would go on without what was asked for.
 */
export function readConnection(env: Env): {
  connection: TemporalConnectionOptions | undefined;
  problems: readonly string[];
} {
  const problems = mistakes(env);
  if (problems.length > 0) return { connection: undefined, problems };
  let connection: TemporalConnectionOptions;
  try {
    const { connectionOptions } = loadClientConnectConfig({ overrideEnvVars: { ...env } });
    connection = { ...connectionOptions, address: connectionOptions.address ?? '127.0.0.1:7233' };
  } catch {
    // What it says may quote the file, and the file may hold a key.
    return {
      connection: undefined,
      problems: [
        'TEMPORAL_CONFIG_FILE is wrong: the settings of the connection; it should be a TOML file with the profile that TEMPORAL_PROFILE names, and every file that it names should be there.',
      ],
    };
  }
  if (!isHostPort(connection.address))
    return {
      connection,
      problems: ["TEMPORAL_ADDRESS is wrong: the Temporal server's frontend; it should be host:port."],
    };
  return {
    connection,
    problems: [...pemProblems(connection), ...(profileOf(env) === 'production' ? openness(connection) : [])],
  };
}

/** What production refuses to be without. */
function openness({ tls, apiKey }: TemporalConnectionOptions): string[] {
  const problems: string[] = [];
  if (!tls)
    problems.push(
      'TEMPORAL_TLS is missing: the production profile talks to the Temporal server over TLS only; it should be true (TEMPORAL_API_KEY and TEMPORAL_TLS_* turn it on too).',
    );
  if (!apiKey && !(typeof tls === 'object' && tls?.clientCertPair))
    problems.push(
      'TEMPORAL_API_KEY is missing: the production profile needs authorization; it should be a key of the Temporal server, or TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH a client certificate.',
    );
  return problems;
}

function mistakes(env: Env): string[] {
  const problems: string[] = [];
  const tls = env['TEMPORAL_TLS'];
  if (tls !== undefined && !['true', 'false', '1', '0'].includes(tls))
    problems.push('TEMPORAL_TLS is wrong: whether to use TLS; it should be true or false.');
  for (const name of FILE_VARIABLES) {
    const file = env[name];
    if (file !== undefined && !isReadable(file))
      problems.push(`${name} is wrong: it should be a file that can be read.`);
  }
  const has = (what: string) =>
    Boolean(env[`TEMPORAL_TLS_CLIENT_${what}_PATH`] ?? env[`TEMPORAL_TLS_CLIENT_${what}_DATA`]);
  // Without a file of settings, which might hold the other one.
  if (!env['TEMPORAL_CONFIG_FILE'] && has('CERT') !== has('KEY')) {
    const [given, lacking] = has('CERT') ? ['CERT', 'KEY'] : ['KEY', 'CERT'];
    problems.push(
      `TEMPORAL_TLS_CLIENT_${lacking}_PATH is missing: it should be given together with TEMPORAL_TLS_CLIENT_${given}_PATH.`,
    );
  }
  return problems;
}

function pemProblems({ tls }: TemporalConnectionOptions): string[] {
  if (typeof tls !== 'object' || tls === null) return [];
  const { clientCertPair, serverRootCACertificate } = tls;
  const parts: readonly (readonly [name: string, read: () => unknown])[] = [
    ...(clientCertPair
      ? [
          ['TEMPORAL_TLS_CLIENT_CERT_PATH', () => new X509Certificate(clientCertPair.crt)] as const,
          ['TEMPORAL_TLS_CLIENT_KEY_PATH', () => createPrivateKey(Buffer.from(clientCertPair.key))] as const,
        ]
      : []),
    ...(serverRootCACertificate
      ? [['TEMPORAL_TLS_SERVER_CA_CERT_PATH', () => new X509Certificate(serverRootCACertificate)] as const]
      : []),
  ];
  return parts.flatMap(([name, read]) => {
    try {
      read();
      return [];
    } catch {
      return [`${name} (or ${name.replace('_PATH', '_DATA')}) is wrong: it should be PEM.`];
    }
  });
}

function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
