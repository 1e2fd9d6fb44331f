import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type EnvSpec, envExample, readEnv } from '@backend/shared/config';
import { temporalSettings } from '@backend/shared/temporal';
import { TENANTS, sourceOf } from './support/tenants';

interface App {
  readonly app: string;
  readonly title: string;
  readonly spec: EnvSpec;
}

const APPS: readonly App[] = TENANTS.map((tenant) => {
  const config = jest.requireActual<Record<string, EnvSpec>>(path.join(sourceOf(tenant), 'config.ts'));
  return { app: `${tenant}-worker`, title: `Settings of ${tenant}`, spec: config[`${tenant.toUpperCase()}_ENV`]! };
});

const GIVEN = { DATABASE_URL: 'postgres://worker@db/tenant' };

describe.each(APPS)('$app/.env.example', ({ app, title, spec }) => {
  const file = path.join(__dirname, '..', 'apps', app, '.env.example');
  // `UPDATE_ENV_EXAMPLE=1 npx jest --selectProjects unit -- test/env-example` writes the files anew.
  if (process.env['UPDATE_ENV_EXAMPLE']) writeFileSync(file, envExample({ title, spec }));
  const text = readFileSync(file, 'utf8');
  const entries = Object.fromEntries(
    text
      .split('\n')
      .map((line) => /^([A-Z0-9_]+)=(.*)$/.exec(line))
      .flatMap((match) => (match ? [[match[1]!, match[2]!] as const] : [])),
  );

  test('platform: lists every variable of the configuration with its default and nothing else', () => {
    expect(text).toBe(envExample({ title, spec }));
    expect(Object.keys(entries).filter((name) => !name.startsWith('TEMPORAL_') || name in spec)).toEqual(
      Object.keys(spec),
    );
  });

  test('platform: says of each variable what it is, in the line above it', () => {
    const lines = text.split('\n');
    for (const name of Object.keys(entries)) {
      expect(lines[lines.findIndex((line) => line.startsWith(`${name}=`)) - 1]).toMatch(
        /^# [A-Z"'].{10,}\.$|^# [a-z].{10,}\.$/,
      );
    }
  });

  test('platform: its values are the defaults: with them set the configuration is the one without', () => {
    const load = (env: Record<string, string>) => [readEnv(spec, env), temporalSettings(env, { namespace: 'own' })];
    expect(load({ ...entries, ...GIVEN })).toEqual(load(GIVEN));
  });

  test('platform: as it is it names the one thing that must be filled in', () => {
    expect(() => readEnv(spec, entries)).toThrow(/^The configuration is not usable: DATABASE_URL is missing[^\n]+$/);
  });
});
