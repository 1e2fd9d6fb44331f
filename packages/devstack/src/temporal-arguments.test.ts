import { startDevArguments } from './temporal-arguments';

const base = {
  port: 7001,
  uiPort: undefined,
  dbFile: undefined,
  namespaces: ['tracc'],
  searchAttributes: [],
  dynamicConfig: {},
};
const pairs = (args: readonly string[], flag: string): (string | undefined)[] =>
  args.flatMap((arg, index) => (arg === flag ? [args[index + 1]] : []));

describe('platform, embedded stack: the arguments of the Temporal server', () => {
  test('performance 1.3 and 1.4: the poll rate is raised and a task queue has one partition', () => {
    expect(pairs(startDevArguments(base), '--dynamic-config-value')).toEqual([
      'history.transferProcessorMaxPollRPS=200',
      'matching.numTaskqueueReadPartitions=1',
      'matching.numTaskqueueWritePartitions=1',
    ]);
  });

  test('a value of the caller wins over ours, and is written as JSON', () => {
    const dynamicConfig = { 'matching.numTaskqueueReadPartitions': 4, 'matching.enableFairness': true, 'x.y': 'text' };
    const values = pairs(startDevArguments({ ...base, dynamicConfig }), '--dynamic-config-value');
    expect(values).toContain('matching.numTaskqueueReadPartitions=4');
    expect(values).not.toContain('matching.numTaskqueueReadPartitions=1');
    expect(values).toContain('matching.enableFairness=true');
    expect(values).toContain('x.y="text"');
  });

  test('it listens on this machine alone', () => {
    expect(pairs(startDevArguments(base), '--ip')).toEqual(['127.0.0.1']);
  });

  test('the web UI has a port, or is left out', () => {
    expect(startDevArguments(base)).toContain('--headless');
    const withUi = startDevArguments({ ...base, uiPort: 7002 });
    expect(withUi).not.toContain('--headless');
    expect(pairs(withUi, '--ui-port')).toEqual(['7002']);
  });

  test('namespaces and search attributes are registered; `default` is made by the server itself', () => {
    const args = startDevArguments({
      ...base,
      namespaces: ['default', 'tracc', 'swaminarayan'],
      searchAttributes: [
        { name: 'TenantUser', type: 'KEYWORD' },
        { name: 'Month', type: 'DATETIME' },
      ],
      dbFile: '/data/temporal.db',
    });
    expect(pairs(args, '--namespace')).toEqual(['tracc', 'swaminarayan']);
    expect(pairs(args, '--search-attribute')).toEqual(['TenantUser=Keyword', 'Month=Datetime']);
    expect(pairs(args, '--db-filename')).toEqual(['/data/temporal.db']);
  });
});
