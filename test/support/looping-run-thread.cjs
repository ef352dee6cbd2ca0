/* A thread of runs that never comes back once it is told to run CoinPaprika. */
const { parentPort } = require('node:worker_threads');
require('./run-thread.cjs');

parentPort.on('message', ({ kind, claim }) => {
  if (kind !== 'run' || claim.source !== 'coinpaprika') return;
  for (;;);
});
