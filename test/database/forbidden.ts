// What a worker's role may not do, and what its loader may not do, each with the SQLSTATE of PostgreSQL's refusal. In the
// statements `$tenant` is the tenant, `$other` the other one, and `$table` a table of the tenant with row-level security.

export interface Forbidden {
  readonly why: string;
  readonly sql: string;
  /** 42501, insufficient privilege, when not given. */
  readonly code?: string;
}

/** PostgreSQL only warns, and leaves everything as it is. */
const NOT_GRANTED = '01007';
const SKIPPED = '01000';

const SCHEMA: readonly Forbidden[] = [
  { why: 'no table of its own', sql: 'create table mine (id int)' },
  { why: 'nor in the schema of what all tenants have', sql: 'create table app.mine (id int)' },
  { why: 'no copy of what it may read that others could read', sql: 'create table mine as select * from $table' },
  { why: 'no view, which would read as its owner', sql: 'create view mine as select 1 as one' },
  { why: 'no stored copy of rows', sql: 'create materialized view mine as select 1 as one' },
  { why: 'no sequence', sql: 'create sequence mine' },
  { why: 'no type', sql: 'create type mine as (a int)' },
  { why: 'no domain', sql: 'create domain mine as text' },
  { why: 'no collation', sql: 'create collation mine from "C"' },
  { why: 'no operator', sql: 'create operator === (function = int4eq, leftarg = int, rightarg = int)' },
  { why: 'no aggregate', sql: 'create aggregate mine (int) (sfunc = int4pl, stype = int)' },
  { why: 'no cast, which would change what all statements mean', sql: 'create cast (text as int) with inout' },
  { why: 'no schema to put before the others in search_path', sql: 'create schema mine' },
  { why: 'no function', sql: `create function mine() returns int language sql as 'select 1'` },
  {
    why: 'no function that others would call with their own rights',
    sql: `create function app.mine() returns int language sql security definer as 'select 1'`,
  },
  { why: 'no procedure', sql: `create procedure mine() language sql as 'select 1'` },
  {
    why: 'the scope is what the owner says it is',
    sql: `create or replace function app.scope_id() returns text language sql as $$ select 'another' $$`,
  },
  { why: 'no function is made to run as its owner', sql: 'alter function app.scope_id() security definer' },
  { why: 'nor be taken over', sql: 'alter function app.scope_id() owner to $tenant_worker' },
  { why: 'nor dropped', sql: 'drop function app.scope_id() cascade' },
  { why: 'no row-level security off', sql: 'alter table $table disable row level security' },
  { why: 'no other policy', sql: 'create policy mine on $table using (true)' },
  { why: 'no policy changed', sql: 'alter policy $policy on $table using (true)' },
  { why: 'no policy dropped', sql: 'drop policy $policy on $table' },
  { why: 'no column', sql: 'alter table $table add column mine int' },
  { why: 'no table taken over', sql: 'alter table $table owner to $tenant_worker' },
  { why: 'no trigger off', sql: 'alter table $table disable trigger all' },
  { why: 'no table renamed away', sql: 'alter table $table rename to mine' },
  { why: 'no table dropped', sql: 'drop table $table cascade' },
  { why: 'no table emptied: that passes row-level security', sql: 'truncate $table cascade' },
  { why: 'no index', sql: 'create index mine on $table (created_at)' },
  {
    why: 'no statistics, which hold values of all rows',
    sql: 'create statistics mine on created_at, ctid from $table',
  },
  { why: 'no trigger', sql: 'create trigger mine before insert on $table execute function app.scope_id()' },
  { why: 'no rule', sql: 'create rule mine as on insert to $table do nothing' },
  { why: 'no event trigger', sql: 'create event trigger mine on ddl_command_end execute function app.scope_id()' },
  { why: 'no comment', sql: `comment on table $table is 'mine'` },
  { why: 'no clustering, which locks and rewrites the table', sql: 'cluster $table' },
  { why: 'no reindexing', sql: 'reindex table $table' },
  { why: 'no vacuum', sql: 'vacuum full $table', code: SKIPPED },
  { why: 'no passing on of what it may do', sql: 'grant select on $table to public', code: NOT_GRANTED },
  {
    why: 'no other default rights',
    sql: 'alter default privileges for role $tenant_owner grant all on tables to public',
  },
];

