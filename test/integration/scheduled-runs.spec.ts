import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';
import { LockHolder } from '../support/lock-holder.js';
import { Market, coinGeckoRow, coinPaprikaRow, rowsOf } from '../support/market.js';
import { hang, json } from '../support/misbehaving-server.js';
import { startService } from '../support/service.js';
import type { Service } from '../support/service.js';
import { until } from '../support/until.js';

const SOURCES = ['coingecko', 'coinpaprika', 'csv'];

describe('the scheduler', () => {
  let market: Market;
  let database: TestDatabase;
  const services: Service[] = [];

  const start = async (): Promise<Service> => {
    const service = await startService({
      database,
      environment: { ...market.environment, ETL_ON_STARTUP: 'true', ETL_TICK_SECONDS: '0.05' },
    });
    services.push(service);
    return service;
  };
  const stop = (): Promise<unknown> => Promise.all(services.splice(0).map((service) => service.stop()));
  const runs = (): Promise<{ source: string; trigger: string; status: string; instance: string }[]> =>
    database.dataSource.query(
      `SELECT source, trigger, status, instance FROM etl_runs ORDER BY source, run_id`,
    );
  const allEnded = (count: number): Promise<unknown> =>
    until(`${count} runs`, async () => {
      const all = await runs();
      return all.length >= count && all.every(({ status }) => status !== 'running');
    });

  beforeEach(async () => {
    market = await Market.open();
    market.coinGecko = rowsOf(20, coinGeckoRow);
    market.coinPaprika = rowsOf(20, coinPaprikaRow);
    database = await createTestDatabase();
  });
  afterEach(async () => {
    await stop();
    await database.drop();
    await market.close();
  });

  it('runs each source that is due once, however many replicas look for work', async () => {
    const replicas = await Promise.all([start(), start(), start()]);
    for (let round = 1; round <= 3; round++) {
      await allEnded(SOURCES.length * round);
      await database.dataSource.query('UPDATE etl_checkpoints SET next_due_at = now()');
    }
    await allEnded(SOURCES.length * 4);
    await stop();
    expect(replicas).toHaveLength(3);
    expect((await runs()).map(({ source, trigger, status }) => [source, trigger, status])).toEqual(
      SOURCES.flatMap((source) => Array.from({ length: 4 }, () => [source, 'schedule', 'success'])),
    );
    expect(market.asked(/markets.*&page=1&/)).toHaveLength(4);
    const checkpoints = await database.dataSource.query<unknown[]>(
      `SELECT source, total_runs, finished_runs, successful_runs, fence,
              round(extract(epoch FROM next_due_at - last_success_at))::int AS next
       FROM etl_checkpoints ORDER BY source`,
    );
    const counted = { total_runs: '4', finished_runs: '4', successful_runs: '4', fence: '4', next: 1800 };
    expect(checkpoints).toEqual(SOURCES.map((source) => ({ source, ...counted })));
  });

  it('doesn’t let a source that keeps silent hold up the API or the others', async () => {
    market.spoil(/api\/v3/, hang);
    const service = await start();
    expect((await service.get('/data')).status).toBe(200);
    for (const source of ['coinpaprika', 'csv'])
      expect(await service.ended(source)).toMatchObject({ status: 'success' });
    expect((await service.get('/runs?source=coingecko')).body.data).toMatchObject([{ status: 'running' }]);
    expect((await service.get('/health')).body.status).toBe('degraded');
  });

  it('stops when the page under way has been committed, and leaves the source to the next process', async () => {
    market.coinGecko = rowsOf(300, coinGeckoRow);
    const service = await start();
    await allEnded(3);
    let stopped: Promise<unknown> = Promise.resolve();
    const events: string[] = [];
    await LockHolder.during(database.dataSource, async (holder) => {
      market.spoil(/markets.*&page=1&/, async (request, response) => {
        await holder.query(`SELECT 1 FROM etl_checkpoints WHERE source = 'coingecko' FOR UPDATE`);
        return json(market.coinGecko.slice(0, 250))(request, response);
      });
      await service.begin('coingecko');
      await holder.waiting();
      stopped = stop().then(() => events.push('stopped'));
      await until('the service to be going away', async () => {
        const { status } = await fetch(`${service.url}/health/ready`);
        return status === 503;
      });
      events.push('released');
    });
    await stopped;
    expect(events).toEqual(['released', 'stopped']);
    const [run] = await database.dataSource.query<object[]>(
      `SELECT r.status, r.pages, c.cursor, c.lease_owner, c.next_due_at <= now() AS due
       FROM etl_runs r JOIN etl_checkpoints c USING (source) WHERE source = 'coingecko' ORDER BY run_id DESC LIMIT 1`,
    );
    expect(run).toEqual({
      status: 'interrupted',
      pages: 1,
      cursor: { page: 2 },
      lease_owner: null,
      due: true,
    });
    market.heal();
    await start();
    await allEnded(5);
    expect(
      await database.dataSource.query(
        `SELECT status, pages, resumed FROM etl_runs WHERE source = 'coingecko' ORDER BY run_id DESC LIMIT 1`,
      ),
    ).toEqual([{ status: 'success', pages: 1, resumed: true }]);
  });
});
