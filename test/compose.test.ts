import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import { TENANTS } from './support/tenants';

// The compose stack, as far as its files tell; `docker compose` reads them too where it is installed.
const ROOT = path.join(__dirname, '..');
const COMPOSE = path.join(ROOT, 'infra', 'compose');
const read = (name: string): string => readFileSync(path.join(COMPOSE, name), 'utf8');

interface Service {
  readonly image: string;
  readonly build?: { readonly dockerfile: string; readonly args: Record<string, string> };
  readonly command?: readonly string[];
  readonly restart?: string;
  readonly user?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly profiles?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly mem_limit?: string;
  readonly stop_grace_period?: string;
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly environment?: Readonly<Record<string, string>>;
}

const FILES = readdirSync(COMPOSE).filter((name) => name.endsWith('.yml'));
const { services, volumes } = parse(read('docker-compose.yml'), { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
};
const all = Object.entries(services);
const jobs = all.filter(([, { restart }]) => restart === 'no');
const lasting = all.filter(([, { restart }]) => restart !== 'no');
const namesOf = (list: readonly (readonly [string, Service])[]) => list.map(([name]) => name);

const example = Object.fromEntries(
  [...read('.env.example').matchAll(/^([A-Z][A-Z0-9_]*)=(.*)$/gm)].map(([, name, value]) => [name!, value!]),
);
const variables = FILES.flatMap((file) =>
  [...read(file).matchAll(/\$\{([A-Z][A-Z0-9_]*)(?:(:[-?])([^}]*))?\}/g)].map(([, name, operator, rest]) => ({
    file,
    name: name!,
    operator,
    rest,
  })),
);

test('platform: every variable of the compose files is in .env.example, with the same default, and none more', () => {
  expect(variables.filter(({ name }) => !(name in example))).toEqual([]);
  const defaults = variables.filter(({ operator }) => operator === ':-');
  expect(defaults.filter(({ name, rest }) => example[name] !== rest)).toEqual([]);
  const used = new Set([...variables.map(({ name }) => name), 'STACK_DATA']);
  expect(Object.keys(example).filter((name) => !used.has(name))).toEqual([]);
});

test('platform: a value that is to be secret has no default anywhere, and its absence is a sentence', () => {
  const secrets = Object.keys(example).filter((name) => example[name] === '');
  expect(secrets.filter((name) => !/PASSWORD|KEYS|USER/.test(name))).toEqual([]);
  for (const secret of secrets) {
    const uses = variables.filter(({ name }) => name === secret);
    expect(uses.filter(({ operator }) => operator === ':-')).toEqual([]);
    expect(uses.map(({ rest }) => rest)).toContain('is missing; npm run stack:env writes .env');
  }
});

test('platform: images are pinned by a version of .env, and those of the workers are built here', () => {
  for (const [name, { image, build }] of all) {
    const [, variable] = /:\$\{([A-Z_]+):-[^}]+\}$/.exec(image) ?? [];
    expect([name, variable]).toEqual([name, expect.stringMatching(/_VERSION$/)]);
    if (build) expect(build).toMatchObject({ dockerfile: 'Dockerfile.worker', args: { APP: name.split('-')[0] } });
  }
  expect(
    Object.entries(example).filter(([name, value]) => name.endsWith('_VERSION') && /latest|^$/.test(value)),
  ).toEqual([]);
  // Neither exists any more in the releases that are pinned.
  expect(FILES.filter((file) => /auto-setup|tctl/.test(read(file)))).toEqual([]);
});

test('platform: ports are those of this machine only', () => {
  const ports = all.flatMap(([, service]) => service.ports ?? []);
  expect(ports.length).toBeGreaterThan(4);
  expect(ports.filter((port) => !/^127\.0\.0\.1:\$\{[A-Z]+_PORT:-\d+\}:\d+$/.test(port))).toEqual([]);
});

test('platform: whatever lasts has a limit of memory, a check of its health and comes up again; 4 GB are enough for all', () => {
  const mib = ({ mem_limit: limit = '' }: Service): number => {
    const [, number, unit] = /^(\d+)([mg])$/.exec(limit) ?? [];
    return Number(number) * (unit === 'g' ? 1024 : 1);
  };
  expect(lasting.reduce((sum, [, service]) => sum + mib(service), 0)).toBeLessThanOrEqual(4096);
  for (const [name, service] of lasting) {
    const isChecked = service.healthcheck?.test !== undefined || service.build !== undefined;
    expect([name, isChecked, service.restart]).toEqual([name, true, 'unless-stopped']);
  }
  // tini and the entry point pass SIGTERM on; the worker drains for 25 s.
  for (const tenant of TENANTS) expect(services[`${tenant}-worker`]!.stop_grace_period).toBe('40s');
});

