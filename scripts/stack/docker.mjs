// Docker, as the stack's scripts use it.
import { existsSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { run } from '../lib/bootstrap.mjs';
import { COMPOSE, IDENTITIES } from './settings.mjs';

const OLDEST_ENGINE = [20, 10];
/** The first whose `up --wait` waits for jobs that end, too. */
const OLDEST_COMPOSE = [2, 17];
const NEEDED_MIB = 4096;

/** The arguments of `docker` for a compose command on the stack; `files` are names beside docker-compose.yml, without their ending. */
export function composeArgs(files = []) {
  const all = ['docker-compose', ...files.map((name) => `docker-compose.${name}`)];
  return ['compose', ...all.flatMap((name) => ['-f', path.join(COMPOSE, `${name}.yml`)])];
}

/**
 * What of the stack is wanted, by the options `--observability`, `--tls` and `--jwt`: names of compose files and arguments for its
 * profiles; `rest` are the other arguments.
 */
export function readOptions(args) {
  const rest = new Set(args);
  const observability = rest.delete('--observability');
  const files = ['tls', 'jwt'].filter((name) => rest.delete(`--${name}`));
  if (files.length > 0 && !existsSync(IDENTITIES))
    throw new Error(`${IDENTITIES} is missing; \`npm run stack:identities\` makes it.`);
  return { observability, files, profiles: observability ? ['--profile', 'observability'] : [], rest: [...rest] };
}

/** Runs a compose command; resolves with what it printed, rejects with the end of it. */
export async function compose(args, { files, env } = {}) {
  return run('docker', [...composeArgs(files), ...args], { env });
}

/** Throws Error with a sentence for each thing that the stack cannot do without. */
export async function checkDocker() {
  const text = async (...args) => (await run('docker', args)).trim();
  const engine = await text('version', '--format', '{{.Server.Version}}').catch((error) => {
    throw new Error(
      error.code === 'ENOENT'
        ? 'docker is not installed; install Docker 20.10 or later with its compose plugin.'
        : `The Docker engine does not answer; is it started, and may this account use it?\n${lastLine(error.message)}`,
    );
  });
  const plugin = await text('compose', 'version', '--short').catch(() => '');
  const memory = Number(await text('info', '--format', '{{.MemTotal}}').catch(() => '')) / 2 ** 20;
  const problems = [
    ...(isOlder(engine, OLDEST_ENGINE)
      ? [`The Docker engine is ${engine}; it should be ${OLDEST_ENGINE.join('.')} or later.`]
      : []),
    ...(plugin === '' ? ['`docker compose` is missing; install its plugin.'] : []),
    ...(plugin !== '' && isOlder(plugin, OLDEST_COMPOSE)
      ? [`docker compose is ${plugin}; it should be ${OLDEST_COMPOSE.join('.')} or later.`]
      : []),
    // Docker Desktop gives its machine a little less than what it was set to.
    ...(memory > 0 && memory < NEEDED_MIB * 0.9
      ? [`Docker has ${Math.round(memory)} MiB of memory; the stack may use ${NEEDED_MIB}.`]
      : []),
  ];
  if (problems.length > 0) throw new Error(problems.join('\n'));
}

/**
 * Throws Error with a sentence for each port that a program outside of the stack listens on. `ports` are `{variable: port}`; `project`
 * is the stack's name, by which its own containers are known.
 */
export async function checkPorts(ports, { project }) {
  const own = await run('docker', [
    'ps',
    '--filter',
    `label=com.docker.compose.project=${project}`,
    '--format',
    '{{.Ports}}',
  ]);
  const taken = [];
  for (const [variable, port] of Object.entries(ports)) {
    if (own.includes(`127.0.0.1:${port}->`) || (await isFree(Number(port)))) continue;
    taken.push(`${variable} is wrong: something else listens on port ${port} of 127.0.0.1.`);
  }
  if (taken.length > 0) throw new Error(`${taken.join('\n')}\nStop it, or give free ports in infra/compose/.env.`);
}

function isFree(port) {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

function isOlder(version, [major, minor]) {
  const [, ...parts] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  const [ownMajor = 0, ownMinor = 0] = parts.map(Number);
  return ownMajor < major || (ownMajor === major && ownMinor < minor);
}

function lastLine(text) {
  return text.trim().split('\n').at(-1);
}
