import { committedBefore } from '../support/committed-page.js';
import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';
import { LockHolder } from '../support/lock-holder.js';
import { Market, coinGeckoRow, coinPaprikaRow, rowsOf } from '../support/market.js';
import { answer, hang } from '../support/misbehaving-server.js';
import { startService } from '../support/service.js';
import type { Service, ServiceOptions } from '../support/service.js';
import { dumpTables } from '../support/table-dump.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

/** Three pages of markets. */
const COINS = 520;
const PAGE_3 = /markets.*&page=3&/;

describe('runs in a thread of their own', () => {
  let market: Market;
  const databases: TestDatabase[] = [];
  const services: Service[] = [];

  const start = async (
    runThread: ServiceOptions['runThread'],
    on?: TestDatabase,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<Service> => {
    const database = on ?? (await createTestDatabase());
    if (!on) databases.push(database);
    const service = await startService({
      database,
      runThread,
      environment: {
        ...market.environment,
        COINGECKO_MAX_COINS: '750',
        ETL_TICK_SECONDS: '3600',
        ...environment,
      },
    });
    services.push(service);
    return service;
  };
  const series = async (service: Service): Promise<Map<string, number>> => {
    const { text } = await service.get('/metrics');
    return new Map(
      text.split('\n').flatMap((line) => {
        const [name, value] = line.split(' ');
        return name && value && !name.startsWith('#') ? [[name, Number(value)] as const] : [];
      }),
    );
  };

  beforeAll(async () => {
    market = await Market.open();
    market.coinGecko = rowsOf(COINS, coinGeckoRow);
    market.coinPaprika = rowsOf(20, coinPaprikaRow);
  });

  afterEach(async () => {
    market.heal();
    await Promise.all(services.splice(0).map((service) => service.stop()));
    await Promise.all(databases.splice(0).map((database) => database.drop()));
  });

  afterAll(() => market.server.close());

  it('load what they load in this one, and are counted here', async () => {
    const here = await start(undefined);
    const there = await start('run-thread.cjs');
    const before = await series(there);
    await here.run('coinpaprika');
    await here.run('coingecko');
    const between = await series(there);
    await there.run('coinpaprika');
    const run = await there.run('coingecko');
    const after = await series(there);

    expect(run).toMatchObject({ status: 'success', pages: 4, error: null });
    expect(await dumpTables(there.database.dataSource)).toEqual(await dumpTables(here.database.dataSource));
    // The process's registry is one for both services: each has added the same.
    for (const name of [
      'mintmark_pages_total{source="coingecko"}',
      'mintmark_records_total{source="coingecko",outcome="inserted"}',
      'mintmark_runs_total{source="coinpaprika",outcome="success"}',
      'mintmark_upstream_requests_total{source="coingecko",outcome="2xx"}',
    ]) {
      const added = (between.get(name) ?? NaN) - (before.get(name) ?? NaN);
      expect(added).toBeGreaterThan(0);
      expect((after.get(name) ?? NaN) - (between.get(name) ?? NaN)).toBe(added);
    }
  });

  it('are interrupted with their process, and the next goes on at their page', async () => {
    const first = await start('run-thread.cjs');
    market.spoil(PAGE_3, hang);
    const runId = await first.begin('coingecko');
    await committedBefore(3, first.database.dataSource);
    await first.stop();
    services.pop();
    market.heal();
    // What was given back is due; here only the test starts runs.
    await first.database.dataSource.query(
      `UPDATE etl_checkpoints SET next_due_at = now() + interval '1 hour'`,
    );
    const second = await start('run-thread.cjs', first.database);
    const run = await second.run('coingecko');

    expect(run).toMatchObject({ status: 'success', resumed: true, pages: 1 });
    expect(await second.ended('coingecko', runId)).toMatchObject({
      status: 'interrupted',
      error: { code: 'interrupted' },
    });
  });

  it('keep their leases on two connections, though pages of several of them wait to be written', async () => {
    const service = await start('run-thread.cjs', undefined, {
      DATABASE_POOL_SIZE: '4',
      ETL_LEASE_SECONDS: '3',
    });
    const { dataSource } = service.database;
    const runs = await LockHolder.during(dataSource, async (holder) => {
      await holder.query('LOCK TABLE identity_links IN SHARE ROW EXCLUSIVE MODE');
      const begun = [await service.begin('coingecko'), await service.begin('coinpaprika')] as const;
      // Longer than a lease: who could not renew it would have lost it.
      await until('both runs to have lived on', async () => {
        const rows: { lives: number }[] = await dataSource.query(
          `SELECT count(*)::int AS lives FROM etl_runs
           WHERE run_id = ANY($1) AND status = 'running' AND heartbeat_at > started_at + interval '5 seconds'`,
          [begun],
        );
        return rows[0]?.lives === 2;
      });
      await holder.waiting(1);
      return begun;
    });
    expect(await service.ended('coingecko', runs[0])).toMatchObject({ status: 'success' });
    expect(await service.ended('coinpaprika', runs[1])).toMatchObject({ status: 'success' });
  });

  it('fail with their thread, and with nothing else', async () => {
    const service = await start('dying-run-thread.cjs');
    market.spoil(PAGE_3, hang);
    const runId = await service.begin('coingecko');
    await committedBefore(3, service.database.dataSource);
    const fatal = await service.run('coinpaprika');
    const bystander = await service.ended('coingecko', runId);

    for (const run of [fatal, bystander])
      expect(run).toMatchObject({ status: 'failed', error: { code: 'internal_error' } });
    expect((await service.get('/data?limit=1')).body.metadata.total_count).toBe(500);
    market.heal();
    expect(await service.run('coingecko')).toMatchObject({ status: 'success', resumed: true, pages: 1 });
  });

  it('take what they knew of a source with them: the next asks it again', async () => {
    const circuit = async (): Promise<number | undefined> =>
      (await series(service)).get('mintmark_source_circuit_state{source="coingecko"}');
    const service = await start('dying-run-thread.cjs', undefined, { SOURCE_RETRIES: '10' });
    market.spoil(/coins/, answer(500, 'out of order'));
    await service.run('coingecko');
    expect(await circuit()).toBe(2);
    market.heal();
    await service.run('coinpaprika');
    expect(await service.run('coingecko')).toMatchObject({ status: 'success' });
    expect(await circuit()).toBe(0);
  });

  it('don’t keep their process from ending, however deaf they are', async () => {
    const service = await start('looping-run-thread.cjs');
    const runId = await service.begin('coinpaprika');
    await service.stop();
    services.pop();
    const next = await start('run-thread.cjs', service.database);
    expect(await next.ended('coinpaprika', runId)).toMatchObject({
      status: 'failed',
      error: { code: 'internal_error' },
    });
  });
});
