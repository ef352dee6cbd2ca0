import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';
import { committedBefore } from '../support/committed-page.js';
import { LockHolder } from '../support/lock-holder.js';
import { Market, Verbatim, coinGeckoRow, coinPaprikaRow, minutesAgo, rowsOf } from '../support/market.js';
import { json } from '../support/misbehaving-server.js';
import { ServiceProcess } from '../support/service-process.js';
import { startService } from '../support/service.js';
import { dumpTables } from '../support/table-dump.js';
import { until } from '../support/until.js';

jest.setTimeout(120_000);

/** The catalogue and three pages of markets. */
const PAGES = 4;
const COINS = 520;
const POINTS = ['fetch', 'commit', 'committed'] as const;

/** A process starts, migrates nothing and reads five pages; on a busy machine beside others like it. */
const SUCCESS_MS = 60_000;

describe('a process that dies or freezes in the middle of a run', () => {
  let market: Market;
  let undisturbed: Record<string, unknown[]>;
  let total: unknown;
  const databases: TestDatabase[] = [];
  const processes: ServiceProcess[] = [];

  /** Every process starts in the background of the one before: loading takes the longest. */
  let next = new ServiceProcess();
  const start = (database: TestDatabase, environment: Record<string, string>): ServiceProcess => {
    const process = next;
    next = new ServiceProcess();
    processes.push(process);
    process.start({
      ...market.environment,
      NODE_ENV: 'test',
      DATABASE_URL: database.url.value,
      PORT: '0',
      HOST: '127.0.0.1',
      LOG_LEVEL: 'silent',
      ETL_TICK_SECONDS: '0.05',
      // Its settings are not those CoinPaprika was prepared with: that alone is no reason to run it here.
      ETL_ON_STARTUP: 'false',
      SOURCES: 'coinpaprika,coingecko',
      COINGECKO_MAX_COINS: '750',
      COINGECKO_RATE_LIMIT: '60000',
      ...environment,
    });
    return process;
  };
  /** A database with CoinPaprika's coins in it, in which CoinGecko is due. */
  const prepared = async (): Promise<TestDatabase> => {
    const database = await createTestDatabase();
    databases.push(database);
    const service = await startService({ database, environment: market.environment });
    await service.run('coinpaprika');
    await service.stop();
    await database.dataSource.query(
      `UPDATE etl_checkpoints SET next_due_at = now() WHERE source = 'coingecko'`,
    );
    return database;
  };
  const succeeded = (database: TestDatabase): Promise<unknown> =>
    until(
      'a run to succeed',
      async () => {
        const rows: unknown[] = await database.dataSource.query(
          `SELECT 1 FROM etl_runs WHERE source = 'coingecko' AND status = 'success'`,
        );
        return rows[0];
      },
      SUCCESS_MS,
    );
  const totalOf = async (database: TestDatabase): Promise<unknown> => {
    const rows: unknown[] = await database.dataSource.query(
      `SELECT sum(pages)::int AS pages, sum(extracted)::int AS extracted, sum(inserted)::int AS inserted,
              sum(updated)::int AS updated, sum(unchanged)::int AS unchanged, sum(quarantined)::int AS quarantined
       FROM etl_runs WHERE source = 'coingecko'`,
    );
    return rows[0];
  };

  beforeAll(async () => {
    market = await Market.open();
    market.coinGecko = rowsOf(COINS, coinGeckoRow);
    for (const index of [7, 300, 510])
      market.coinGecko[index] = coinGeckoRow(index, minutesAgo(10), { current_price: new Verbatim('1e400') });
    // One coin by its contract alone, one twice in a page, one namesake.
    market.coinGecko[9] = coinGeckoRow(9, minutesAgo(10), { symbol: 'other', name: 'Otherwise' });
    market.coinGecko[260] = coinGeckoRow(259, minutesAgo(9), { current_price: 3 });
    market.coinGecko[12] = coinGeckoRow(12, minutesAgo(10), { symbol: 'c13', name: 'Coin 13' });
    market.giveContracts([0, 9]);
    market.coinPaprika = rowsOf(400, coinPaprikaRow);
    const database = await prepared();
    const process = start(database, {});
    await succeeded(database);
    await process.stop();
    [undisturbed, total] = [await dumpTables(database.dataSource), await totalOf(database)];
  });
  afterAll(async () => {
    for (const process of [next, ...processes]) process.signal('SIGKILL');
    for (const process of [next, ...processes]) await process.exited;
    for (const database of databases) await database.drop();
    await market.close();
  });

  it('leaves what a run leaves that was never disturbed, wherever it is killed', async () => {
    expect(total).toMatchObject({ pages: PAGES, extracted: 2 + COINS, quarantined: 3 });
    const database = await prepared();
    for (let page = 1; page <= PAGES; page++) {
      for (const point of POINTS) {
        const process = start(database, { FAULTS: `coingecko:${point}:1:kill` });
        expect(await process.exited).toEqual({ code: null, signal: 'SIGKILL' });
        // Time, as the next process would have to wait for it.
        const [checkpoint]: unknown[] = await database.dataSource
          .query(
            `UPDATE etl_checkpoints SET lease_expires_at = now() WHERE source = 'coingecko' AND lease_expires_at > now()
           RETURNING cursor->'page' AS next`,
          )
          .then(([rows]: [unknown[]]) => rows);
        const loaded = point === 'committed' ? page : page - 1;
        expect({ page, point, checkpoint }).toEqual({
          page,
          point,
          // The catalogue's is the first; a page that isn't full is the last.
          checkpoint: { next: [null, 1, 2, 3, 4][loaded] },
        });
      }
    }
    const last = start(database, {});
    await succeeded(database);
    await last.stop();
    expect(await last.exited).toEqual({ code: 0, signal: null });

    expect(await dumpTables(database.dataSource)).toEqual(undisturbed);
    expect(await totalOf(database)).toEqual(total);
    const runs: { status: string; resumed: boolean }[] = await database.dataSource.query(
      `SELECT status, resumed FROM etl_runs WHERE source = 'coingecko' ORDER BY run_id`,
    );
    expect(runs).toEqual([
      ...Array.from({ length: POINTS.length * PAGES }, (_, run) => ({
        status: 'interrupted',
        resumed: run >= POINTS.length,
      })),
      { status: 'success', resumed: true },
    ]);
  });

  it('writes nothing when it thaws after its lease, and holds up nobody while it is frozen', async () => {
    const database = await prepared();
    const LEASE = { ETL_LEASE_SECONDS: '2' };
    const frozen = await LockHolder.during(database.dataSource, async (holder) => {
      market.spoil(/markets.*&page=2&/, async (request, response) => {
        market.heal();
        // The page is written up to its checkpoint, and waits there with all its locks.
        await committedBefore(2, database.dataSource);
        await holder.query(`SELECT 1 FROM etl_checkpoints WHERE source = 'coingecko' FOR UPDATE`);
        const wrong = market.coinGecko.slice(250, 500).map((row) => ({ ...row, current_price: 666 }));
        return json(wrong)(request, response);
      });
      const process = start(database, LEASE);
      await process.url();
      await until('the page to wait for its checkpoint', async () => {
        const rows: unknown[] = await database.dataSource.query(
          `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%SET cursor%'`,
        );
        return rows[0];
      });
      process.signal('SIGSTOP');
      return process;
    });

    const process = start(database, LEASE);
    await succeeded(database);
    await process.stop();
    const runs = `SELECT status, pages, resumed FROM etl_runs WHERE source = 'coingecko' ORDER BY run_id`;
    expect(await database.dataSource.query(runs)).toEqual([
      { status: 'interrupted', pages: 2, resumed: false },
      { status: 'success', pages: 2, resumed: true },
    ]);
    expect(await dumpTables(database.dataSource)).toEqual(undisturbed);

    frozen.signal('SIGCONT');
    const url = await frozen.url();
    await until('the frozen one to notice', async () => {
      const text = await (await fetch(`${url}/metrics`)).text();
      return /mintmark_runs_total\{[^}]*source="coingecko"[^}]*outcome="lost"[^}]*\} 1/.test(text);
    });
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    await frozen.stop();
    expect(await frozen.exited).toEqual({ code: 0, signal: null });
    expect(await dumpTables(database.dataSource)).toEqual(undisturbed);
  });
});
