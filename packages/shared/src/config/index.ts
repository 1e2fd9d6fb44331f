export {
  ConfigError,
  type EnvSpec,
  type Setting,
  type Settings,
  bracketed,
  isHostPort,
  readEnv,
  readTogether,
  setting,
} from './env';
export { envExample } from './env-example';
export { type Profile, profileOf } from './profile';
export { stackEnvFile, withStackEnv } from './stack-env';
export { FILE_ENV, WORKER_ENV } from './worker-env';