const ROLES: readonly Forbidden[] = [
  { why: 'no role', sql: 'create role mine' },
  { why: 'not past row-level security', sql: 'alter role $tenant_worker bypassrls' },
  { why: 'no superuser', sql: 'alter role $tenant_worker superuser' },
  { why: 'no right to make databases', sql: 'alter role $tenant_worker createdb' },
  { why: 'no password of the owner', sql: `alter role $tenant_owner password 'mine'` },
  { why: 'no scope that holds for all later sessions', sql: `alter role $tenant_worker set app.scope_id = 'mine'` },
  { why: 'nobody else into its roles', sql: 'grant $tenant_loader to $other_worker' },
  { why: 'itself into no other role', sql: 'grant $tenant_owner to $tenant_worker' },
  { why: "no role that reads the server's files", sql: 'grant pg_read_server_files to $tenant_worker' },
  { why: 'not the owner', sql: 'set role $tenant_owner' },
  { why: 'not the other tenant', sql: 'set role $other_worker' },
  { why: 'not the superuser', sql: 'set role postgres' },
  { why: "not another session's user", sql: 'set session authorization $tenant_owner' },
  { why: 'not by the setting either', sql: `select set_config('role', '$tenant_owner', false)` },
  { why: 'no ownership taken over', sql: 'reassign owned by $tenant_owner to $tenant_worker' },
  { why: 'nothing of the owner dropped', sql: 'drop owned by $tenant_owner' },
];

const SERVER: readonly Forbidden[] = [
  { why: 'no extension', sql: 'create extension pgcrypto' },
  { why: 'none that reaches other databases', sql: 'create extension dblink' },
  { why: 'no foreign data', sql: 'create foreign data wrapper mine' },
  { why: 'no database', sql: 'create database mine' },
  { why: 'no database dropped', sql: 'drop database $other_template' },
  { why: 'no settings of the database', sql: `alter database "$database" set app.scope_id = 'mine'` },
  { why: 'no settings of the server', sql: `alter system set log_statement = 'all'` },
  { why: 'no reload', sql: 'select pg_reload_conf()' },
  { why: 'no tablespace', sql: `create tablespace mine location '/tmp'` },
  { why: 'no publication', sql: 'create publication mine' },
  { why: 'no replication slot', sql: `select pg_create_physical_replication_slot('mine')` },
  { why: 'no triggers off for the session', sql: 'set session_replication_role = replica' },
  { why: 'no library', sql: `load '/tmp/mine.so'` },
  { why: 'no function in C', sql: `create function pg_temp.mine() returns int language c as '/tmp/mine.so'` },
  { why: 'no program run by the server', sql: `copy (select 1) to program 'true'` },
  { why: 'nor read from', sql: `copy $table from program 'true'` },
  { why: 'no file written', sql: `copy (select 1) to '/tmp/mine'` },
  { why: 'no file read', sql: `select pg_read_file('/etc/hostname')` },
  { why: 'nor as bytes', sql: `select pg_read_binary_file('/etc/hostname')` },
  { why: 'no directory listed', sql: `select pg_ls_dir('.')` },
  { why: 'no file looked at', sql: `select pg_stat_file('PG_VERSION')` },
  { why: 'no file as a large object', sql: `select lo_import('/etc/hostname')` },
  { why: 'no large object as a file', sql: `select lo_export(1, '/tmp/mine')` },
  { why: 'no large object: it belongs to no scope', sql: `select lo_from_bytea(0, 'mine')` },
  { why: 'nor an empty one', sql: 'select lo_creat(-1)' },
  { why: 'nor one of a chosen number', sql: 'select lo_create(7)' },
  { why: 'none of them read past their owners', sql: 'select * from pg_largeobject' },
  { why: 'no passwords', sql: 'select rolpassword from pg_authid' },
  { why: 'nor by the older name', sql: 'select passwd from pg_shadow' },
  { why: "no values from the planner's statistics", sql: 'select stavalues1 from pg_statistic' },
  { why: 'no backend of another role ended', sql: 'select pg_terminate_backend($owner_pid)' },
  { why: 'nor interrupted', sql: 'select pg_cancel_backend($owner_pid)' },
];

