import type { Command } from 'commander';
import type { Settings, WORKER_ENV } from '../config';
import type { Tenant, TenantSettings } from '../temporal';
import { addCodecCommand } from './codec-command';
import { addDbCommands } from './db-commands';
import { addTemporalCommand } from './temporal-command';
import { addWorkerCommands } from './worker-commands';

/** What the commands that every tenant has need of theirs. */
export interface TenantCommands<Config extends TenantSettings> extends Pick<Tenant, 'migrations' | 'needs'> {
  readonly loadEnv: () => Settings<typeof WORKER_ENV>;
  readonly loadConfig: () => Config;
  readonly runWorker: (config: Config) => Promise<void>;
}

/** `worker start|health`, `db provision|migrate`, `codec serve` and `temporal setup`. Returns the `db` command, for more. */
export function addTenantCommands<Config extends TenantSettings>(
  program: Command,
  { loadEnv, loadConfig, runWorker, migrations, needs }: TenantCommands<Config>,
): Command {
  addWorkerCommands(program, {
    start: async () => runWorker(loadConfig()),
    probes: () => {
      const { PROBE_HOST: host, PROBE_PORT: port } = loadEnv();
      return { host, port };
    },
  });
  const db = addDbCommands(program, { migrations, urls: loadEnv });
  addCodecCommand(program, () => {
    const { env, temporal } = loadConfig();
    return { uiUrl: env.TEMPORAL_UI_URL, ...temporal };
  });
  addTemporalCommand(program, () => ({ temporal: loadConfig().temporal, needs }));
  return db;
}
