/* Runs one TypeScript file of the bench in this process: a contestant, the load generator, the sources' stand-in. */
require('./probe.cjs');
require('../support/register-typescript.cjs');
require(process.argv[2]);
process.channel.ref();
