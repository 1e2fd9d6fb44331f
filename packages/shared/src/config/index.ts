export { ConfigError, type EnvSpec, type Setting, type Settings, readEnv, setting } from './env';
export { stackEnvFile, withStackEnv } from './stack-env';
export { WORKER_ENV } from './worker-env';
