// Native ESM: run jest by the package's scripts, which pass Node the flag it needs.
// SWC strips types without checking them; `npm run typecheck` does that.

/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.spec.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/sample/dist/', '<rootDir>/.stryker-tmp/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        swcrc: false,
        sourceMaps: 'inline',
        module: { type: 'es6' },
        jsc: {
          target: 'es2022',
          keepClassNames: true,
          parser: { syntax: 'typescript', decorators: true, explicitResourceManagement: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
        },
      },
    ],
  },
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': ['$1.js', '$1.ts'],
    '^nest-circuit-breaker$': '<rootDir>/lib/index.ts',
    '^nest-circuit-breaker/package\\.json$': '<rootDir>/package.json',
    '^nest-circuit-breaker/(.+)$': '<rootDir>/lib/$1/index.ts',
  },
  setupFiles: ['<rootDir>/test/setup.ts'],
  coverageProvider: 'v8',
  collectCoverageFrom: ['lib/**/*.ts'],
  maxWorkers: 2,
  // what a spec has loaded as ESM is never given back: a worker full of it spends its time collecting garbage
  workerIdleMemoryLimit: '512MB',
  testTimeout: 30_000, // what compiles or starts processes takes long on a busy machine
};
