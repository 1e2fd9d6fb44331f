/** The samples of one scrape of an endpoint in Prometheus' text format. */
export interface Scrape {
  readonly text: string;
  /** Names of samples as queries use them (`…_bucket`, `…_sum`), each with the labels that its samples have. */
  readonly labels: ReadonlyMap<string, ReadonlySet<string>>;
  readonly samples: readonly Sample[];
  /** The sum of the samples of that name which have these labels; undefined without one. */
  value(name: string, labels?: Readonly<Record<string, string>>): number | undefined;
}

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Reads the text format; throws for a line that is none of it. */
export function parseScrape(text: string): Scrape {
  const samples = text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(parseSample);
  const labels = new Map<string, Set<string>>();
  for (const sample of samples) {
    const known = labels.get(sample.name) ?? new Set<string>();
    for (const label of Object.keys(sample.labels)) known.add(label);
    labels.set(sample.name, known);
  }
  return {
    text,
    samples,
    labels,
    value(name, wanted = {}) {
      const found = samples.filter(
        (sample) =>
          sample.name === name && Object.entries(wanted).every(([label, value]) => sample.labels[label] === value),
      );
      return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0);
    },
  };
}

function parseSample(line: string): Sample {
  const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
  if (!match) throw new Error(`not a sample of the text format: ${line}`);
  const [, name, labels = '', value] = match;
  return {
    name: name!,
    labels: Object.fromEntries(
      [...labels.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)].map(([, label, text]) => [label!, text!]),
    ),
    value: value === '+Inf' ? Infinity : Number(value),
  };
}
