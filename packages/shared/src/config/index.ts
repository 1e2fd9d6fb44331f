export { ConfigError, type EnvSpec, type Setting, type Settings, readEnv, setting } from './env';
export { envExample } from './env-example';
export { stackEnvFile, withStackEnv } from './stack-env';
export { WORKER_ENV } from './worker-env';
