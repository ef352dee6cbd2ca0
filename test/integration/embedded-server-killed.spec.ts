import { join } from 'node:path';
import {
  connect,
  EmbeddedServerGround,
  entries,
  lost,
  query,
  until,
} from '../support/embedded-server-ground.js';

describe('the embedded server', () => {
  const ground = new EmbeddedServerGround();

  describe('when something is killed', () => {
    it('is stopped after kill -9 of its app, and loses nothing that was committed', async () => {
      const app = ground.startApp();
      const url = await app.event('url');
      await query(url, 'CREATE TABLE kept_by_watchdog AS SELECT 42 AS value');
      const cut = lost(await connect(url));
      await app.kill();
      await cut;
      const next = await ground.start();
      expect(await query(next.url, 'SELECT value FROM kept_by_watchdog')).toEqual([{ value: 42 }]);
    });

    it('is found and stopped by the next start after kill -9 of app and watchdog', async () => {
      const app = ground.startApp();
      const url = await app.event('url');
      await query(url, 'CREATE TABLE kept_by_recovery AS SELECT 42 AS value');
      const orphan = ground.postmaster();
      process.kill(ground.watchdog(), 'SIGKILL');
      await app.kill();
      const client = await connect(url);
      const cut = lost(client);
      const next = await ground.start();
      await cut;
      expect(ground.logged).toContainEqual(expect.stringContaining('left running'));
      expect(ground.postmaster()).not.toBe(orphan);
      expect(await query(next.url, 'SELECT value FROM kept_by_recovery')).toEqual([{ value: 42 }]);
    });

    it('tells when it ended by itself', async () => {
      const server = await ground.start();
      process.kill(ground.postmaster(), 'SIGKILL');
      expect(await server.exited).toEqual({ expected: false, reason: 'PostgreSQL was ended by SIGKILL' });
      await server.stop();
      const next = await ground.start();
      expect(await query(next.url, 'SELECT 1 AS answer')).toEqual([{ answer: 1 }]);
    });

    it('tells when its watchdog is gone, and can still be stopped', async () => {
      const server = await ground.start();
      const cut = lost(await connect(server.url));
      process.kill(ground.watchdog(), 'SIGKILL');
      expect((await server.exited).expected).toBe(false);
      await server.stop();
      await cut;
    });

    it('outlives the signals that end an app', async () => {
      const app = ground.startApp();
      const url = await app.event('url');
      const watchdog = ground.watchdog();
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
      ground.useDataDir('interrupted');
      const app = ground.startApp();
      await until(async () => (await entries(join(ground.dataDir, 'postgres'))).some(isUnfinished));
      await app.kill();
      expect(await entries(join(ground.dataDir, 'postgres'))).not.toContain('data');
      const next = await ground.start();
      expect(await query(next.url, 'SELECT 1 AS answer')).toEqual([{ answer: 1 }]);
      await next.stop();
      await ground.start();
      expect((await entries(join(ground.dataDir, 'postgres'))).filter(isUnfinished)).toEqual([]);
    });

    it('takes its data along when it is disposable', async () => {
      ground.useDataDir('disposable');
      const app = ground.startApp({ disposable: true });
      await app.event('url');
      await app.kill();
      await until(async () => !(await entries(ground.parent)).includes('disposable'));
    });
  });
});

const isUnfinished = (entry: string): boolean => entry.startsWith('initialising-');
