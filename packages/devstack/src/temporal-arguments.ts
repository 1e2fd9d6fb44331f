/** A search attribute to register, as the SDK's `defineSearchAttributeKey` makes them. */
export interface SearchAttribute {
  readonly name: string;
  readonly type: SearchAttributeType;
}

/** The types that the server knows. */
export type SearchAttributeType = 'TEXT' | 'KEYWORD' | 'INT' | 'DOUBLE' | 'BOOL' | 'DATETIME' | 'KEYWORD_LIST';

/** As the program's flag names them. */
const flagTypes: Readonly<Record<SearchAttributeType, string>> = {
  TEXT: 'Text',
  KEYWORD: 'Keyword',
  INT: 'Int',
  DOUBLE: 'Double',
  BOOL: 'Bool',
  DATETIME: 'Datetime',
  KEYWORD_LIST: 'KeywordList',
};

/** Values for the server's dynamic configuration. */
export type DynamicConfig = Readonly<Record<string, string | number | boolean>>;

/**
 * The stock values of the development server hold back every task by 50 ms (20 polls a second) and stall workers
 * that poll only some of four partitions: a workflow of three activities takes 350 ms instead of 42 ms.
 */
export const devServerConfig: DynamicConfig = {
  'history.transferProcessorMaxPollRPS': 200,
  'matching.numTaskqueueReadPartitions': 1,
  'matching.numTaskqueueWritePartitions': 1,
};

/** The arguments of `temporal` for one development server on 127.0.0.1. Without `uiPort` it has no web UI. Metrics are at a port of the server's choice unless there is a `metricsPort`. */
export function startDevArguments(input: {
  port: number;
  uiPort: number | undefined;
  metricsPort?: number | undefined;
  dbFile: string | undefined;
  namespaces: readonly string[];
  searchAttributes: readonly SearchAttribute[];
  dynamicConfig: DynamicConfig;
}): string[] {
  const config = { ...devServerConfig, ...input.dynamicConfig };
  return [
    'server',
    'start-dev',
    '--ip',
    '127.0.0.1',
    '--port',
    String(input.port),
    ...(input.uiPort === undefined ? ['--headless'] : ['--ui-port', String(input.uiPort)]),
    ...(input.metricsPort === undefined ? [] : ['--metrics-port', String(input.metricsPort)]),
    ...(input.dbFile === undefined ? [] : ['--db-filename', input.dbFile]),
    '--log-level',
    'error',
    // 'default' is always made by the server itself.
    ...input.namespaces.filter((name) => name !== 'default').flatMap((name) => ['--namespace', name]),
    ...input.searchAttributes.flatMap(({ name, type }) => ['--search-attribute', `${name}=${flagTypes[type]}`]),
    ...Object.entries(config).flatMap(([key, value]) => ['--dynamic-config-value', `${key}=${JSON.stringify(value)}`]),
  ];
}
