import fc from 'fast-check';
import { importWorkflowId, parseImportWorkflowId, parseRevertWorkflowId, revertWorkflowId } from './index';

const ids = fc.record({
  tenant: fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/),
  importId: fc.string({ minLength: 1, unit: 'grapheme' }),
});

test.each([
  ['import', importWorkflowId, parseImportWorkflowId],
  ['revert', revertWorkflowId, parseRevertWorkflowId],
] as const)('data-import 1: the %s workflow id is turned back into what it was built from', (_kind, build, parse) => {
  fc.assert(fc.property(ids, (parts) => expect(parse(build(parts))).toEqual(parts)));
});

test.each([
  'tracc/import/%',
  'tracc/import/%E0%A4%A',
  'tracc/import/',
  'tracc/import/a/b',
  '1x/import/a',
  'import/a',
  '',
])('data-import 1: %j is no import id', (workflowId) => {
  expect(parseImportWorkflowId(workflowId)).toBeUndefined();
  expect(parseRevertWorkflowId(workflowId.replace('import', 'revert'))).toBeUndefined();
});
