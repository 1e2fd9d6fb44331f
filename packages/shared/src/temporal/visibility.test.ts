import { searchAttributeList } from './namespace';
import { startedFor } from './start-options';
import { visibilityQuery } from './visibility';

const USER = { name: 'TenantUser', type: 'KEYWORD' } as const;

test('platform: a query names the type and every attribute', () => {
  const attributes = [
    { key: USER, value: 'demo' },
    { key: { name: 'Month', type: 'KEYWORD' }, value: '2026-03' },
  ] as const;
  expect(visibilityQuery({ workflowType: 'W', open: true, attributes })).toBe(
    "WorkflowType = 'W' AND ExecutionStatus = 'Running' AND TenantUser = 'demo' AND Month = '2026-03'",
  );
  expect(visibilityQuery({ workflowType: 'W', attributes: [] })).toBe("WorkflowType = 'W'");
});

test.each(["x' OR ''='", 'a\\', 'a"b', "o'brien", 'a\nb', 'a\u0000'])('platform: %j stands in no query', (value) => {
  expect(visibilityQuery({ workflowType: 'W', attributes: [{ key: USER, value }] })).toBe("WorkflowType = 'W'");
});

test('platform: a fairness key is the user, or its hash where the server takes no key of that length', () => {
  const keyOf = (value: string) => startedFor({ key: USER, value }).priority.fairnessKey!;
  expect(keyOf('demo')).toBe('demo');
  expect(keyOf('ü'.repeat(32))).toBe('ü'.repeat(32));
  const long = [`${'u'.repeat(64)}1`, `${'u'.repeat(64)}2`].map(keyOf);
  expect(new Set(long).size).toBe(2);
  for (const key of long) expect(Buffer.byteLength(key)).toBe(64);
});

test('platform: a name that two parts give the same type is one search attribute, with two types it is a mistake', () => {
  const month = { name: 'Month', type: 'KEYWORD' } as const;
  expect(searchAttributeList({ user: USER, month }, { owner: USER })).toEqual([USER, month]);
  expect(() => searchAttributeList([month], [{ name: 'Month', type: 'INT' }])).toThrow(
    'search attribute Month is both KEYWORD and INT',
  );
});
