// The test ladder: the suffix of a test file says what it needs.
// unit: nothing. db: PostgreSQL. wf: PostgreSQL and the time-skipping server. replay: nothing. e2e: the whole stack.
// docker: Docker, for `npm run verify:infra`; `npm test` leaves it out.
const project = (displayName, testMatch, extra = {}) => ({
  displayName,
  rootDir: __dirname,
  testMatch,
  testEnvironment: 'node',
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['/dist/', '/.devstack/'],
  watchPathIgnorePatterns: ['/dist/', '/.devstack/'],
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, sourceMaps: 'inline' }],
    // ES modules only, which jest cannot require as they are.
    '/node_modules/temporal-(polyfill|utils)/.+\\.js$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'ecmascript' } }, module: { type: 'commonjs' } },
    ],
  },
  transformIgnorePatterns: ['/node_modules/(?!temporal-(polyfill|utils)/)'],
  moduleNameMapper: {
    '^@backend/(shared|importer)/(.*)$': '<rootDir>/packages/$1/src/$2/index.ts',
    '^@backend/devstack$': '<rootDir>/packages/devstack/src/index.ts',
  },
  ...extra,
});

const SOURCES = '{apps,packages}/*/{src,test}/**';
const suffixed = (suffix) => [
  `<rootDir>/${SOURCES}/*.${suffix}.test.ts`,
  `<rootDir>/{test,e2e}/**/*.${suffix}.test.ts`,
];
const unit = '!(*.db|*.wf|*.replay|*.e2e|*.docker).test.ts';
const servers = (name) => ({
  globalSetup: `<rootDir>/test/support/setup-${name}.ts`,
  globalTeardown: '<rootDir>/test/support/teardown.ts',
});

module.exports = {
  // The servers of the machine are shared by all files; two at a time is what two cores carry.
  maxWorkers: 2,
  // What each file leaves behind in its process (hooks on every promise, modules) makes the next ones slower and slower: a process
  // that has grown is replaced by a new one.
  workerIdleMemoryLimit: '200MB',
  testTimeout: 60_000,
  projects: [
    project('unit', [`<rootDir>/${SOURCES}/${unit}`, `<rootDir>/test/**/${unit}`]),
    project('db', suffixed('db'), servers('db')),
    project('replay', suffixed('replay')),
    project('wf', suffixed('wf'), servers('wf')),
    project('e2e', suffixed('e2e'), servers('e2e')),
    project('docker', suffixed('docker')),
  ],
};
