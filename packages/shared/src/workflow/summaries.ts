/**
 * What the Temporal UI says of each call of an activity: one line for its users, made from the call's input. Dates, counts and
 * ids; no names, no amounts.
 */
export type Summaries<Activities> = {
  readonly [Name in keyof Activities]: Activities[Name] extends (...args: infer Args) => unknown
    ? (...args: Args) => string
    : never;
};

interface Callable {
  executeWithOptions(options: { readonly summary: string }, args: readonly unknown[]): Promise<unknown>;
}

/** What `proxyActivities` or `proxyLocalActivities` has made, each call with its summary; only activities that have one. */
export function summarized<Proxies, Known extends Partial<Summaries<Proxies>>>(
  proxies: Proxies,
  summaries: Known,
): Pick<Proxies, keyof Proxies & keyof Known> {
  const calls = proxies as Readonly<Record<string, Callable>>;
  const texts = summaries as Readonly<Record<string, (...args: readonly unknown[]) => string>>;
  return new Proxy({} as Pick<Proxies, keyof Proxies & keyof Known>, {
    get: (_, key) => {
      const name = String(key);
      const { [name]: call } = calls;
      const { [name]: summary } = texts;
      // Not async: that would be one more promise for each call, and the SDK notes the stack of every promise.
      return (...args: readonly unknown[]) => call!.executeWithOptions({ summary: summary!(...args) }, args);
    },
  });
}