const DATA: readonly Forbidden[] = [
  { why: 'no rows without a scope', sql: 'select * from $table' },
  { why: 'an empty scope is none', sql: `select set_config('app.scope_id', '', true), (select count(*) from $table)` },
  { why: 'no record of migrations changed', sql: `update app.schema_migrations set sha256 = ''` },
  { why: 'none added', sql: `insert into app.schema_migrations select * from app.schema_migrations` },
  { why: 'none deleted', sql: 'delete from app.schema_migrations' },
  {
    why: 'nor locked, which would stop migrations',
    sql: 'do $$ begin lock table app.schema_migrations in access exclusive mode; end $$',
  },
  { why: 'no COPY past the policies', sql: 'copy $table from stdin', code: '0A000' },
];

const DATA_OF_TRACC: readonly Forbidden[] = [
  { why: 'no currency: the operator fills them', sql: `insert into currencies values ('XXX', 2)` },
  { why: 'none changed', sql: 'update currencies set exponent = 0' },
  { why: 'no rate: it is the same for every user', sql: `insert into fx_rates values ('2026-01-01', 'EUR', 'USD', 2)` },
  { why: 'none changed', sql: 'update fx_rates set rate = 1' },
  { why: 'none deleted', sql: 'delete from fx_rates' },
  { why: 'nor locked', sql: 'do $$ begin lock table currencies in share mode; end $$' },
  { why: 'no counter of ids set back', sql: `select setval('transactions_transaction_id_seq', 1)` },
];

/** Statements that are refused to every tenant's worker role, outside of a transaction. */
export const FORBIDDEN: readonly Forbidden[] = [...SCHEMA, ...ROLES, ...SERVER, ...DATA];

/** Beside those, what is refused to the worker of a tenant with tables that its operator fills. */
export const FORBIDDEN_TO_ONE: Readonly<Record<string, readonly Forbidden[]>> = { tracc: DATA_OF_TRACC };

/** Statements that are refused under `set role {tenant}_loader`: that role may insert into the tables of its grants, and no more. */
export const FORBIDDEN_TO_LOADER: readonly Forbidden[] = [
  { why: 'no row read', sql: 'select 1 from $table limit 1' },
  { why: 'none read back from what it inserts', sql: 'insert into $table default values returning *' },
  { why: 'none changed', sql: 'update $table set created_at = now()' },
  { why: 'none deleted', sql: 'delete from $table' },
  { why: 'no table emptied', sql: 'truncate $table cascade' },
  { why: 'none locked', sql: 'do $$ begin lock table $table in access exclusive mode; end $$' },
  { why: 'no table that no file is loaded into', sql: 'insert into app.schema_migrations default values' },
  { why: 'no key claimed', sql: `insert into app.idempotency (scope_id, key, request_hash) values ('mine', 'k', 'h')` },
  { why: 'no temporary table', sql: 'create temporary table mine as select 1 as one' },
  { why: 'no table', sql: 'create table mine (id int)' },
  { why: 'no row-level security off', sql: 'alter table $table disable row level security' },
  { why: 'no file read', sql: `copy $table from '/etc/hostname'` },
  { why: 'no program run', sql: `copy $table from program 'true'` },
  { why: 'no other role', sql: 'grant $tenant_loader to $other_worker' },
];
