import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { chmod, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { connect, EmbeddedServerGround, lost, query } from '../support/embedded-server-ground.js';

describe('the embedded server', () => {
  const ground = new EmbeddedServerGround();

  describe('on an orderly day', () => {
    it('keeps its data, its password and its port over a restart', async () => {
      const first = await ground.start();
      await query(first.url, 'CREATE TABLE kept_by_stop AS SELECT 42 AS value');
      await first.stop();
      const second = await ground.start();
      expect(await query(second.url, 'SELECT value FROM kept_by_stop')).toEqual([{ value: 42 }]);
      expect(second.url).toBe(first.url);
    });

    it('is UTF-8 in UTC, sorts alike everywhere and listens on the loopback only', async () => {
      const { url } = await ground.start();
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
      const careless = await ground.start();
      expect(await query(careless.url, fsync)).toEqual([{ fsync: 'off' }]);
      await careless.stop();
      const careful = await ground.start({ durable: true });
      expect(await query(careful.url, fsync)).toEqual([{ fsync: 'on' }]);
    });

    it('keeps an eighth of the memory for its tables, within reason', async () => {
      const { url } = await ground.start({ durable: true });
      const [row] = await query(
        url,
        "SELECT pg_size_bytes(current_setting('shared_buffers'))::float8 AS bytes",
      );
      const { bytes } = row as { bytes: number };
      const limit = process.constrainedMemory();
      const memory = limit > 0 ? Math.min(limit, totalmem()) : totalmem();
      expect(bytes / 2 ** 20).toBeGreaterThanOrEqual(128);
      expect(bytes / 2 ** 20).toBeLessThanOrEqual(1024);
      if (bytes > 128 * 2 ** 20) expect(bytes).toBeLessThanOrEqual(memory / 8);
      if (bytes < 1024 * 2 ** 20) expect(bytes + 2 ** 20).toBeGreaterThan(memory / 8);
    });

    it('closes data and password to others and wants the password', async () => {
      const { url } = await ground.start();
      expect((await stat(ground.cluster)).mode & 0o777).toBe(0o700);
      expect((await stat(join(ground.dataDir, 'postgres', 'password'))).mode & 0o777).toBe(0o600);
      const wrong = new URL(url);
      wrong.password = 'guessed';
      await expect(query(wrong.href, 'SELECT 1')).rejects.toThrow(/password authentication failed/);
      expect(ground.logged.join('\n')).not.toContain(new URL(url).password);
    });

    it('ends with stop, cleanly, and can be stopped twice', async () => {
      const server = await ground.start();
      await Promise.all([server.stop(), server.stop()]);
      await server.stop();
      expect(await server.exited).toEqual({ expected: true, reason: 'PostgreSQL was stopped' });
      expect(await readFile(join(ground.dataDir, 'postgres', 'server.log'), 'utf8')).toMatch(
        /database system is shut down\s*$/,
      );
      await expect(stat(join(ground.cluster, 'postmaster.pid'))).rejects.toThrow('ENOENT');
    });

    it('lets a process go that forgot to stop it', async () => {
      const app = ground.startApp();
      const client = await connect(await app.event('url'));
      const cut = lost(client);
      await app.stop();
      await cut;
      expect(app.child.exitCode).toBe(0);
    });
  });

  describe('when something is in its way', () => {
    it('is refused to a second Mintmark, in one line, until the first has stopped', async () => {
      const app = ground.startApp();
      const url = await app.event('url');
      await expect(ground.start()).rejects.toMatchObject({
        name: 'DataDirInUse',
        message: expect.stringMatching(/^Another Mintmark is running on .*$/) as string,
      });
      expect(await query(url, 'SELECT 1 AS answer')).toEqual([{ answer: 1 }]);
      await app.stop();
      await ground.start();
    });

    it('does not take a process for its own that has the id of a dead one', async () => {
      const first = await ground.start();
      const pidFile = readFileSync(join(ground.cluster, 'postmaster.pid'), 'utf8');
      await first.stop();
      writeFileSync(join(ground.cluster, 'postmaster.pid'), pidFile.replace(/^\d+/, String(process.pid)));
      const second = await ground.start();
      expect(await query(second.url, 'SELECT 1 AS answer')).toEqual([{ answer: 1 }]);
      expect(ground.logged).not.toContainEqual(expect.stringContaining('left running'));
    });

    it('goes to another port when its last one is taken', async () => {
      const first = await ground.start();
      await first.stop();
      const squatter = await occupy(first.port);
      try {
        const second = await ground.start();
        expect(second.port).not.toBe(first.port);
        expect(await query(second.url, 'SELECT 1 AS answer')).toEqual([{ answer: 1 }]);
      } finally {
        squatter.close();
      }
    });

    it('says which version made the data when it cannot read it', async () => {
      ground.useDataDir('old-version');
      await (await ground.start()).stop();
      await writeFile(join(ground.cluster, 'PG_VERSION'), '9\n');
      await expect(ground.start()).rejects.toMatchObject({
        name: 'DataDirVersionMismatch',
        message: expect.stringMatching(/^The data in .* was made by PostgreSQL 9, .*$/) as string,
      });
    });

    it('says what PostgreSQL complained of', async () => {
      ground.useDataDir('broken');
      await (await ground.start()).stop();
      await rm(join(ground.cluster, 'global', 'pg_control'));
      await expect(ground.start()).rejects.toMatchObject({
        name: 'ServerDidNotStart',
        message: expect.stringMatching(
          /^PostgreSQL did not start: .*could not open .*pg_control.*$/,
        ) as string,
      });
      // And gives the folder back.
      await rm(join(ground.dataDir, 'postgres'), { recursive: true });
      await ground.start();
    });

    it('says to set DATABASE_URL where there are no binaries', async () => {
      await expect(ground.start({ packageRoot: ground.parent })).rejects.toMatchObject({
        name: 'PlatformNotSupported',
        message: expect.stringMatching(/^No embedded PostgreSQL here: .* Set DATABASE_URL .*$/) as string,
      });
    });

    it('says when DATA_DIR is no folder', async () => {
      ground.useDataDir('a-file');
      await writeFile(ground.dataDir, '');
      await expect(ground.start()).rejects.toMatchObject({ name: 'DataDirUnusable' });
    });

    it('takes a long path, and bounds its log', async () => {
      ground.useDataDir('long'.repeat(30));
      await mkdir(join(ground.dataDir, 'postgres'), { recursive: true });
      await chmod(ground.dataDir, 0o711);
      await chmod(join(ground.dataDir, 'postgres'), 0o711);
      await writeFile(join(ground.dataDir, 'postgres', 'server.log'), 'x'.repeat(6 * 1024 * 1024));
      await ground.start();
      await expect(ground.start()).rejects.toMatchObject({ name: 'DataDirInUse' });
      expect((await stat(join(ground.dataDir, 'postgres', 'server.log'))).size).toBeLessThan(100_000);
    });
  });
});

async function occupy(port: number): Promise<Server> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
