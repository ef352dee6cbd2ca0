/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  roots: ['<rootDir>/src', '<rootDir>/test', '<rootDir>/migrations'],
  testMatch: ['**/*.spec.ts'],
  extensionsToTreatAsEsm: [],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.(t|j|mj)s$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          keepClassNames: true,
        },
        module: { type: 'commonjs' },
      },
    ],
  },
  transformIgnorePatterns: [
    'node_modules/(?!(@nestjs|@willsoto|lru-cache|csv-parse|file-type|strtok3|token-types|uint8array-extras|@tokenizer|@borewit)/)',
  ],
  setupFiles: ['<rootDir>/test/support/without-proxy.ts'],
  testTimeout: 90_000,
  // Most tests wait for a database or a process of theirs: one worker a core is not too many.
  maxWorkers: '100%',
  // Each file loads all of Nest and TypeORM anew, and a worker never gives all of that back.
  workerIdleMemoryLimit: '1GB',
  // Entry points run in processes of their own, where Jest can't count.
  collectCoverageFrom: [
    'src/**/*.ts',
    '!src/**/*.spec.ts',
    '!src/main.ts',
    '!src/rebuild/main.ts',
    '!src/demo/**',
    '!src/config/write-settings-table.ts',
    '!src/evaluation/eval-identity.ts',
  ],
  // Babel's way counts what the compiler makes of each decorator as branches and functions of ours.
  coverageProvider: 'v8',
  coverageReporters: ['text', 'lcov'],
  coverageThreshold: { global: { statements: 90, lines: 90, functions: 90, branches: 90 } },
};
