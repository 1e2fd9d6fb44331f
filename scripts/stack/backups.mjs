// Backups of the stack's databases and files: folders below infra/compose/backups, named by their time.
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { composeArgs } from './docker.mjs';
import { COMPOSE, TENANTS } from './settings.mjs';

export const BACKUPS = path.join(COMPOSE, 'backups');
const KEPT_DAYS = 7;
const DAY_MS = 24 * 60 * 60_000;
const MANIFEST = 'manifest.json';
/** `2026-11-22T03-15-00Z`: a time that every file system takes as a name. */
const NAME = /^(\d{4}-\d{2}-\d{2}T\d{2})-(\d{2})-(\d{2})Z$/;

/**
 * In the order in which they are saved: the server's first. A tenant's database is then never older than what the server believes to
 * be done in it; what it is ahead, the workers do again, and find done.
 */
export const DATABASES = [
  { name: 'temporal', owner: 'temporal' },
  { name: 'temporal_visibility', owner: 'temporal' },
  ...TENANTS.map((name) => ({ name, owner: `${name}_owner` })),
];

export function nameOf(date) {
  return `${date.toISOString().slice(0, 19).replaceAll(':', '-')}Z`;
}

/** When a backup was made; undefined for a folder that is none. */
function timeOf(name) {
  const [, hour, minutes, seconds] = NAME.exec(name) ?? [];
  return hour === undefined ? undefined : new Date(`${hour}:${minutes}:${seconds}Z`);
}

/** Names of whole backups, the newest first. One that was interrupted has another name. */
export async function listBackups(directory = BACKUPS) {
  if (!existsSync(directory)) return [];
  return (await readdir(directory))
    .filter((name) => timeOf(name) !== undefined)
    .sort()
    .reverse();
}

/** Writes what a process prints to a file. Resolves with `{bytes, sha256}` when it has ended with one of the codes. */
export async function saveOutput(child, { to, codes = [0], name }) {
  const hash = createHash('sha256');
  let bytes = 0;
  let errors = '';
  child.stderr.on('data', (chunk) => (errors = (errors + chunk).slice(-4000)));
  const tap = new Transform({
    transform(chunk, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  const [code] = await Promise.all([codeOf(child), pipeline(child.stdout, tap, createWriteStream(to))]);
  if (!codes.includes(code)) throw new Error(`${name} failed (exit code ${code}):\n${errors.trim()}`);
  return { bytes, sha256: hash.digest('hex') };
}

/** Gives a process a file to read. Resolves with what it prints when it has ended well. */
export async function feed(child, { from, name }) {
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (errors = (errors + chunk).slice(-4000)));
  // A process that ends before it has read everything says itself why.
  const written = from ? pipeline(createReadStream(from), child.stdin).catch(() => undefined) : undefined;
  const [code] = await Promise.all([codeOf(child), written]);
  if (code !== 0) throw new Error(`${name} failed (exit code ${code}):\n${errors.trim()}`);
  return output;
}

function codeOf(child) {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
}

/** Begins a command in the container of PostgreSQL. */
export function inPostgres(...command) {
  return spawn('docker', [...composeArgs(), 'exec', '--no-TTY', 'postgres', ...command]);
}

/** Statements as the superuser, one after the other; resolves with what they answer. */
export async function sql(...statements) {
  const commands = statements.flatMap((statement) => ['-c', statement]);
  const options = ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-U', 'postgres', '-d', 'postgres'];
  const child = inPostgres('psql', ...options, ...commands);
  child.stdin.end();
  return feed(child, { name: 'psql' });
}

/** Begins a backup: `{directory, add(file, {bytes, sha256}), finish(about)}`. Until it is finished it is no backup. */
export async function beginBackup(date, root = BACKUPS) {
  const name = nameOf(date);
  const directory = path.join(root, `.${name}.part`);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const files = [];
  return {
    directory,
    add: (file, figures) => files.push({ file, ...figures }),
    async finish(about) {
      const manifest = { format: 1, createdAt: date.toISOString(), ...about, files };
      await writeFile(path.join(directory, MANIFEST), `${JSON.stringify(manifest, undefined, 2)}\n`);
      await rename(directory, path.join(root, name));
      return { name, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
    },
    discard: () => rm(directory, { recursive: true, force: true }),
  };
}

/** Reads a backup and every file of it. Throws Error with a sentence for each file that is not what was written. */
export async function readBackup(name, root = BACKUPS) {
  const directory = path.join(root, name);
  const text = await readFile(path.join(directory, MANIFEST), 'utf8').catch(() => undefined);
  if (text === undefined) throw new Error(`${directory} is no backup: it has no ${MANIFEST}.`);
  const manifest = parseManifest(text, directory);
  const problems = [];
  for (const { file, bytes, sha256 } of manifest.files) {
    const whole = path.join(directory, file);
    const size = await stat(whole).then(
      (stats) => stats.size,
      () => undefined,
    );
    if (size === undefined) problems.push(`${file} is missing`);
    else if (size !== bytes) problems.push(`${file} has ${size} bytes and should have ${bytes}`);
    else if ((await sha256Of(whole)) !== sha256) problems.push(`${file} has changed since it was written`);
  }
  const wanted = [...DATABASES.map(dumpOf), ...TENANTS.map(filesOf)];
  const listed = new Set(manifest.files.map(({ file }) => file));
  problems.push(...wanted.filter((file) => !listed.has(file)).map((file) => `${file} is not in its list`));
  if (problems.length > 0) throw new Error(`${directory} is damaged: ${problems.join('; ')}. Nothing was changed.`);
  return { directory, manifest };
}

function parseManifest(text, directory) {
  try {
    const manifest = JSON.parse(text);
    if (manifest.format === 1 && Array.isArray(manifest.files)) return manifest;
  } catch {
    // What cannot be parsed is told below.
  }
  throw new Error(`${directory} is damaged: its ${MANIFEST} cannot be read. Nothing was changed.`);
}

export function dumpOf({ name }) {
  return `${name}.dump`;
}

export function filesOf(tenant) {
  return `${tenant}-files.tar.gz`;
}

async function sha256Of(file) {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest('hex');
}

/** Removes what is older than seven days, and what was interrupted; the newest backup stays however old it is. Returns the names. */
export async function removeOld(now, root = BACKUPS) {
  const [, ...others] = await listBackups(root);
  const old = others.filter((name) => now - timeOf(name) > KEPT_DAYS * DAY_MS);
  const interrupted = (await readdir(root)).filter((name) => /^\..+\.part$/.test(name));
  for (const name of [...old, ...interrupted]) await rm(path.join(root, name), { recursive: true, force: true });
  return old;
}
