/*
 * A process that has an embedded server, for tests to kill: options as JSON in its argument, what happens as JSON lines
 * on stdout, stopped by the end of stdin. On SIGINT it shows whether the server still answers.
 */
require('./register-typescript.cjs');
const pg = require('pg');
const { startEmbeddedServer } = require('../../src/database/embedded-server/embedded-server.ts');

const say = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);

async function main() {
  const server = await startEmbeddedServer({
    ...JSON.parse(process.argv[2]),
    log: (message) => say({ log: message }),
  });
  process.stdin.once('end', () => void server.stop().then(() => say({ stopped: true }))).resume();
  process.once('SIGINT', async () => {
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    const { rows } = await client.query('SELECT 1 AS answer');
    await client.end();
    say({ answerAfterInterrupt: rows[0].answer });
  });
  say({ url: server.url, port: server.port });
}

main().catch((error) => {
  say({ failed: { name: error.name, message: error.message } });
  process.exitCode = 1;
});
