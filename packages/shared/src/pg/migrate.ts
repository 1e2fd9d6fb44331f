import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Client } from 'pg';

/** A folder of numbered SQL files (`0001_<what>.sql`) that belong to one component. */
export interface MigrationSet {
  readonly component: string;
  readonly directory: string;
}

interface Migration {
  readonly component: string;
  readonly number: number;
  readonly name: string;
  readonly sql: string;
  readonly sha256: string;
}

/** The migrations that every tenant has: the scope setting and the idempotency table. */
export const sharedMigrations: MigrationSet = {
  component: 'shared',
  directory: path.join(__dirname, '..', '..', 'migrations'),
};

function readMigrations({ component, directory }: MigrationSet): Migration[] {
  const files = readdirSync(directory)
    .filter((file) => file.endsWith('.sql'))
    .sort();
  return files.map((file, index) => {
    const number = Number(/^(\d{4})_[a-z0-9_]+\.sql$/.exec(file)?.[1]);
    if (number !== index + 1)
      throw new Error(`${component}: ${file} should be numbered ${String(index + 1).padStart(4, '0')}`);
    const sql = readFileSync(path.join(directory, file), 'utf8');
    return { component, number, name: file, sql, sha256: createHash('sha256').update(sql).digest('hex') };
  });
}

const ADVISORY_LOCK = 7_233_001;

/**
 * Applies what is missing, in order, each file in its own transaction together with its record, under an advisory
 * lock, so that any number of processes may call it at once. Connects as the owner role.
 * Throws when a file that was applied has changed since. Returns the names that it applied.
 */
export async function migrate({
  ownerUrl,
  sets,
}: {
  ownerUrl: string;
  sets: readonly MigrationSet[];
}): Promise<string[]> {
  const client = new Client({
    connectionString: ownerUrl,
    application_name: 'migrate',
    connectionTimeoutMillis: 10_000,
  });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [ADVISORY_LOCK]);
    await client.query(`
      create schema if not exists app;
      create table if not exists app.schema_migrations (
        component text not null, number int not null, name text not null, sha256 text not null,
        applied_at timestamptz not null default now(), primary key (component, number))`);
    const applied: string[] = [];
    for (const migration of sets.flatMap(readMigrations)) {
      if (await isApplied(client, migration)) continue;
      await client.query('begin');
      try {
        await client.query(migration.sql);
        await client.query(
          'insert into app.schema_migrations (component, number, name, sha256) values ($1, $2, $3, $4)',
          [migration.component, migration.number, migration.name, migration.sha256],
        );
        await client.query('commit');
      } catch (error) {
        await client.query('rollback');
        throw new Error(`${migration.component}/${migration.name} failed: ${(error as Error).message}`, {
          cause: error,
        });
      }
      applied.push(`${migration.component}/${migration.name}`);
    }
    return applied;
  } finally {
    await client.end();
  }
}

async function isApplied(client: Client, { component, number, name, sha256 }: Migration): Promise<boolean> {
  const { rows } = await client.query<{ sha256: string }>(
    'select sha256 from app.schema_migrations where component = $1 and number = $2',
    [component, number],
  );
  if (!rows[0]) return false;
  if (rows[0].sha256 !== sha256) {
    throw new Error(`${component}/${name} was changed after it was applied; write a new migration instead`);
  }
  return true;
}

/** Names of migrations that the database does not have yet (the worker refuses to start with any). */
export async function pendingMigrations({
  url,
  sets,
}: {
  url: string;
  sets: readonly MigrationSet[];
}): Promise<string[]> {
  const client = new Client({
    connectionString: url,
    application_name: 'migrate-check',
    connectionTimeoutMillis: 10_000,
  });
  await client.connect();
  try {
    const known = await client.query<{ known: boolean }>(
      `select to_regclass('app.schema_migrations') is not null as known`,
    );
    const rows = known.rows[0]?.known
      ? (await client.query<{ id: string }>(`select component || '/' || name as id from app.schema_migrations`)).rows
      : [];
    const have = new Set(rows.map(({ id }) => id));
    return sets
      .flatMap(readMigrations)
      .map(({ component, name }) => `${component}/${name}`)
      .filter((id) => !have.has(id));
  } finally {
    await client.end();
  }
}
