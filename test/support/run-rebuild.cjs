/* A rebuild in a process of its own, for tests to kill. Its settings come in the environment. */
require('./register-typescript.cjs');
const { readFile } = require('node:fs/promises');
const path = require('node:path');
const { readSettings } = require('../../src/config/read-settings.ts');
const { DatabaseUrl } = require('../../src/database/database-url.ts');
const { openDatabase } = require('../../src/database/open-database.ts');
const { CrosswalkBook } = require('../../src/identity/crosswalk-book.ts');
const { readCrosswalk } = require('../../src/identity/crosswalk.ts');
const { rebuild } = require('../../src/rebuild/rebuild.ts');

async function main() {
  const settings = readSettings(process.env);
  const url = new DatabaseUrl(settings.DATABASE_URL);
  const file = path.join(process.cwd(), 'data', 'identity', 'crosswalk.csv');
  const dataSource = await openDatabase(url, settings, { ownServer: false });
  await rebuild({
    dataSource,
    url,
    settings,
    crosswalk: new CrosswalkBook(readCrosswalk(await readFile(file, 'utf8')).entries),
    stop: new AbortController().signal,
    progress: () => undefined,
  });
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
