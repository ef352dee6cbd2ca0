/* The thread of runs, for services that are started from the project's TypeScript. */
require('./register-typescript.cjs');
require('../../src/run-thread/main.ts');
