import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { readSettings } from '../config/read-settings.js';
import { DatabaseUrl } from '../database/database-url.js';
import { startEmbeddedServer } from '../database/embedded-server/embedded-server.js';
import { openDatabase } from '../database/open-database.js';
import { explain } from '../explain.js';
import { CrosswalkBook } from '../identity/crosswalk-book.js';
import { readCrosswalk } from '../identity/crosswalk.js';
import { SOURCES } from '../ingestion/source-registry.js';
import { findCrosswalk, findPackageRoot } from '../package-root.js';
import { RebuildRefused } from './rebuild-refused.js';
import { RebuildReport } from './rebuild-report.js';
import { rebuild } from './rebuild.js';

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

async function main(): Promise<void> {
  const settings = readSettings(process.env, Object.keys(SOURCES));
  const packageRoot = await findPackageRoot();
  const crosswalkFile = await findCrosswalk(packageRoot);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      stop.abort();
    });
  const server = settings.DATABASE_URL
    ? null
    : await startEmbeddedServer({ dataDir: resolve(settings.DATA_DIR), packageRoot, log: say });
  try {
    const url = new DatabaseUrl(settings.DATABASE_URL ?? server?.url ?? '');
    const dataSource = await openDatabase(url, settings, { ownServer: server !== null, say });
    try {
      const { entries, problems } = readCrosswalk(await readFile(crosswalkFile, 'utf8'));
      for (const { line, message } of problems) say(`Crosswalk, line ${line}: ${message}`);
      const report = new RebuildReport(say, () => performance.now());
      const rebuilt = await rebuild({
        dataSource,
        url,
        settings,
        crosswalk: new CrosswalkBook(entries),
        stop: stop.signal,
        progress: (done, all, outcome) => {
          report.progress(done, all, outcome);
        },
      });
      report.end(rebuilt);
    } finally {
      await dataSource.destroy();
    }
  } finally {
    await server?.stop();
  }
}

main().catch((error: unknown) => {
  const why = error instanceof RebuildRefused ? error.message : explain(error);
  process.stderr.write(`Mintmark can't rebuild. ${why}\n`);
  process.exitCode = 1;
});
