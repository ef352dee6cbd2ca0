import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { createTestDatabase } from '../support/database.js';
import { LockHolder } from '../support/lock-holder.js';
import { MainProcess } from '../support/main-process.js';
import { coinGeckoRow, Market, rowsOf } from '../support/market.js';
import { hang, tooManyRequests } from '../support/misbehaving-server.js';
import { startService } from '../support/service.js';
import type { RunRow } from '../support/service.js';
import { until } from '../support/until.js';

describe('stopping', () => {
  it('lets an answer that is under way finish, and says good-bye with it', async () => {
    const database = await createTestDatabase();
    const service = await startService({ database });
    try {
      await LockHolder.during(database.dataSource, async (holder) => {
        await holder.query('LOCK TABLE coins IN ACCESS EXCLUSIVE MODE');
        const slow = service.get('/data');
        await holder.waiting();
        let stopped = false;
        const stopping = service.stop().then(() => {
          stopped = true;
        });
        await until('the door to close', async () => {
          try {
            const { status } = await fetch(`${service.url}/health/ready`);
            return status === 503 && undefined;
          } catch {
            return true;
          }
        });
        expect(stopped).toBe(false);
        await holder.query('COMMIT');
        const { status, headers } = await slow;
        expect(status).toBe(200);
        expect(headers.get('connection')).toBe('close');
        await stopping;
      });
    } finally {
      await database.drop();
    }
  });

  it('hands a run that is under way on to the next process', async () => {
    const database = await createTestDatabase();
    const market = await Market.open();
    try {
      market.coinGecko = rowsOf(300, coinGeckoRow);
      market.spoil(/&page=2&/, hang);
      const environment = { ...market.environment, COINGECKO_MAX_COINS: '500' };
      const service = await startService({ database, environment });
      const first = await service.begin('coingecko');
      await until('the second page to be asked for', async () => market.asked(/&page=2&/).length > 0);
      await service.stop();
      const [run] = await database.dataSource.query<{ status: string; pages: number; error_code: string }[]>(
        'SELECT status, pages, error_code FROM etl_runs WHERE run_id = $1',
        [first],
      );
      // The catalogue and the first page of prices.
      expect(run).toEqual({ status: 'interrupted', pages: 2, error_code: 'interrupted' });

      market.heal();
      const next = await startService({ database, environment });
      try {
        // It is due at once, by nobody's order.
        const [resumed] = await until('the run to be resumed', async () => {
          const runs: RunRow[] = (await next.get('/runs?status=success')).body.data;
          return runs.length > 0 && runs;
        });
        expect(resumed).toMatchObject({ trigger: 'schedule', resumed: true, pages: 1, extracted: 50 });
        expect(market.asked(/&page=1&/)).toHaveLength(1);
        expect((await next.get('/data?limit=1')).body.metadata.total_count).toBe(300);
      } finally {
        await next.stop();
      }
    } finally {
      await market.close();
      await database.drop();
    }
  });

  it('remembers what a source asked for at the last moment', async () => {
    const database = await createTestDatabase();
    const market = await Market.open();
    try {
      // Short enough for the run to wait it out, which stopping cuts short.
      market.spoil(/api\/v3/, tooManyRequests('9'));
      const service = await startService({ database, environment: market.environment });
      await service.begin('coingecko');
      await until('the answer to have arrived', async () => {
        const { text } = await service.get('/metrics');
        return /^mintmark_\w*requests\w*\{[^}]*coingecko[^}]*4xx[^}]*\} 1$/m.test(text);
      });
      await service.stop();
      expect(
        await database.dataSource.query(
          `SELECT r.status, r.error_code, c.cursor, extract(epoch FROM c.cool_down_until - r.finished_at)::int AS cool_down
           FROM etl_runs r JOIN etl_checkpoints c USING (source) WHERE r.source = 'coingecko'`,
        ),
      ).toEqual([{ status: 'failed', error_code: 'source_rate_limited', cursor: null, cool_down: 9 }]);
    } finally {
      await market.close();
      await database.drop();
    }
  });

  it('ends at once while it waits for its database', async () => {
    const silent = createServer();
    await new Promise<void>((resolve) => {
      silent.listen(0, '127.0.0.1', resolve);
    });
    const { port } = silent.address() as AddressInfo;
    const asked = once(silent, 'connection') as Promise<[Socket]>;
    try {
      const service = new MainProcess({ DATABASE_URL: `postgres://me@127.0.0.1:${port}/it`, PORT: '0' });
      const [line] = await asked;
      // Not by the signal, which the first process of a container wouldn't hear.
      expect(await service.stop()).toBe(0);
      line.destroy();
    } finally {
      silent.close();
    }
  });
});
