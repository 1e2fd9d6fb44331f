import path from 'node:path';
import { WORKER_ENV, type Settings, readEnv, setting, withStackEnv } from '@backend/shared/config';
import { sharedMigrations, type MigrationSet } from '@backend/shared/pg';
import { type TemporalSettings, temporalSettings } from '@backend/shared/temporal';
import { importerMigrations } from '@backend/importer/repositories';
import { NAMESPACE, TENANT } from './contract';

/** Every variable of tracc beside TEMPORAL_*; `.env.example` lists them with their defaults. */
export const TRACC_ENV = {
  ...WORKER_ENV,
  TRACC_USER: setting.optionalText('the user that commands act for when --user is not given'),
  SMTP_URL: setting.optionalUrl(
    'the mail server for alerts, with user and password; without it there are none by e-mail',
    ['smtp:', 'smtps:'],
  ),
  MAIL_FROM: setting.text('the sender of e-mails', 'tracc <tracc@localhost>'),
  REPORT_BASE_URL: setting.optionalText(
    'the start of links to reports in alerts, for example https://tracc.example/reports',
  ),
};

export interface TraccConfig {
  readonly env: Settings<typeof TRACC_ENV>;
  readonly temporal: TemporalSettings;
  readonly production: boolean;
}

const APP_ROOT = path.join(__dirname, '..');

/** Files of the app, the same in `src` (tests) and `dist`. */
export const FILES = {
  workflows: path.join(__dirname, 'workflows'),
  bundle: path.join(APP_ROOT, 'dist', 'workflow-bundle.js'),
  /** The sample household, next to the apps in the repository. */
  household: path.join(APP_ROOT, '..', '..', 'examples', 'household'),
};

/** Migrations of tracc's database, in the order in which they apply. */
export const MIGRATIONS: readonly MigrationSet[] = [
  sharedMigrations,
  importerMigrations,
  { component: TENANT, directory: path.join(APP_ROOT, 'migrations') },
];

/** Reads the environment, the app's only place that does. Throws one ConfigError that names every problem. */
export function loadConfig(source: Readonly<Record<string, string | undefined>> = process.env): TraccConfig {
  const completed = withStackEnv(source, { root: path.join(APP_ROOT, '..', '..'), tenant: TENANT });
  const env = readEnv(TRACC_ENV, completed);
  return Object.freeze({
    env,
    temporal: temporalSettings(completed, { namespace: NAMESPACE }),
    production: env.NODE_ENV === 'production',
  });
}
