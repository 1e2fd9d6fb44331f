import type { MetricMeter, MetricTags } from '@temporalio/common';

/** Values that come from outside, such as the name of a model; those in `known` are there from the start. */
export interface OpenLabel {
  readonly known: readonly string[];
}

/** The labels of a metric: all of their values, or an {@link OpenLabel}. Never what names a person, an account or an execution. */
export type MetricLabels = Readonly<Record<string, readonly string[] | OpenLabel>>;

/** A metric as it is exported. */
export interface MetricSpec<
  K extends 'counter' | 'gauge' | 'histogram' = 'counter' | 'gauge' | 'histogram',
  L extends MetricLabels = MetricLabels,
> {
  readonly kind: K;
  /** With `_total` and the unit, as Prometheus shows it. */
  readonly name: string;
  /** What one is: `rows`, `seconds`. */
  readonly unit: string;
  /** One sentence for who reads a dashboard. */
  readonly help: string;
  readonly labels: L;
  /** Upper bounds of a histogram, in its unit. */
  readonly buckets?: readonly number[];
}

/** Metrics by the names that the code has for them. */
export type MetricCatalogue = Readonly<Record<string, MetricSpec>>;

type LabelValues<L extends MetricLabels> = {
  readonly [N in keyof L]: L[N] extends readonly (infer V)[] ? V : string;
};
type Given<L extends MetricLabels> = keyof L extends never ? [] : [labels: LabelValues<L>];
type Instrument<S> =
  S extends MetricSpec<'counter', infer L>
    ? { add(count: number, ...labels: Given<L>): void }
    : S extends MetricSpec<'gauge', infer L>
      ? { set(value: number, ...labels: Given<L>): void }
      : S extends MetricSpec<'histogram', infer L>
        ? { record(value: number, ...labels: Given<L>): void }
        : never;

/** What code records with: an instrument for each metric of a catalogue. Recording never throws and never waits. */
export type Metrics<C extends MetricCatalogue> = { readonly [M in keyof C]: Instrument<C[M]> };

/** The metrics of a process. */
export interface MetricSet<C extends MetricCatalogue = MetricCatalogue> {
  readonly catalogue: C;
  readonly metrics: Metrics<C>;
  /** Exports what is recorded from now on, and at once every series whose labels are known, with 0. */
  bind(meter: MetricMeter): void;
}

type SpecOf<K extends MetricSpec['kind']> = <const L extends MetricLabels = Record<never, never>>(
  spec: Omit<MetricSpec<K, L>, 'kind' | 'labels'> & { readonly labels?: L },
) => MetricSpec<K, L>;
const specOf =
  <K extends MetricSpec['kind']>(kind: K): SpecOf<K> =>
  ({ labels, ...spec }) => ({ kind, ...spec, labels: labels ?? ({} as NonNullable<typeof labels>) });

export const counter = specOf('counter');
export const gauge = specOf('gauge');
export const histogram = specOf('histogram');

/** Values of an open label that get a series of their own; a name that anybody may choose must not fill the store. */
const MOST_OPEN_VALUES = 50;
const OTHER = 'other';

/**
 * The instruments of a catalogue. Until they are bound to a meter they record nothing, as in most tests. `begin` is called whenever
 * they are bound: it records 0 for series that only the settings know.
 */
export function createMetrics<const C extends MetricCatalogue>(
  catalogue: C,
  begin: (metrics: Metrics<C>) => void = () => undefined,
): MetricSet<C> {
  const recorders = new Map<string, (value: number, tags: MetricTags) => void>();
  const instrumentOf = (name: string, spec: MetricSpec) => {
    const bound = boundLabels(spec.labels);
    const record = (value: number, labels: Readonly<Record<string, string>> = {}): void =>
      recorders.get(name)?.(value, bound(labels));
    return { add: record, set: record, record };
  };
  const metrics = Object.fromEntries(
    Object.entries(catalogue).map(([name, spec]) => [name, instrumentOf(name, spec)]),
  ) as unknown as Metrics<C>;
  return {
    catalogue,
    metrics,
    bind(meter) {
      for (const [name, spec] of Object.entries(catalogue)) {
        const record = openInstrument(meter, spec);
        recorders.set(name, record);
        // An observation of 0 would be one too many; a histogram begins with its first.
        if (spec.kind !== 'histogram') for (const tags of knownLabels(spec.labels)) record(0, tags);
      }
      begin(metrics);
    },
  };
}

function openInstrument(
  meter: MetricMeter,
  { kind, name, help }: MetricSpec,
): (value: number, tags: MetricTags) => void {
  if (kind === 'counter') {
    // The exporter adds the suffix by itself.
    const instrument = meter.createCounter(name.replace(/_total$/, ''), '', help);
    return (value, tags) => instrument.add(value, tags);
  }
  if (kind === 'gauge') {
    const instrument = meter.createGauge(name, 'float', '', help);
    return (value, tags) => instrument.set(value, tags);
  }
  const instrument = meter.createHistogram(name, 'float', '', help);
  return (value, tags) => instrument.record(value, tags);
}

/** Every combination of the values that are known. */
function knownLabels(labels: MetricLabels): MetricTags[] {
  return Object.entries(labels).reduce<MetricTags[]>(
    (tags, [label, values]) =>
      tags.flatMap((others) =>
        ('known' in values ? values.known : values).map((value) => ({ ...others, [label]: value })),
      ),
    [{}],
  );
}

/** Keeps the number of series bounded: what comes after the first values of an open label counts as `other`. */
function boundLabels(labels: MetricLabels): (given: Readonly<Record<string, string>>) => MetricTags {
  const seen = new Map<string, Set<string>>(
    Object.entries(labels).flatMap(([label, values]) => ('known' in values ? [[label, new Set(values.known)]] : [])),
  );
  if (seen.size === 0) return (given) => given;
  return (given) =>
    Object.fromEntries(
      Object.entries(given).map(([label, value]) => {
        const values = seen.get(label);
        if (!values || values.has(value)) return [label, value];
        if (values.size >= MOST_OPEN_VALUES) return [label, OTHER];
        values.add(value);
        return [label, value];
      }),
    );
}

/** Upper bounds of the histograms, by the names that the exporter knows them by. */
export function bucketsOf(catalogue: MetricCatalogue): Record<string, number[]> {
  return Object.fromEntries(
    Object.values(catalogue).flatMap(({ name, buckets }) => (buckets ? [[name, [...buckets]]] : [])),
  );
}
