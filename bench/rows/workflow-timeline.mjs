import { range } from '../lib/numbers.mjs';
import { built } from '../lib/stack.mjs';
import { TWIN_GOAL, measureTwins, namesOf } from '../lib/twins.mjs';

// A timeline of one short text, by the rules: read, extracted, validated, stored and written as a page.
export const name = 'workflow-timeline';
export const goal = TWIN_GOAL;

const EVENTS = 20;

export async function run(context) {
  const { SEARCH_ATTRIBUTES } = built('timeline', 'contract.js');
  let texts = 0;
  return measureTwins(context, {
    tenant: 'timeline',
    type: 'AITimelineGenerationWorkflow',
    twin: 'Timeline',
    typedSearchAttributes: [{ key: SEARCH_ATTRIBUTES.generationStatus, value: 'running' }],
    size: { quick: 20, full: 200 },
    make: async (_stack, of) => {
      const { resolveInput } = built('timeline', 'workflows/generation-input.js');
      return namesOf(of).map((timelineId) => {
        texts += 1;
        const input = {
          timelineId,
          requestId: 'r1',
          topic: 'A town',
          review: 'none',
          sources: [{ sourceId: 'chronicle', title: 'Chronicle', tier: 1, kind: 'text', text: chronicle(texts) }],
        };
        const args = of.side === 'ours' ? input : { settings: resolveInput(input), sources: input.sources };
        return { workflowId: `timeline/gen/${timelineId}/r1`, args: [args] };
      });
    },
    check: ({ status, events }) => {
      if (status !== 'completed') throw new Error(`the run is ${status}, with ${JSON.stringify(events)}`);
    },
  });
}

/** A text of its own each: answers are kept by what was asked. */
function chronicle(number) {
  return range(EVENTS)
    .map((index) => `Quiet years passed. On 4 May ${1800 + index} bridge ${number}.${index} of the town was opened.`)
    .join('\n\n');
}
