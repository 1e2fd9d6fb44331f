import type { MetricMeter, MetricTags } from '@temporalio/common';
import { type MetricCatalogue, type MetricSet, type Metrics, createMetrics } from '../telemetry';

/** Metrics that a test can read. */
export interface RecordedMetrics<C extends MetricCatalogue> extends MetricSet<C> {
  /** Every series by its name and labels, as `name{label="value"}`: the sum of a counter or histogram, the value of a gauge. */
  readonly read: () => Record<string, number>;
}

/** The metrics of a catalogue, bound to a meter that keeps what is recorded. */
export function recordMetrics<const C extends MetricCatalogue>(
  catalogue: C,
  begin?: (metrics: Metrics<C>) => void,
): RecordedMetrics<C> {
  const series = new Map<string, number>();
  const keyOf = (name: string, tags: MetricTags = {}): string => {
    const labels = Object.entries(tags).map(([label, value]) => `${label}="${value}"`);
    return labels.length === 0 ? name : `${name}{${labels.toSorted().join(',')}}`;
  };
  const adder = (name: string) => (value: number, tags?: MetricTags) =>
    void series.set(keyOf(name, tags), (series.get(keyOf(name, tags)) ?? 0) + value);
  const meter = {
    createCounter: (name: string) => ({ add: adder(`${name}_total`) }),
    createHistogram: (name: string) => ({ record: adder(name) }),
    createGauge: (name: string) => ({
      set: (value: number, tags?: MetricTags) => void series.set(keyOf(name, tags), value),
    }),
  };
  const set = createMetrics(catalogue, begin);
  set.bind(meter as unknown as MetricMeter);
  return { ...set, read: () => Object.fromEntries(series) };
}
