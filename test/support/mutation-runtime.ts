/** What the memo of a replayed history says: which call is changed and how, and what the history's activities were given and gave. */
export interface Mutation {
  /** The site of the call; -1 when nothing is changed. */
  readonly site: number;
  readonly kind: 'none' | 'drop' | 'add' | 'swap';
  /** The site of the call that it is exchanged with. */
  readonly other?: number;
  /** The names of both. */
  readonly names?: readonly [string, string];
  /** By activity, in the order of the calls. */
  readonly inputs: Readonly<Record<string, readonly (readonly unknown[])[]>>;
  readonly results: Readonly<Record<string, readonly ({ readonly value: unknown } | null)[]>>;
}

/** The key of the memo. */
export const MUTATION = 'mutation';

/**
 * What an instrumented module calls, as the text that is put in front of it. `$sdk` is `@temporalio/workflow`, `$functions` are
 * the activities of the module by the site of their calls. A call that is left out answers what the history has for it, so that
 * nothing but the call itself is missing.
 */
export const MUTATION_RUNTIME = `
function $mutation() {
  const mutation = $sdk.workflowInfo().memo.${MUTATION};
  mutation.seen ??= new Set();
  mutation.counts ??= {};
  return mutation;
}
function $seen(kind, id) {
  if (!$sdk.inWorkflowContext()) return;
  const { seen } = $mutation();
  const key = kind + id;
  if (seen.has(key)) return;
  seen.add(key);
  $sdk.proxySinks().replay[kind](id);
}
function $call(site, name, fn, ...args) {
  $seen('site', site);
  const mutation = $mutation();
  const count = mutation.counts[name] = (mutation.counts[name] ?? -1) + 1;
  if (mutation.kind === 'swap' && (site === mutation.site || site === mutation.other)) {
    const other = $functions[site === mutation.site ? mutation.other : mutation.site]();
    // The history has no input of a local activity; what is made of one here only has to be readable.
    const inputs = mutation.inputs[mutation.names[site === mutation.site ? 1 : 0]]?.[0];
    return other(...(inputs ?? [new Proxy({}, { get: () => '' })]));
  }
  if (mutation.site !== site) return fn(...args);
  if (mutation.kind === 'drop') return $withoutCall(name, fn, args, mutation.results[name]?.[count]);
  if (name === 'upsertSearchAttributes') fn(...args);
  else return fn(...args).then(() => fn(...args));
  return fn(...args);
}
function $withoutCall(name, fn, args, result) {
  switch (name) {
    case 'condition': return fn(args[0]);
    case 'patched': return false;
    case 'sleep': return Promise.resolve();
    case 'upsertSearchAttributes': return undefined;
    case 'startChild': return Promise.resolve({ result: () => Promise.resolve() });
    // Code that goes on without a new run, or asks for one answer after the other, would never end.
    default: return result ? Promise.resolve(result.value) : new Promise(() => {});
  }
}
`;
