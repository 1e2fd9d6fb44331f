import { parser } from '@prometheus-io/lezer-promql';

/** A time series selector of a query, with what the query asks of its labels. */
export interface Selector {
  readonly metric: string;
  readonly matchers: readonly Matcher[];
  /** Labels that its series are grouped, matched or shown by. */
  readonly groupedBy: readonly string[];
}

export interface Matcher {
  readonly label: string;
  readonly op: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}

/** The selectors of a PromQL expression. Throws an Error with the place when it does not parse. */
export function selectorsOf(query: string): Selector[] {
  const tree = parser.parse(query);
  const text = ({ from, to }: { from: number; to: number }) => query.slice(from, to);
  const selectors: { metric: string; matchers: Matcher[]; groupedBy: string[] }[] = [];
  const placed: number[] = [];
  const groupings: { from: number; to: number; labels: string[] }[] = [];
  tree.iterate({
    enter(node) {
      if (node.type.isError) throw new Error(`"${query}" does not parse at ${node.from}`);
      const parent = node.node.parent;
      if (node.name === 'VectorSelector') {
        const name = node.node.getChild('Identifier');
        if (!name) throw new Error(`"${query}" has a selector without a name`);
        const matchers = node.node
          .getChild('LabelMatchers')
          ?.getChildren('UnquotedLabelMatcher')
          .map((matcher) => ({
            label: text(matcher.getChild('LabelName')!),
            op: text(matcher.getChild('MatchOp')!) as Matcher['op'],
            value: JSON.parse(text(matcher.getChild('StringLiteral')!)) as string,
          }));
        selectors.push({ metric: text(name), matchers: matchers ?? [], groupedBy: [] });
        placed.push(node.from);
      } else if (node.name === 'GroupingLabels' && parent) {
        // `by (…)` is about its aggregation, `on (…)` about both sides of its operator.
        const scope = parent.parent ?? parent;
        groupings.push({ from: scope.from, to: scope.to, labels: node.node.getChildren('LabelName').map(text) });
      }
    },
  });
  for (const { from, to, labels } of groupings)
    for (const [index, selector] of selectors.entries())
      if (placed[index]! >= from && placed[index]! < to) selector.groupedBy.push(...labels);
  return selectors;
}
