import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AdminToken } from './config/admin-token.js';
import { readSettings } from './config/read-settings.js';
import type { Settings } from './config/settings.js';
import { DatabaseUrl } from './database/database-url.js';
import { startEmbeddedServer } from './database/embedded-server/embedded-server.js';
import type { EmbeddedServer } from './database/embedded-server/embedded-server.js';
import { openDatabase } from './database/open-database.js';
import { explain } from './explain.js';
import { readCrosswalk } from './identity/crosswalk.js';
import { SOURCES } from './ingestion/source-registry.js';
import { connectionsOf, RunThreadStart } from './ingestion/threaded-runs.js';
import { findCrosswalk, findPackageRoot } from './package-root.js';
import { assertPortFree } from './port.js';
import { startApp } from './start-app.js';
import { startBanner } from './start-banner.js';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Until it listens there is nothing to end with care: a migration rolls back, and an embedded PostgreSQL ends with its
 * watchdog. Without a handler, the first process of a container would not even hear it.
 */
function leaveEarly(): never {
  process.exit(0);
}

/** `npm start`: the service with all that it needs, until a signal ends it. `runThread`: the program of that thread. */
export function serve(runThread: string): void {
  for (const signal of SIGNALS) process.once(signal, leaveEarly);
  start(runThread).catch((error: unknown) => {
    process.stderr.write(`Mintmark can't start. ${explain(error)}\n`);
    process.exit(1);
  });
}

async function start(runThread: string): Promise<void> {
  const settings = readSettings(process.env, Object.keys(SOURCES));
  const packageRoot = await findPackageRoot();
  const version = await readVersion(packageRoot);
  const crosswalkFile = await findCrosswalk(packageRoot);
  // Before anything is started: one that can't be used is to be one line.
  readCrosswalk(await readFile(crosswalkFile, 'utf8'));
  const say = (line: string): void => {
    if (settings.NODE_ENV !== 'production') process.stdout.write(`${line}\n`);
  };
  const adminToken = settings.ADMIN_TOKEN
    ? new AdminToken(settings.ADMIN_TOKEN, false)
    : new AdminToken(randomBytes(24).toString('base64url'), true);

  await assertPortFree(settings.PORT, settings.HOST);
  const server = settings.DATABASE_URL ? null : await startServer(settings, packageRoot, say);
  const stopServer = async (): Promise<void> => server?.stop();
  try {
    const url = new DatabaseUrl(settings.DATABASE_URL ?? server?.url ?? '');
    const dataSource = await openDatabase(url, settings, {
      ownServer: server !== null,
      connections: connectionsOf(settings).api,
      say,
    });
    const { app, stop: stopApp } = await startApp({
      settings,
      adminToken,
      version,
      dataSource,
      databaseUrl: url,
      crosswalkFile,
      runThread: new RunThreadStart(runThread, settings, url, crosswalkFile),
    });
    let stopping = false;
    const stop = (exitCode: number): void => {
      // A second signal while stopping doesn't start over; a third party's SIGKILL is what the watchdog is for.
      if (stopping) return;
      stopping = true;
      stopApp()
        .then(stopServer)
        .then(
          () => process.exit(exitCode),
          (error: unknown) => {
            process.stderr.write(`Mintmark did not stop cleanly: ${String(error)}\n`);
            process.exit(1);
          },
        );
    };
    for (const signal of SIGNALS) {
      process.removeListener(signal, leaveEarly);
      process.on(signal, () => stop(0));
    }
    server?.exited.then(
      ({ expected, reason }) => {
        if (expected) return;
        process.stderr.write(`The embedded PostgreSQL ended: ${reason}\n`);
        stop(1);
      },
      () => undefined,
    );
    say(
      startBanner({
        settings,
        adminToken,
        version,
        database: server ? null : url.shown,
        address: app.getHttpServer().address(),
      }),
    );
  } catch (error) {
    await stopServer();
    throw error;
  }
}

async function startServer(
  settings: Settings,
  packageRoot: string,
  say: (line: string) => void,
): Promise<EmbeddedServer> {
  say('Starting PostgreSQL …');
  return startEmbeddedServer({ dataDir: resolve(settings.DATA_DIR), packageRoot, log: say });
}

async function readVersion(packageRoot: string): Promise<string> {
  const parsed: unknown = JSON.parse(await readFile(join(packageRoot, 'package.json'), 'utf8'));
  return typeof parsed === 'object' && parsed !== null && 'version' in parsed
    ? String(parsed.version)
    : 'unknown';
}
