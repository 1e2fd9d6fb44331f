import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { PlopTypes } from '@turbo/gen';

const ROOT = path.join(__dirname, '..', '..');

/** Names that would be read as something else. */
const TAKEN = [
  // Databases and namespaces that are there.
  'default',
  'postgres',
  'swaminarayan',
  'template0',
  'template1',
  'temporal',
  // Schemas, which the sentences of errors name.
  'app',
  'public',
  // Our packages, and constants such as WORKER_ENV, HOST_METRICS and FILE_ENV.
  'devstack',
  'file',
  'host',
  'importer',
  'import',
  'shared',
  'worker',
  // Commands beside which the tenant's own is put in the image.
  'corepack',
  'node',
  'nodejs',
  'npm',
  'npx',
  'yarn',
  'yarnpkg',
];

/** What is wrong with the name of a tenant, as a sentence; true when nothing is. */
function checkName(name: string): true | string {
  if (!/^[a-z][a-z0-9]{2,19}$/.test(name))
    return `The name "${name}" cannot be used: it should have 3 to 20 small letters and digits, a letter first. It names a folder, a command, a database, roles and a namespace.`;
  if (existsSync(path.join(ROOT, 'apps', `${name}-worker`))) return `There is a tenant ${name} already.`;
  const installed = [path.join('.bin', name), `${name}-worker`].map((entry) => path.join(ROOT, 'node_modules', entry));
  if (TAKEN.includes(name) || installed.some((entry) => existsSync(entry)))
    return `The name ${name} is taken; choose another one.`;
  const sharedOutput = path.join(ROOT, 'packages', 'shared', 'dist', 'config', 'index.js');
  if (!existsSync(sharedOutput)) return 'The packages are not built; run "npm run build" first.';
  return true;
}

const OWN_SETTING = 'the user that commands act for when --user is not given';
/** Beside our packages; in the versions that the other tenants have. */
const DEPENDENCIES = {
  dependencies: [
    '@backend/shared',
    '@temporalio/activity',
    '@temporalio/client',
    '@temporalio/worker',
    '@temporalio/workflow',
    'commander',
    'pg',
  ],
  devDependencies: ['@types/node', '@types/pg'],
};

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(path.join(ROOT, file), 'utf8')) as T;
}

function versionsOf(kind: keyof typeof DEPENDENCIES): Record<string, string> {
  const manifest = readJson<Record<typeof kind, Record<string, string>>>('apps/tracc-worker/package.json');
  return Object.fromEntries(DEPENDENCIES[kind].map((name) => [name, manifest[kind][name]!]));
}

/** Writes a text with a change in it; the place of the change has to be there. */
function edit(file: string, place: string, change: string): void {
  const text = readFileSync(path.join(ROOT, file), 'utf8');
  if (!text.includes(place)) throw new Error(`${file} has no ${place}; name the tenant there by hand.`);
  writeFileSync(path.join(ROOT, file), text.replace(place, change));
}

/** Every place that names tenants one by one; what can be, is found by the folders of apps. */
function registerTenant({ name }: { name: string }): string {
  const reference = `{ "path": "apps/${name}-worker" }`;
  const last = '{ "path": "apps/tracc-worker" }';
  for (const file of ['tsconfig.json', 'tsconfig.test.json']) edit(file, last, `${last},\n    ${reference}`);
  const row = `| \`storeEntry\` | ${name} \`storeOptions\` | 10 seconds | 24 hours | - | 1 minute |`;
  const importer = '| `inspectImportFile` |';
  edit('docs/architecture.md', importer, `${row}\n${importer}`);
  return 'tsconfig.json, tsconfig.test.json and the table of docs/architecture.md name it';
}

function writeEnvExample({ name, constant }: { name: string; constant: string }): string {
  const output = path.join(ROOT, 'packages', 'shared', 'dist', 'config');
  const config = createRequire(__filename)(output) as typeof import('@backend/shared/config');
  const spec = { ...config.WORKER_ENV, [`${constant}_USER`]: config.setting.optionalText(OWN_SETTING) };
  const file = path.join(ROOT, 'apps', `${name}-worker`, '.env.example');
  writeFileSync(file, config.envExample({ title: `Settings of ${name}`, spec }));
  return '.env.example lists its settings';
}

function format({ name }: { name: string }): string {
  const files = [`apps/${name}-worker`, 'tsconfig.json', 'tsconfig.test.json'];
  execFileSync(path.join(ROOT, 'node_modules', '.bin', 'oxfmt'), files, { cwd: ROOT, stdio: 'ignore' });
  return "next: npm install, npm run build; what else is the tenant's own to do stands in CONTRIBUTING.md";
}

export default function generators(plop: PlopTypes.NodePlopAPI): void {
  plop.setHelper('json', (value: unknown) => JSON.stringify(value, null, 2));
  plop.setGenerator('tenant', {
    description: 'a new tenant: apps/NAME-worker with one workflow, its table, commands and tests',
    prompts: [{ type: 'input', name: 'name', message: 'The name of the tenant:', validate: checkName }],
    actions: (answers) => {
      const { name } = answers as { name: string };
      const data = {
        name,
        pascal: name[0]!.toUpperCase() + name.slice(1),
        constant: name.toUpperCase(),
        userSetting: OWN_SETTING,
        dependencies: versionsOf('dependencies'),
        devDependencies: versionsOf('devDependencies'),
      };
      return [
        {
          type: 'addMany',
          destination: `apps/${name}-worker`,
          base: 'templates/tenant',
          templateFiles: 'templates/tenant/**',
          data,
        },
        () => writeEnvExample(data),
        () => registerTenant(data),
        () => format(data),
      ];
    },
  });
}
