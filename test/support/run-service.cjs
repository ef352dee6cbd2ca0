/*
 * The whole service in a process of its own, for tests to kill or to freeze. Says `ready` once everything is loaded,
 * starts when it gets its settings as a JSON line on stdin, says its `url`, and stops with the end of stdin or SIGTERM.
 * With CRASH_POINT among them it kills itself at that database operation of a run of CoinGecko.
 */
require('./register-typescript.cjs');
const { createInterface } = require('node:readline');
const path = require('node:path');
const { AdminToken } = require('../../src/config/admin-token.ts');
const { readSettings } = require('../../src/config/read-settings.ts');
const { DatabaseUrl } = require('../../src/database/database-url.ts');
const { openDatabase } = require('../../src/database/open-database.ts');
const { connectionsOf, RunThreadStart } = require('../../src/ingestion/threaded-runs.ts');
const { startApp } = require('../../src/start-app.ts');

const say = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);

async function start(environment) {
  const settings = readSettings(environment);
  const databaseUrl = new DatabaseUrl(settings.DATABASE_URL);
  const crosswalkFile = path.join(process.cwd(), 'data', 'identity', 'crosswalk.csv');
  const thread = require.resolve('./run-thread.cjs');
  const { app, stop } = await startApp({
    settings,
    adminToken: new AdminToken('token', false),
    version: '0.0.0-test',
    dataSource: await openDatabase(databaseUrl, settings, {
      ownServer: false,
      connections: connectionsOf(settings).api,
    }),
    databaseUrl,
    crosswalkFile,
    // What counts operations must be where they are made.
    runThread: environment.CRASH_POINT
      ? null
      : new RunThreadStart(thread, settings, databaseUrl, crosswalkFile),
  });
  say({ url: `http://127.0.0.1:${app.getHttpServer().address().port}` });
  if (environment.CRASH_POINT) say({ survived: await crash(app, Number(environment.CRASH_POINT)) });
  return stop;
}

async function crash(app, operation) {
  const { CrashPoint } = require('../chaos/crash-point.ts');
  const { IngestionService } = require('../../src/ingestion/ingestion.service.ts');
  return new CrashPoint(operation, 'kill').during(async () => {
    const { started } = await app.get(IngestionService).runNow(['coingecko']);
    return started[0].ended;
  });
}

async function main() {
  const lines = createInterface({ input: process.stdin });
  const ended = new Promise((resolve) => lines.once('close', resolve));
  const order = new Promise((resolve) => lines.once('line', resolve));
  process.once('SIGTERM', () => lines.close());
  say({ ready: true });
  const settings = await Promise.race([order, ended]);
  if (settings === undefined) return;
  const stop = await start(JSON.parse(settings));
  await ended;
  await stop();
}

main().catch((error) => {
  say({ failed: String(error.stack) });
  process.exitCode = 1;
});
