/* A thread of runs that ends with what nobody catches, as soon as it is told to run CoinPaprika. */
const { parentPort } = require('node:worker_threads');
require('./run-thread.cjs');

parentPort.on('message', ({ kind, claim }) => {
  if (kind !== 'run' || claim.source !== 'coinpaprika') return;
  setImmediate(() => {
    throw new RangeError('the heap is full, say');
  });
});
