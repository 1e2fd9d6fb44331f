// The settings of the compose stack: infra/compose/.env, made from .env.example. Built-in modules only.
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { chown, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ROOT } from '../lib/bootstrap.mjs';

export const COMPOSE = path.join(ROOT, 'infra', 'compose');
/** Certificates, keys and tokens; see make-identities.mjs. */
export const IDENTITIES = path.join(COMPOSE, 'identities');
export const TENANTS = ['tracc', 'timeline'];
const ENV_FILE = path.join(COMPOSE, '.env');
const EXAMPLE = path.join(COMPOSE, '.env.example');

/** As the image's own account has it, for who runs Docker as root: a worker is never root. */
const IMAGE_USER = '1000:1000';

const password = () => randomBytes(24).toString('base64url');
/** What is made for every value that .env.example leaves empty. */
const MADE = {
  STACK_USER: () => {
    const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
    return uid === 0 ? IMAGE_USER : `${uid}:${gid}`;
  },
  PAYLOAD_KEYS: () => `k1:${randomBytes(32).toString('base64')}`,
};

/** `KEY=value` lines as an object. */
export function parseEnv(text) {
  const lines = text.split('\n').map((line) => /^([A-Z][A-Z0-9_]*)=(.*)$/.exec(line));
  return Object.fromEntries(lines.flatMap((match) => (match ? [[match[1], match[2].trim()]] : [])));
}

/**
 * Writes .env from .env.example, or completes one that lacks values, and the empty files of the workers' own settings. Values that
 * are there stay. Returns the names of what it made.
 */
export function ensureSettings() {
  const given = existsSync(ENV_FILE) ? parseEnv(readFileSync(ENV_FILE, 'utf8')) : {};
  const made = [];
  const known = new Set();
  const lines = readFileSync(EXAMPLE, 'utf8')
    .split('\n')
    .map((line) => {
      const [, name, preset] = /^([A-Z][A-Z0-9_]*)=(.*)$/.exec(line) ?? [];
      if (name === undefined) return line;
      known.add(name);
      if (given[name]) return `${name}=${given[name]}`;
      if (preset !== '') return line;
      made.push(name);
      return `${name}=${(MADE[name] ?? password)()}`;
    });
  const own = Object.entries(given).filter(([name]) => !known.has(name));
  const text = lines.join('\n') + own.map(([name, value]) => `${name}=${value}\n`).join('');
  if (!existsSync(ENV_FILE) || made.length > 0) writeFileSync(ENV_FILE, text, { mode: 0o600 });
  chmodSync(ENV_FILE, 0o600);
  for (const tenant of TENANTS) {
    const file = path.join(COMPOSE, `${tenant}.env`);
    const hint = `# Settings of the ${tenant} worker beside those of docker-compose.yml: see apps/${tenant}-worker/.env.example\n`;
    if (!existsSync(file)) writeFileSync(file, hint, { mode: 0o600 });
  }
  return made;
}

/** The settings as compose sees them: .env, over which the environment goes. Throws Error when one has no value. */
export function readSettings() {
  const example = parseEnv(readFileSync(EXAMPLE, 'utf8'));
  if (!existsSync(ENV_FILE)) throw new Error('infra/compose/.env is missing; `npm run stack:env` writes it.');
  const own = parseEnv(readFileSync(ENV_FILE, 'utf8'));
  const names = Object.keys(example);
  const settings = Object.fromEntries(names.map((name) => [name, process.env[name] || own[name] || example[name]]));
  const missing = names.filter((name) => settings[name] === '');
  if (missing.length > 0)
    throw new Error(`infra/compose/.env lacks ${missing.join(', ')}; \`npm run stack:env\` fills them in.`);
  return settings;
}

/** The folder that a tenant's worker and its commands share. */
export function dataOf(settings, tenant) {
  return path.resolve(COMPOSE, settings.STACK_DATA, tenant);
}

/** Makes the folders that workers and commands share, for the account that the workers are. */
export async function ensureData(settings) {
  const [uid, gid] = settings.STACK_USER.split(':').map(Number);
  for (const tenant of TENANTS)
    for (const folder of ['', 'blobs', 'imports']) {
      const directory = path.join(dataOf(settings, tenant), folder);
      await mkdir(directory, { recursive: true });
      const owner = await stat(directory);
      if (owner.uid !== uid && process.getuid?.() === 0) await chown(directory, uid, gid ?? uid);
    }
}

/**
 * What `npx tracc …` and `npx timeline …` on this machine need to reach the stack; with `tls` the tenant's certificate, with `jwt` its
 * token.
 */
export function commandSettings(settings, tenant, { tls = false, jwt = false } = {}) {
  const urlAs = (role) =>
    `postgres://${tenant}_${role}:${settings[`${tenant.toUpperCase()}_${role.toUpperCase()}_PASSWORD`]}@127.0.0.1:${settings.POSTGRES_PORT}/${tenant}`;
  const identity = (file) => path.join(IDENTITIES, tenant, file);
  return {
    DATABASE_URL: urlAs('worker'),
    DATABASE_OWNER_URL: urlAs('owner'),
    TEMPORAL_ADDRESS: `127.0.0.1:${settings.TEMPORAL_PORT}`,
    TEMPORAL_UI_URL: `http://127.0.0.1:${settings.UI_PORT}`,
    PAYLOAD_KEYS: settings.PAYLOAD_KEYS,
    BLOB_DIR: path.join(dataOf(settings, tenant), 'blobs'),
    IMPORT_DIR: path.join(dataOf(settings, tenant), 'imports'),
    ...(tls
      ? {
          TEMPORAL_TLS_SERVER_CA_CERT_PATH: identity('ca.pem'),
          TEMPORAL_TLS_CLIENT_CERT_PATH: identity('certificate.pem'),
          TEMPORAL_TLS_CLIENT_KEY_PATH: identity('key.pem'),
        }
      : {}),
    ...(jwt ? parseEnv(readFileSync(identity('token.env'), 'utf8')) : {}),
  };
}

const published = (tenant) => path.join(ROOT, '.devstack', `${tenant}.env`);

/** Leaves those settings where the commands look for them; `npm run dev` does the same for its own servers. */
export async function publishSettings(settings, access) {
  await mkdir(path.join(ROOT, '.devstack'), { recursive: true });
  for (const tenant of TENANTS) {
    const lines = Object.entries(commandSettings(settings, tenant, access)).map(
      ([name, value]) => `${name}=${value}\n`,
    );
    await writeFile(published(tenant), lines.join(''), { mode: 0o600 });
  }
}

export async function withdrawSettings() {
  await Promise.all(TENANTS.map((tenant) => rm(published(tenant), { force: true })));
}
