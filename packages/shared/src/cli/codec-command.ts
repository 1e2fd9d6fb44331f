import type { Command } from 'commander';
import { type KeyRing, startCodecServer } from '../codec';
import { ConfigError } from '../config';
import { printJson } from './output';
import { CliFailure, UsageError } from './run-command';
import { isJson } from './worker-commands';

/** What the codec server of a tenant needs to know. */
export interface CodecSettings {
  readonly payloadKeys?: KeyRing | undefined;
  readonly namespace: string;
  readonly uiUrl: string;
}

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/** `codec serve`: lets the Temporal Web UI and the `temporal` command show what is encrypted. */
export function addCodecCommand(program: Command, settings: () => CodecSettings): void {
  program
    .command('codec')
    .description('read encrypted payloads with the tools of Temporal')
    .command('serve')
    .description('decrypt for the Temporal Web UI and for "temporal --codec-endpoint", until Ctrl-C')
    .option('--host <address>', 'the address to listen on', '127.0.0.1')
    .option('--port <number>', 'the port to listen on; 0 takes a free one', '8089')
    .addHelpText(
      'after',
      `\nExample:\n  ${program.name()} codec serve\n  temporal workflow show --workflow-id ID --codec-endpoint http://127.0.0.1:8089`,
    )
    .action(async ({ host, port }: { host: string; port: string }, command: Command) => {
      const { payloadKeys, namespace, uiUrl } = settings();
      if (!payloadKeys)
        throw new ConfigError([
          'PAYLOAD_KEYS is missing: the keys that payloads are decrypted with; it should be those of the worker.',
        ]);
      if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
        throw new UsageError(`--port ${port} is not a port; give a number from 0 to 65535`);
      const server = await startCodecServer({ host, port: Number(port), ring: payloadKeys, namespace, uiUrl }).catch(
        (error: NodeJS.ErrnoException) => {
          throw new CliFailure(`the codec server cannot listen on ${host}:${port} (${error.code ?? error.message})`);
        },
      );
      const { origin } = new URL(uiUrl);
      if (isJson(command)) printJson({ url: server.url, namespace, origin });
      else process.stdout.write(`codec server of ${namespace} on ${server.url}, for the pages of ${origin}\n`);
      if (!LOOPBACK.has(host))
        process.stderr.write(
          'Whoever reaches this address can decrypt; let nobody reach it but a proxy that asks who they are.\n',
        );
      await new Promise<void>((resolve) => {
        for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => resolve());
      });
      await server.close();
    });
}
