/* `npm run chaos`: the suite's long version. Loads TypeScript as the tests do. */
require('../support/register-typescript.cjs');
const { runChaos } = require('./run-chaos.ts');

runChaos(process.argv.slice(2)).then(
  (violations) => {
    process.exitCode = violations === 0 ? 0 : 1;
  },
  (error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exitCode = 2;
  },
);
