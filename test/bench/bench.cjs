/* `npm run bench`. Loads TypeScript as the tests do; what is measured runs in processes of its own. */
require('../support/register-typescript.cjs');
require('../support/without-proxy.ts');
const { runBench } = require('./run-bench.ts');

runBench(process.argv.slice(2)).then(
  (misses) => {
    process.exitCode = misses === 0 ? 0 : 1;
  },
  (error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exitCode = 2;
  },
);
