import { setTimeout as pause } from 'node:timers/promises';
import { Connection, type ConnectionLike, isGrpcServiceError } from '@temporalio/client';
import type { SearchAttributeType } from '@temporalio/common';
import { encodeSearchAttributeIndexedValueType } from '@temporalio/common/lib/search-attributes';
import { msToTs, optionalTsToMs } from '@temporalio/common/lib/time';
import type { TemporalSettings } from './connection';

/** A search attribute of a namespace, as `defineSearchAttributeKey` makes them. */
export interface SearchAttributeDefinition {
  readonly name: string;
  readonly type: SearchAttributeType;
}

/** What a tenant's namespace has to have. */
export interface NamespaceNeeds {
  readonly namespace: string;
  /** How long the server keeps executions that have ended, at least. */
  readonly retentionDays: number;
  readonly searchAttributes: readonly SearchAttributeDefinition[];
}

/** What a set-up has changed; empty when everything was there. */
export interface NamespaceChanges {
  readonly made: boolean;
  /** Days before; undefined when it was long enough. */
  readonly retentionRaisedFrom?: number;
  /** Names of the attributes that were registered. */
  readonly registered: readonly string[];
}

/** A connection that does what operators do. */
type OperatorConnection = Pick<ConnectionLike, 'workflowService' | 'operatorService'>;

// gRPC status codes.
const [NOT_FOUND, ALREADY_EXISTS, PERMISSION_DENIED, UNIMPLEMENTED] = [5, 6, 7, 12];
const LOOK_TIMEOUT_MS = 10_000;
const DAY_MS = 24 * 60 * 60_000;
/** The parts of a server know what was made once their caches have been refreshed. */
const KNOWN_WITHIN_MS = 60_000;
const POLL_MS = 250;

/** The definitions of several parts as one list, each name once. Throws Error when a name has two types. */
export function searchAttributeList(
  ...parts: readonly (Readonly<Record<string, SearchAttributeDefinition>> | readonly SearchAttributeDefinition[])[]
): readonly SearchAttributeDefinition[] {
  const byName = new Map<string, SearchAttributeDefinition>();
  for (const definition of parts.flatMap((part) => Object.values(part))) {
    const known = byName.get(definition.name);
    if (known && known.type !== definition.type)
      throw new Error(`search attribute ${definition.name} is both ${known.type} and ${definition.type}`);
    byName.set(definition.name, definition);
  }
  return [...byName.values()];
}

/**
 * Makes what a namespace lacks: itself, its retention when it is shorter, its search attributes. Safe to run again, and beside
 * another one. Returns when the server takes queries by every attribute. Throws Error when an attribute exists with another type.
 */
export async function setUpNamespace(connection: OperatorConnection, needs: NamespaceNeeds): Promise<NamespaceChanges> {
  const { namespace, searchAttributes } = needs;
  const known = await ensureNamespace(connection, needs);
  const registered = await registerSearchAttributes(connection, { namespace, searchAttributes });
  return { ...known, registered };
}

/** Registers the search attributes that a namespace lacks; returns their names. */
export async function registerSearchAttributes(
  connection: OperatorConnection,
  { namespace, searchAttributes }: Pick<NamespaceNeeds, 'namespace' | 'searchAttributes'>,
): Promise<readonly string[]> {
  // A namespace that was just made is not known everywhere yet.
  const missing = await eventually(async () => missingSearchAttributes(connection, { namespace, searchAttributes }));
  if (missing.length === 0) return [];
  await addSearchAttributes(connection, { namespace, searchAttributes: missing }).catch(ignoring(ALREADY_EXISTS));
  const left = await eventually(
    async () => missingSearchAttributes(connection, { namespace, searchAttributes }),
    (still) => still.length === 0,
  );
  if (left.length > 0) throw new Error(`the server does not list ${namesOf(left)} after registering`);
  return missing.map(({ name }) => name);
}

