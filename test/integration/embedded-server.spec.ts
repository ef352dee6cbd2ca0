import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import {
  startEmbeddedServer,
  type EmbeddedServer,
} from '../../src/database/embedded-server/embedded-server.js';
import { EmbeddedServerApp } from '../support/embedded-server-app.js';

const packageRoot = process.cwd();

describe('the embedded server', () => {
  let parent: string;
  let dataDir: string;
  let cluster: string;
  const servers: EmbeddedServer[] = [];
  const apps: EmbeddedServerApp[] = [];
  const logged: string[] = [];

  beforeAll(async () => {
    parent = await mkdtemp(join(tmpdir(), 'mintmark-embedded-'));
    // As root PostgreSQL runs as another user, who has to pass.
    await chmod(parent, 0o711);
  });

  beforeEach(() => {
    // One cluster for most tests, because initdb takes the longest; whoever breaks it takes a new one.
    useDataDir('shared');
    logged.length = 0;
  });

  afterEach(async () => {
    for (const app of apps.splice(0)) await app.stop();
    for (const server of servers.splice(0)) await server.stop();
  });

  afterAll(async () => {
    await rm(parent, { recursive: true, force: true });
  });

  function useDataDir(name: string): void {
    dataDir = join(parent, name);
    cluster = join(dataDir, 'postgres', 'data');
  }

  async function start(): Promise<EmbeddedServer> {
    const server = await startEmbeddedServer({
      dataDir,
      packageRoot,
      durable: false,
      log: (line) => logged.push(line),
    });
    servers.push(server);
    return server;
  }

  function startApp(options: { disposable?: boolean } = {}): EmbeddedServerApp {
    const app = new EmbeddedServerApp({ dataDir, ...options });
    apps.push(app);
    return app;
  }

  describe('on an orderly day', () => {
    it('keeps its data, its password and its port over a restart', async () => {
      const first = await start();
      await query(first.url, 'CREATE TABLE kept_by_stop AS SELECT 42 AS value');
      await first.stop();
      const second = await start();
      expect(await query(second.url, 'SELECT value FROM kept_by_stop')).toEqual([{ value: 42 }]);
      expect(second.url).toBe(first.url);
    });

    it('is UTF-8 in UTC, sorts alike everywhere and listens on the loopback only', async () => {
      const { url } = await start();
      expect(
        await query(
          url,
          `SELECT current_database() AS name, pg_encoding_to_char(encoding) AS encoding, datlocprovider AS provider,
                  datlocale AS locale, current_setting('TimeZone') AS zone,
                  current_setting('listen_addresses') AS addresses,
                  current_setting('unix_socket_directories') AS sockets
             FROM pg_database WHERE datname = current_database()`,
        ),
      ).toEqual([
        {
          name: 'mintmark',
          encoding: 'UTF8',
          provider: 'b',
          locale: 'C.UTF-8',
          zone: 'UTC',
          addresses: '127.0.0.1',
          sockets: '',
        },
      ]);
    });

    it('keeps the disk in step unless told otherwise', async () => {
      const fsync = "SELECT current_setting('fsync') AS fsync";
      const careless = await start();
      expect(await query(careless.url, fsync)).toEqual([{ fsync: 'off' }]);
      await careless.stop();
      const careful = await startEmbeddedServer({ dataDir, packageRoot, log: () => undefined });
      servers.push(careful);
      expect(await query(careful.url, fsync)).toEqual([{ fsync: 'on' }]);
    });

    it('closes data and password to others and wants the password', async () => {
      const { url } = await start();
      expect((await stat(cluster)).mode & 0o777).toBe(0o700);
      expect((await stat(join(dataDir, 'postgres', 'password'))).mode & 0o777).toBe(0o600);
      const wrong = new URL(url);
      wrong.password = 'guessed';
      await expect(query(wrong.href, 'SELECT 1')).rejects.toThrow(/password authentication failed/);
      expect(logged.join('\n')).not.toContain(new URL(url).password);
    });

    it('ends with stop, cleanly, and can be stopped twice', async () => {
      const server = await start();
      await Promise.all([server.stop(), server.stop()]);
      await server.stop();
      expect(await server.exited).toEqual({ expected: true, reason: 'PostgreSQL was stopped' });
      expect(await serverLog()).toMatch(/database system is shut down\s*$/);
      await expect(stat(join(cluster, 'postmaster.pid'))).rejects.toThrow('ENOENT');
    });

    it('lets a process go that forgot to stop it', async () => {
      const app = startApp();
      const client = await connect(await app.event('url'));
      const cut = lost(client);
      await app.stop();
      await cut;
      expect(app.child.exitCode).toBe(0);
    });
  });

  describe('when something is killed', () => {
    it('is stopped after kill -9 of its app, and loses nothing that was committed', async () => {
      const app = startApp();
      const url = await app.event('url');
      await query(url, 'CREATE TABLE kept_by_watchdog AS SELECT 42 AS value');
      const cut = lost(await connect(url));
      await app.kill();
      await cut;
      const next = await start();
      expect(await query(next.url, 'SELECT value FROM kept_by_watchdog')).toEqual([{ value: 42 }]);
    });

    it('is found and stopped by the next start after kill -9 of app and watchdog', async () => {
      const app = startApp();
      const url = await app.event('url');
      await query(url, 'CREATE TABLE kept_by_recovery AS SELECT 42 AS value');
      const orphan = postmaster(cluster);
      process.kill(parentOf(orphan), 'SIGKILL');
      await app.kill();
      const client = await connect(url);
      const cut = lost(client);
      const next = await start();
      await cut;
      expect(logged).toContainEqual(expect.stringContaining('left running'));
      expect(postmaster(cluster)).not.toBe(orphan);
      expect(await query(next.url, 'SELECT value FROM kept_by_recovery')).toEqual([{ value: 42 }]);
    });

    it('tells when it ended by itself', async () => {
      const server = await start();
      process.kill(postmaster(cluster), 'SIGKILL');
      expect(await server.exited).toEqual({ expected: false, reason: 'PostgreSQL was ended by SIGKILL' });
      await server.stop();
      const next = await start();
      expect(await query(next.url, 'SELECT 1 AS answer')).toEqual([{ answer: 1 }]);
    });

    it('tells when its watchdog is gone, and can still be stopped', async () => {
      const server = await start();
      const cut = lost(await connect(server.url));
      process.kill(parentOf(postmaster(cluster)), 'SIGKILL');
      expect((await server.exited).expected).toBe(false);
      await server.stop();
      await cut;
    });

    it('outlives the signals that end an app', async () => {
      const app = startApp();
      const url = await app.event('url');
      const watchdog = parentOf(postmaster(cluster));
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(watchdog, signal);
      // Ctrl-C: the whole group in the terminal's foreground gets it.
      process.kill(-app.pid, 'SIGINT');
      expect(await app.event('answerAfterInterrupt')).toBe(1);
      // And is still looked after.
      const cut = lost(await connect(url));
      await app.kill();
      await cut;
    });

    it('starts after an initdb that was killed halfway', async () => {
      useDataDir('interrupted');
      const app = startApp();
      await until(async () => (await entries(join(dataDir, 'postgres'))).some(isUnfinished));
      await app.kill();
      expect(await entries(join(dataDir, 'postgres'))).not.toContain('data');
      const next = await start();
      expect(await query(next.url, 'SELECT 1 AS answer')).toEqual([{ answer: 1 }]);
      await next.stop();
      await start();
      expect((await entries(join(dataDir, 'postgres'))).filter(isUnfinished)).toEqual([]);
    });

    it('takes its data along when it is disposable', async () => {
      useDataDir('disposable');
      const app = startApp({ disposable: true });
      await app.event('url');
      await app.kill();
      await until(async () => !(await entries(parent)).includes('disposable'));
    });
  });

  describe('when something is in its way', () => {
    it('is refused to a second Mintmark, in one line, until the first has stopped', async () => {
      const app = startApp();
      const url = await app.event('url');
      await expect(start()).rejects.toMatchObject({
        name: 'DataDirInUse',
        message: expect.stringMatching(/^Another Mintmark is running on .*$/) as string,
      });
      expect(await query(url, 'SELECT 1 AS answer')).toEqual([{ answer: 1 }]);
      await app.stop();
      await start();
    });

    it('does not take a process for its own that has the id of a dead one', async () => {
      const first = await start();
      const pidFile = readFileSync(join(cluster, 'postmaster.pid'), 'utf8');
      await first.stop();
      writeFileSync(join(cluster, 'postmaster.pid'), pidFile.replace(/^\d+/, String(process.pid)));
      const second = await start();
      expect(await query(second.url, 'SELECT 1 AS answer')).toEqual([{ answer: 1 }]);
      expect(logged).not.toContainEqual(expect.stringContaining('left running'));
    });

    it('goes to another port when its last one is taken', async () => {
      const first = await start();
      await first.stop();
      const squatter = await occupy(first.port);
      try {
        const second = await start();
        expect(second.port).not.toBe(first.port);
        expect(await query(second.url, 'SELECT 1 AS answer')).toEqual([{ answer: 1 }]);
      } finally {
        squatter.close();
      }
    });

    it('says which version made the data when it cannot read it', async () => {
      useDataDir('old-version');
      await (await start()).stop();
      await writeFile(join(cluster, 'PG_VERSION'), '9\n');
      await expect(start()).rejects.toMatchObject({
        name: 'DataDirVersionMismatch',
        message: expect.stringMatching(/^The data in .* was made by PostgreSQL 9, .*$/) as string,
      });
    });

    it('says what PostgreSQL complained of', async () => {
      useDataDir('broken');
      await (await start()).stop();
      await rm(join(cluster, 'global', 'pg_control'));
      await expect(start()).rejects.toMatchObject({
        name: 'ServerDidNotStart',
        message: expect.stringMatching(
          /^PostgreSQL did not start: .*could not open .*pg_control.*$/,
        ) as string,
      });
      // And gives the folder back.
      await rm(join(dataDir, 'postgres'), { recursive: true });
      await start();
    });

    it('says to set DATABASE_URL where there are no binaries', async () => {
      const start = startEmbeddedServer({ dataDir, packageRoot: parent, log: () => undefined });
      await expect(start).rejects.toMatchObject({
        name: 'PlatformNotSupported',
        message: expect.stringMatching(/^No embedded PostgreSQL here: .* Set DATABASE_URL .*$/) as string,
      });
    });

    it('says when DATA_DIR is no folder', async () => {
      useDataDir('a-file');
      await writeFile(dataDir, '');
      await expect(start()).rejects.toMatchObject({ name: 'DataDirUnusable' });
    });

    it('finds its data by any path, however long, and bounds its log', async () => {
      useDataDir('long'.repeat(30));
      await mkdir(join(dataDir, 'postgres'), { recursive: true });
      await chmod(dataDir, 0o711);
      await chmod(join(dataDir, 'postgres'), 0o711);
      await writeFile(join(dataDir, 'postgres', 'server.log'), 'x'.repeat(6 * 1024 * 1024));
      await start();
      await expect(start()).rejects.toMatchObject({ name: 'DataDirInUse' });
      expect((await stat(join(dataDir, 'postgres', 'server.log'))).size).toBeLessThan(100_000);
    });
  });

  async function serverLog(): Promise<string> {
    return readFile(join(dataDir, 'postgres', 'server.log'), 'utf8');
  }
});

const isUnfinished = (entry: string): boolean => entry.startsWith('initialising-');

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}

async function query(url: string, text: string): Promise<unknown[]> {
  const client = await connect(url);
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

/** Resolves when the server is no longer there for this client. */
async function lost(client: pg.Client): Promise<void> {
  // The server's goodbye is what is waited for, not a failure.
  client.on('error', () => undefined);
  await new Promise<void>((ended) => client.once('end', ended));
}

/** Looks again until it is so; the test's own time limit is the limit. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((next) => setImmediate(next));
}

async function entries(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

async function occupy(port: number): Promise<Server> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function postmaster(cluster: string): number {
  return Number(readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')[0]);
}

/** The watchdog of a postmaster. */
function parentOf(pid: number): number {
  if (process.platform !== 'linux') return Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(pid)]));
  return Number(/\) \S (\d+) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]);
}
