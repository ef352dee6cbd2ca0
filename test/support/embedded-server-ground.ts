import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import {
  startEmbeddedServer,
  type EmbeddedServer,
} from '../../src/database/embedded-server/embedded-server.js';
import { EmbeddedServerApp } from './embedded-server-app.js';

/** Data folders for one test file, and everything it starts on them. */
export class EmbeddedServerGround {
  /** The folder around all of them. */
  parent = '';
  dataDir = '';
  cluster = '';
  readonly logged: string[] = [];
  private readonly servers: EmbeddedServer[] = [];
  private readonly apps: EmbeddedServerApp[] = [];

  /** Registers with Jest what makes the folders and what removes them. */
  constructor() {
    beforeAll(async () => {
      this.parent = await mkdtemp(join(tmpdir(), 'mintmark-embedded-'));
      // As root PostgreSQL runs as another user, who has to pass.
      await chmod(this.parent, 0o711);
    });
    beforeEach(() => {
      // One cluster for most tests, because initdb takes the longest; whoever breaks it takes a new one.
      this.useDataDir('shared');
      this.logged.length = 0;
    });
    afterEach(async () => {
      for (const app of this.apps.splice(0)) await app.stop();
      for (const server of this.servers.splice(0)) await server.stop();
    });
    afterAll(async () => {
      await rm(this.parent, { recursive: true, force: true });
    });
  }

  useDataDir(name: string): void {
    this.dataDir = join(this.parent, name);
    this.cluster = join(this.dataDir, 'postgres', 'data');
  }

  async start({ durable = false, packageRoot = process.cwd() } = {}): Promise<EmbeddedServer> {
    const server = await startEmbeddedServer({
      dataDir: this.dataDir,
      packageRoot,
      durable,
      log: (line) => this.logged.push(line),
    });
    this.servers.push(server);
    return server;
  }

  startApp(options: { disposable?: boolean } = {}): EmbeddedServerApp {
    const app = new EmbeddedServerApp({ dataDir: this.dataDir, ...options });
    this.apps.push(app);
    return app;
  }

  postmaster(): number {
    return Number(readFileSync(join(this.cluster, 'postmaster.pid'), 'utf8').split('\n')[0]);
  }

  /** The process between the app and the postmaster. */
  watchdog(): number {
    const pid = this.postmaster();
    if (process.platform !== 'linux') return Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(pid)]));
    return Number(/\) \S (\d+) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]);
  }
}

export async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}

export async function query(url: string, text: string): Promise<unknown[]> {
  const client = await connect(url);
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

/** Resolves when the server is no longer there for this client. */
export async function lost(client: pg.Client): Promise<void> {
  // The server's goodbye is what is waited for, not a failure.
  client.on('error', () => undefined);
  await new Promise<void>((ended) => client.once('end', ended));
}

/** Looks again until it is so; the test's own time limit is the limit. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((next) => setImmediate(next));
}

export async function entries(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
