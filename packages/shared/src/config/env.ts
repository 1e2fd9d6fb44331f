/** One environment variable: how to read it, what it should be, and its default. */
export interface Setting<T> {
  readonly expects: string;
  readonly parse: (text: string) => T | undefined;
  readonly fallback: { readonly value: T } | undefined;
  readonly describe: string;
}

export type EnvSpec = Record<string, Setting<unknown>>;
export type Settings<S extends EnvSpec> = { readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never };

/** Thrown once with every problem of the environment; the message has one line for each, and one line for a single one. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(
      problems.length === 1
        ? `The configuration is not usable: ${problems[0]}`
        : `The configuration is not usable:\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
    );
    this.name = 'ConfigError';
  }
}

/**
 * Calls every reader of a configuration and answers with what they have read, under their names.
 * Throws one {@link ConfigError} with the problems of all of them, so that nobody mends a configuration one run at a time.
 */
export function readTogether<T>(readers: { readonly [K in keyof T]: () => T[K] }): T {
  const problems: string[] = [];
  const values: Partial<T> = {};
  for (const name of Object.keys(readers) as (keyof T)[]) {
    try {
      values[name] = readers[name]();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return values as T;
}

function make<T>(
  expects: string,
  parse: (text: string) => T | undefined,
  options: { describe: string; fallback?: T | undefined; hasFallback: boolean },
): Setting<T> {
  const fallback = options.hasFallback ? { value: options.fallback as T } : undefined;
  return { expects, parse, fallback, describe: options.describe };
}

const integer = (min: number, max: number) => (text: string) => {
  const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max ? value : undefined;
};

/** Whether a text is `host:port`, where the host is a name, an IPv4 address or an IPv6 address in brackets. */
export function isHostPort(text: string): boolean {
  const [, port] = /^(?:[\w.-]+|\[[\da-f:.]+\]):(\d{1,5})$/i.exec(text) ?? [];
  return port !== undefined && Number(port) <= 65_535;
}

/** A host as it stands in a URL: an IPv6 address in brackets. */
export function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** Builders of settings. A setting without a fallback must be given. */
export const setting = {
  text: (describe: string, fallback?: string): Setting<string> =>
    make('a text that is not empty', (text) => text || undefined, {
      describe,
      fallback,
      hasFallback: fallback !== undefined,
    }),
  optionalText: (describe: string): Setting<string | undefined> =>
    make<string | undefined>('a text', (text) => text, { describe, hasFallback: true }),
  url: (describe: string, protocols: readonly string[], fallback?: string): Setting<string> =>
    make(
      `a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
      (text) => (URL.canParse(text) && protocols.includes(new URL(text).protocol) ? text : undefined),
      { describe, fallback, hasFallback: fallback !== undefined },
    ),
  optionalUrl: (describe: string, protocols: readonly string[]): Setting<string | undefined> =>
    make<string | undefined>(
      `a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
      (text) => (URL.canParse(text) && protocols.includes(new URL(text).protocol) ? text : undefined),
      { describe, hasFallback: true },
    ),
  integer: (describe: string, range: { min: number; max: number }, fallback: number): Setting<number> =>
    make(`an integer from ${range.min} to ${range.max}`, integer(range.min, range.max), {
      describe,
      fallback,
      hasFallback: true,
    }),
  oneOf: <const T extends string>(describe: string, values: readonly T[], fallback: T): Setting<T> =>
    make(`one of ${values.join(', ')}`, (text) => values.find((value) => value === text), {
      describe,
      fallback,
      hasFallback: true,
    }),
  optionalOneOf: <const T extends string>(describe: string, values: readonly T[]): Setting<T | undefined> =>
    make<T | undefined>(`one of ${values.join(', ')}`, (text) => values.find((value) => value === text), {
      describe,
      hasFallback: true,
    }),
  optionalHostPort: (describe: string): Setting<string | undefined> =>
    make<string | undefined>('a host:port pair', (text) => (isHostPort(text) ? text : undefined), {
      describe,
      hasFallback: true,
    }),
  list: (describe: string): Setting<readonly string[]> =>
    make<readonly string[]>(
      'a list separated by commas',
      (text) =>
        text
          .split(',')
          .map((item) => item.trim())
          .filter(Boolean),
      { describe, fallback: [], hasFallback: true },
    ),
};

/**
 * Reads every setting of the spec from an environment; an empty value counts as not given.
 * Throws one {@link ConfigError} that names all missing and wrong variables. Values never appear in it: they may be secrets.
 */
export function readEnv<S extends EnvSpec>(spec: S, env: Readonly<Record<string, string | undefined>>): Settings<S> {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, { parse, fallback, expects, describe }] of Object.entries(spec)) {
    const text = env[name];
    if (text === undefined || text === '') {
      if (fallback) values[name] = fallback.value;
      else problems.push(`${name} is missing: ${describe}; it should be ${expects}.`);
      continue;
    }
    const value = parse(text);
    if (value === undefined) problems.push(`${name} is wrong: ${describe}; it should be ${expects}.`);
    else values[name] = value;
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(values) as Settings<S>;
}
