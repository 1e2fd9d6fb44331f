import { type EnvSpec, type Settings, type WORKER_ENV, readEnv, readTogether, withStackEnv } from '../config';
import { knownSecrets, wantsTraces } from '../telemetry';
import { type TemporalSettings, connectionSecrets, temporalSettings } from './connection';

type Environment = Readonly<Record<string, string | undefined>>;

/** The settings that every tenant has. */
export interface TenantSettings<Spec extends EnvSpec = typeof WORKER_ENV> {
  readonly env: Settings<Spec>;
  readonly temporal: TemporalSettings;
  /** What no line and no span may hold. */
  readonly secrets: readonly string[];
  readonly traces: boolean;
}

/** Readers of a tenant's environment; each throws one ConfigError that names every problem. */
export interface SettingsReader<Spec extends EnvSpec> {
  /** The tenant's own variables, for what needs no Temporal server: a migration gets along without keys and certificates. */
  env(source: Environment): Settings<Spec>;
  all(source: Environment): TenantSettings<Spec>;
}

/**
 * Reads the variables of `spec` and TEMPORAL_*, completed by what the embedded stack below `root` has left for the tenant. The
 * namespace is `namespace` unless TEMPORAL_NAMESPACE says otherwise.
 */
export function settingsReader<Spec extends EnvSpec & typeof WORKER_ENV>(
  spec: Spec,
  { root, tenant, namespace }: { root: string; tenant: string; namespace: string },
): SettingsReader<Spec> {
  const complete = (source: Environment) => withStackEnv(source, { root, tenant });
  return {
    env: (source) => readEnv(spec, complete(source)),
    all(source) {
      const completed = complete(source);
      const { env, temporal } = readTogether({
        env: () => readEnv(spec, completed),
        temporal: () => temporalSettings(completed, { namespace }),
      });
      return {
        env,
        temporal,
        secrets: knownSecrets(completed, connectionSecrets(temporal)),
        traces: wantsTraces(env as Settings<typeof WORKER_ENV>),
      };
    },
  };
}
