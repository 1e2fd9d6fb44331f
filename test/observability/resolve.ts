import type { Selector } from './promql';
import type { Sample } from './scrape';

/** Labels that Prometheus itself puts on what it scrapes. */
const OF_THE_SCRAPE = new Set(['instance', 'job']);

/** What of a selector the samples do not have; undefined when they have all of it. */
export function unresolved(
  { metric, matchers, groupedBy }: Selector,
  samples: ReadonlyMap<string, readonly Sample[]>,
  { isRareValue = () => false }: { isRareValue?: (label: string) => boolean } = {},
): string | undefined {
  const all = samples.get(metric);
  if (!all) return `there is no metric ${metric}`;
  for (const label of [...matchers.map((matcher) => matcher.label), ...groupedBy]) {
    if (OF_THE_SCRAPE.has(label)) continue;
    if (!all.some(({ labels }) => label in labels)) return `${metric} has no label ${label}`;
  }
  const wanted = matchers.filter(({ label }) => !isRareValue(label));
  const found = all.some(({ labels }) =>
    wanted.every(({ label, op, value }) => {
      const isEqual = op.includes('~')
        ? new RegExp(`^(?:${value})$`).test(labels[label] ?? '')
        : (labels[label] ?? '') === value;
      return op.startsWith('!') ? !isEqual : isEqual;
    }),
  );
  if (!found) return `no series of ${metric} has ${wanted.map(({ label, op, value }) => label + op + value).join()}`;
  return undefined;
}

/** Samples by their name, of several scrapes. */
export function samplesByName(scrapes: readonly { readonly samples: readonly Sample[] }[]): Map<string, Sample[]> {
  const byName = new Map<string, Sample[]>();
  for (const { samples } of scrapes)
    for (const sample of samples) {
      const known = byName.get(sample.name);
      if (known) known.push(sample);
      else byName.set(sample.name, [sample]);
    }
  return byName;
}
