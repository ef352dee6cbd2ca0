import { createServer } from 'node:net';
import { readFile, writeFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import pg from 'pg';
import { clusterName, stopClusterProcesses } from './cluster-processes.js';
import { claimDataDir, type DataDirClaim } from './data-dir-claim.js';
import { lastComplaint, openCluster, SUPERUSER } from './database-cluster.js';
import {
  DataDirUnusable,
  EmbeddedServerError,
  PortUnavailable,
  ServerDidNotStart,
} from './embedded-server-errors.js';
import { findNativePackage, prepareBinaries, type ServerBinaries } from './server-binaries.js';
import { findHome, openDataDir, type ServerHome } from './server-home.js';
import { Watchdog, type PostgresEnd } from './watchdog.js';

export interface EmbeddedServerOptions {
  /** Where the data is kept; made if missing. */
  readonly dataDir: string;
  /** The folder with Mintmark's package.json, from which node_modules is found. */
  readonly packageRoot: string;
  /** False trades the safety of the data for speed: a power cut may lose all of it. For tests. */
  readonly durable?: boolean;
  /** True removes the whole data folder once the server has ended, also when the app was killed. For tests. */
  readonly disposable?: boolean;
  /** Told what an operator should know: one line each, without secrets. */
  readonly log: (message: string) => void;
}

export interface ServerExit {
  /** Whether `stop` was called before. */
  readonly expected: boolean;
  /** How it ended, in one line. */
  readonly reason: string;
}

export interface EmbeddedServer {
  /** postgres://… of the database `mintmark`, with the password. */
  readonly url: string;
  readonly port: number;
  /** Stops PostgreSQL cleanly and gives the data folder back. Calling it again waits for the same. */
  stop(): Promise<void>;
  /** Resolves when PostgreSQL has ended, by `stop` or by itself. Never rejects. */
  readonly exited: Promise<ServerExit>;
}

const DATABASE = 'mintmark';
const TRIES = 5;

const PORT_TROUBLE = /could not (bind|create any TCP)/;
/** The watchdog of an app killed a moment ago can still start what it was told to, after we looked. */
const LEFT_RUNNING = /lock file "postmaster.pid" already exists|pre-existing shared memory block/;

interface RunningServer {
  readonly port: number;
  readonly watchdog: Watchdog;
}

/** Starts PostgreSQL on the data folder. Every failure is an `EmbeddedServerError`. */
export async function startEmbeddedServer(options: EmbeddedServerOptions): Promise<EmbeddedServer> {
  try {
    // First, so that who has none is told that, and not what is wrong with a folder that would be of no use.
    await findNativePackage(options.packageRoot);
    const dataDir = await openDataDir(options.dataDir);
    const claim = await claimDataDir(dataDir);
    try {
      return await startClaimed(dataDir, claim, options);
    } catch (error) {
      await claim.release();
      throw error;
    }
  } catch (error) {
    if (error instanceof EmbeddedServerError) throw error;
    const cause = error instanceof Error ? error : new Error(String(error));
    throw new DataDirUnusable(options.dataDir, cause.message, { cause });
  }
}

async function startClaimed(
  dataDir: string,
  claim: DataDirClaim,
  options: EmbeddedServerOptions,
): Promise<EmbeddedServer> {
  const { packageRoot, durable = true, log } = options;
  const home = await findHome(dataDir);
  const binaries = await prepareBinaries(packageRoot, home.copies, home.account, log);
  await stopClusterProcesses(home.cluster, log);
  const password = await openCluster(home, binaries, durable, log);
  const urlOf = (port: number, database: string): string =>
    `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${database}`;
  const { port, watchdog } = await launch(home, binaries, options);

  let stopping: Promise<void> | null = null;
  const exited = watchdog.ended.then((end) => ({ expected: stopping !== null, reason: reasonOf(end) }));
  const stop = (): Promise<void> => {
    stopping ??= watchdog
      .stop()
      // Nothing is left after a clean stop; something is when the watchdog had been killed.
      .then(() => stopClusterProcesses(home.cluster, log))
      .finally(() => claim.release());
    return stopping;
  };
  try {
    await createDatabase(urlOf(port, 'postgres'));
  } catch (cause) {
    await stop();
    throw new ServerDidNotStart(`PostgreSQL started but can't be used: ${String(cause)}`, { cause });
  }
  log(`PostgreSQL ${binaries.major} runs on 127.0.0.1:${port}${whereabouts(home)}.`);
  watchdog.unref();
  return { url: urlOf(port, DATABASE), port, stop, exited };
}

function whereabouts({ account, cluster, dataDir, folder }: ServerHome): string {
  if (!account) return `, its data in ${cluster}`;
  const outside = folder.startsWith(dataDir) ? '' : `, because that user can't reach ${dataDir}`;
  return ` as user ${account.name}, its data in ${cluster}${outside}`;
}

function reasonOf({ code, signal, lastWords }: PostgresEnd): string {
  if (signal) return `PostgreSQL was ended by ${signal}`;
  if (code === null) return `PostgreSQL is no longer looked after: ${lastWords}`;
  return code === 0
    ? 'PostgreSQL was stopped'
    : `PostgreSQL ended with code ${code}: ${lastComplaint(lastWords)}`;
}

async function launch(
  home: ServerHome,
  binaries: ServerBinaries,
  { durable = true, disposable = false, log }: EmbeddedServerOptions,
): Promise<RunningServer> {
  let reason = '';
  for (let tries = 1; tries <= TRIES; tries += 1) {
    const port = tries === 1 ? ((await lastPort(home)) ?? (await freePort())) : await freePort();
    const watchdog = new Watchdog({
      command: binaries.postgres,
      args: serverArguments(home, port, durable),
      account: home.account,
      logFile: home.logFile,
      removeAfter: disposable ? [home.folder, home.dataDir] : [],
    });
    const outcome = await watchdog.started;
    if (outcome === 'ready') {
      try {
        await writeFile(home.portFile, String(port));
      } catch (error) {
        await watchdog.stop();
        throw error;
      }
      return { port, watchdog };
    }
    reason = lastComplaint(outcome.lastWords);
    if (/No space left on device/.test(outcome.lastWords)) {
      throw new DataDirUnusable(home.dataDir, 'the disk is full');
    }
    if (LEFT_RUNNING.test(outcome.lastWords)) await stopClusterProcesses(home.cluster, log);
    else if (!PORT_TROUBLE.test(outcome.lastWords)) {
      throw new ServerDidNotStart(`PostgreSQL did not start: ${reason} (see ${home.logFile})`);
    }
  }
  throw new PortUnavailable(`PostgreSQL got no port on 127.0.0.1 in ${TRIES} tries: ${reason}`);
}

function serverArguments(home: ServerHome, port: number, durable: boolean): string[] {
  const settings = {
    // First, and in this order: cluster-processes.ts knows a postmaster by it.
    cluster_name: clusterName(home.cluster),
    listen_addresses: '127.0.0.1',
    port: String(port),
    // No Unix socket: no stale one, no path too long for it.
    unix_socket_directories: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    lc_messages: 'C',
    logging_collector: 'off',
    ...(durable
      ? {
          shared_buffers: `${sharedMegabytes()}MB`,
          // Its own default of 1 GB has it write whole pages again every minute of a first load.
          max_wal_size: '2GB',
        }
      : {
          fsync: 'off',
          synchronous_commit: 'off',
          full_page_writes: 'off',
          wal_level: 'minimal',
          max_wal_senders: '0',
        }),
  };
  const pairs = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return ['-D', home.cluster, ...pairs];
}

/**
 * What PostgreSQL keeps of its tables: an eighth of the memory there is, which others use too, and no less than its own
 * default, with which a million coins would be read from files over and over. It takes what it fills.
 */
function sharedMegabytes(): number {
  const limit = process.constrainedMemory();
  const bytes = limit > 0 ? Math.min(limit, totalmem()) : totalmem();
  return Math.min(Math.max(Math.floor(bytes / 8 / 2 ** 20), 128), 1024);
}

async function lastPort(home: ServerHome): Promise<number | null> {
  try {
    const port = Number(await readFile(home.portFile, 'utf8'));
    return Number.isInteger(port) && port > 0 && port < 65536 ? port : null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (cause) =>
      reject(new PortUnavailable(`No port on 127.0.0.1 can be opened: ${cause.message}`, { cause })),
    );
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address && typeof address === 'object') resolve(address.port);
        else reject(new PortUnavailable('The system gave no port on 127.0.0.1.'));
      });
    });
  });
}

async function createDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  } finally {
    await client.end();
  }
}