/** Adds search attributes that a namespace does not have. */
export async function addSearchAttributes(
  { operatorService }: Pick<OperatorConnection, 'operatorService'>,
  { namespace, searchAttributes }: Pick<NamespaceNeeds, 'namespace' | 'searchAttributes'>,
): Promise<void> {
  await operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(
      searchAttributes.map(({ name, type }) => [name, encodeSearchAttributeIndexedValueType(type)!]),
    ),
  });
}

/** Those that a namespace does not have. Throws Error when one has another type. */
export async function missingSearchAttributes(
  connection: OperatorConnection,
  { namespace, searchAttributes }: Pick<NamespaceNeeds, 'namespace' | 'searchAttributes'>,
): Promise<readonly SearchAttributeDefinition[]> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  for (const { name, type } of searchAttributes) {
    const found = customAttributes[name];
    if (found !== undefined && found !== encodeSearchAttributeIndexedValueType(type))
      throw new Error(
        `The namespace ${namespace} has a search attribute ${name} of another type than ${type}; remove it first.`,
      );
  }
  return searchAttributes.filter(({ name }) => customAttributes[name] === undefined);
}

/**
 * Rejects with one sentence when the server's namespace lacks a search attribute: a workflow that sets it would try for ever. A server
 * that does not let its workers look is taken at its word.
 */
export async function requireSearchAttributes(
  { connection: options, namespace }: Pick<TemporalSettings, 'connection' | 'namespace'>,
  { searchAttributes, setup }: Pick<NamespaceNeeds, 'searchAttributes'> & { readonly setup: string },
): Promise<void> {
  const connection = await Connection.connect(options);
  try {
    const missing = await connection
      .withDeadline(Date.now() + LOOK_TIMEOUT_MS, async () =>
        missingSearchAttributes(connection, { namespace, searchAttributes }),
      )
      .catch(ignoring(PERMISSION_DENIED, UNIMPLEMENTED));
    if (missing && missing.length > 0)
      throw new Error(`The namespace ${namespace} has no search attribute ${namesOf(missing)}; run "${setup}" first.`);
  } finally {
    await connection.close();
  }
}

async function ensureNamespace(
  { workflowService }: OperatorConnection,
  { namespace, retentionDays }: NamespaceNeeds,
): Promise<Omit<NamespaceChanges, 'registered'>> {
  const wantedMs = retentionDays * DAY_MS;
  const found = await workflowService.describeNamespace({ namespace }).catch(ignoring(NOT_FOUND));
  if (!found) {
    await workflowService
      .registerNamespace({ namespace, workflowExecutionRetentionPeriod: msToTs(wantedMs) })
      .catch(ignoring(ALREADY_EXISTS));
    return { made: true };
  }
  const knownMs = optionalTsToMs(found.config?.workflowExecutionRetentionTtl) ?? 0;
  if (knownMs >= wantedMs) return { made: false };
  await workflowService.updateNamespace({ namespace, config: { workflowExecutionRetentionTtl: msToTs(wantedMs) } });
  return { made: false, retentionRaisedFrom: knownMs / DAY_MS };
}

/** Asks until the answer is good, as long as the server says that it does not know the namespace yet, or for a minute. */
async function eventually<T>(ask: () => Promise<T>, isGood: (answer: T) => boolean = () => true): Promise<T> {
  const until = performance.now() + KNOWN_WITHIN_MS;
  for (;;) {
    const answer = await ask().catch((error: unknown) => {
      if (performance.now() > until) throw error;
      return ignoring(NOT_FOUND)(error);
    });
    if (answer !== undefined && (isGood(answer) || performance.now() > until)) return answer;
    await pause(POLL_MS);
  }
}

function ignoring(...codes: readonly number[]): (error: unknown) => undefined {
  return (error) => {
    if (!isGrpcServiceError(error) || !codes.includes(error.code)) throw error;
    return undefined;
  };
}

function namesOf(definitions: readonly SearchAttributeDefinition[]): string {
  return definitions.map(({ name }) => name).join(', ');
}
