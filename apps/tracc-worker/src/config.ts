import path from 'node:path';
import { FILE_ENV, WORKER_ENV, setting } from '@backend/shared/config';
import { sharedMigrations, type MigrationSet } from '@backend/shared/pg';
import {
  type NamespaceNeeds,
  type TenantSettings,
  searchAttributeList,
  settingsReader,
} from '@backend/shared/temporal';
import { IMPORT_SEARCH_ATTRIBUTES } from '@backend/importer/contract';
import { importerMigrations } from '@backend/importer/repositories';
import { NAMESPACE, SEARCH_ATTRIBUTES, TENANT } from './contract';

/** Every variable of tracc beside TEMPORAL_*; `.env.example` lists them with their defaults. */
export const TRACC_ENV = {
  ...WORKER_ENV,
  ...FILE_ENV,
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

export type TraccConfig = TenantSettings<typeof TRACC_ENV>;

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

/** What the tenant's namespace has to have; `tracc temporal setup` makes it. */
export const NAMESPACE_NEEDS: Omit<NamespaceNeeds, 'namespace'> = {
  retentionDays: 90,
  searchAttributes: searchAttributeList(SEARCH_ATTRIBUTES, IMPORT_SEARCH_ATTRIBUTES),
};

type Environment = Readonly<Record<string, string | undefined>>;
const reader = settingsReader(TRACC_ENV, {
  root: path.join(APP_ROOT, '..', '..'),
  tenant: TENANT,
  namespace: NAMESPACE,
});

/** Reads the app's own variables, for what needs no Temporal server. Throws one ConfigError that names every problem. */
export function loadEnv(source: Environment = process.env): TraccConfig['env'] {
  return reader.env(source);
}

/** Reads the environment, the app's only place that does. Throws one ConfigError that names every problem. */
export function loadConfig(source: Environment = process.env): TraccConfig {
  return Object.freeze(reader.all(source));
}