test('platform: who needs another waits for its health, or for its end where it is a job, and no job is left over', () => {
  const waits = all.flatMap(([name, { depends_on: needs = {} }]) =>
    Object.entries(needs).map(([needed, { condition }]) => ({ name, needed, condition })),
  );
  for (const { needed, condition } of waits) {
    const isJob = namesOf(jobs).includes(needed);
    expect([needed, condition]).toEqual([needed, isJob ? 'service_completed_successfully' : 'service_healthy']);
  }
  expect(namesOf(jobs).filter((job) => !waits.some(({ needed }) => needed === job))).toEqual([]);
  // A pause in place of a condition would be too short one day, and too long on all others.
  expect(FILES.filter((file) => /\bsleep\b/.test(read(file)))).toEqual([]);
});

test.each(TENANTS)('platform: the processes of %s are confined, and have no rights that they do not need', (tenant) => {
  for (const role of ['setup', 'worker']) {
    expect(services[`${tenant}-${role}`]).toMatchObject({
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      read_only: true,
      user: expect.stringContaining('STACK_USER'),
    });
  }
  const rights = ['DATABASE_OWNER_URL', 'DATABASE_ADMIN_URL'];
  const given = (role: string) => rights.filter((name) => name in services[`${tenant}-${role}`]!.environment!);
  expect([given('setup'), given('worker')]).toEqual([rights, []]);
  const others = TENANTS.filter((name) => name !== tenant);
  const own = JSON.stringify([services[`${tenant}-setup`], services[`${tenant}-worker`]]);
  expect(others.filter((name) => own.includes(name))).toEqual([]);
});

test('platform: every other image is confined too, but for PostgreSQL, which gives its files away when it starts', () => {
  const free = all.filter(([, service]) => !service.cap_drop?.includes('ALL'));
  expect(namesOf(free)).toEqual(['postgres']);
});

test('platform: what is stored is stored in volumes, and what is mounted of this repository cannot be written', () => {
  const mounts = all.flatMap(([, service]) => service.volumes ?? []);
  const named = mounts.map((mount) => mount.split(':')[0]!).filter((source) => /^\w+$/.test(source));
  expect(new Set(named)).toEqual(new Set(Object.keys(volumes)));
  const bound = mounts.filter((mount) => mount.startsWith('.'));
  expect(bound.length).toBeGreaterThan(4);
  expect(bound.filter((mount) => !mount.endsWith(':ro'))).toEqual([]);
});

test('platform: docker compose reads every combination of the files, where it is installed', async () => {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'compose-'));
  try {
    const settings = Object.entries(example).map(([name, value]) => `${name}=${value === '' ? '1000:1000' : value}\n`);
    // Files that are made for each installation, with secrets in them.
    const made = ['tracc.env', 'timeline.env', ...['operator', ...TENANTS].map((who) => `identities/${who}/token.env`)];
    for (const name of made) await mkdir(path.dirname(path.join(directory, name)), { recursive: true });
    for (const name of made) await writeFile(path.join(directory, name), '');
    await writeFile(path.join(directory, '.env'), settings.join(''));
    for (const file of FILES) await copyFile(path.join(COMPOSE, file), path.join(directory, file));
    const more = [[], ['tls'], ['jwt'], ['tls', 'jwt']];
    const problems = more.flatMap((names) => {
      const files = ['docker-compose', ...names.map((name) => `docker-compose.${name}`)];
      const args = [
        'compose',
        ...files.flatMap((file) => ['-f', `${file}.yml`]),
        '--profile',
        'observability',
        'config',
        '-q',
      ];
      const { status, stderr, error } = spawnSync('docker', args, { cwd: directory, encoding: 'utf8' });
      const isAbsent = error !== undefined || /is not a docker command|unknown (?:shorthand )?flag/.test(stderr);
      return isAbsent || status === 0 ? [] : [stderr];
    });
    expect(problems).toEqual([]);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
