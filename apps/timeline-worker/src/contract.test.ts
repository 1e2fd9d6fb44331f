import fc from 'fast-check';
import { generationWorkflowId, parseGenerationWorkflowId } from './contract';

const id = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 });

test('common rules: a workflow id says which request it is, and back', () => {
  fc.assert(
    fc.property(id, id, (timelineId, requestId) => {
      const workflowId = generationWorkflowId({ timelineId, requestId });
      expect(workflowId).toMatch(/^timeline\/gen\/[^/]+\/[^/]+$/);
      expect(parseGenerationWorkflowId(workflowId)).toEqual({ timelineId, requestId });
    }),
  );
});

test.each(['timeline/gen/a', 'timeline/gen/a/b/c', 'tracc/gen/a/b', 'timeline/import/a', 'timeline/gen/%/b', ''])(
  '%s is no generation workflow id',
  (workflowId) => {
    expect(parseGenerationWorkflowId(workflowId)).toBeUndefined();
  },
);
