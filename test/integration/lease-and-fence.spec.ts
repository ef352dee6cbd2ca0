import type { Cursor, Memory } from '../../src/ingestion/source-adapter.js';
import { Checkpoints, LeaseLost } from '../../src/ingestion/checkpoints.js';
import type { Claim } from '../../src/ingestion/checkpoints.js';
import { IngestionService } from '../../src/ingestion/ingestion.service.js';
import type { StartedRun } from '../../src/ingestion/ingestion.service.js';
import { SourceQuotaSpent } from '../../src/ingestion/source-errors.js';
import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';
import { committedBefore } from '../support/committed-page.js';
import { LockHolder } from '../support/lock-holder.js';
import { Market, coinGeckoRow, minutesAgo, rowsOf } from '../support/market.js';
import { json } from '../support/misbehaving-server.js';
import type { Behaviour } from '../support/misbehaving-server.js';
import { startService } from '../support/service.js';
import type { Service } from '../support/service.js';
import { dumpTables } from '../support/table-dump.js';
import { until } from '../support/until.js';

const PAGE_2 = /markets.*&page=2&/;

/** All that a run writes, in an order in which they can be emptied. */
const TABLES = [
  'etl_runs',
  'etl_checkpoints',
  'raw_pages',
  'identity_links',
  'quotes',
  'listings',
  'listing_contracts',
  'coins',
  'quarantine',
  'source_schemas',
];

/** Answers nobody until it is opened. */
function gate(behind: Behaviour): { readonly behaviour: Behaviour; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return {
    behaviour: async (request, response) => {
      await opened;
      return behind(request, response);
    },
    open: () => {
      open();
    },
  };
}

describe('who may write for a source', () => {
  let market: Market;
  let database: TestDatabase;
  let one: Service;
  let other: Service;

  const start = (environment: Record<string, string> = {}): Promise<Service> =>
    startService({
      database,
      environment: {
        ...market.environment,
        COINGECKO_MAX_COINS: '750',
        // Who claims here is the test alone.
        ETL_TICK_SECONDS: '3600',
        ...environment,
      },
    });
  const checkpointsOf = ({ app }: Service): Checkpoints => app.get(Checkpoints, { strict: false });
  const rows = <Row extends object>(sql: string, parameters?: unknown[]): Promise<Row[]> =>
    database.dataSource.query(sql, parameters);
  const checkpoint = async (): Promise<Record<string, unknown>> => {
    const [row] = await rows<Record<string, unknown>>(
      `SELECT *, lease_expires_at > now() AS leased FROM etl_checkpoints WHERE source = 'coingecko'`,
    );
    return row ?? {};
  };
  const claimed = async (by: Checkpoints): Promise<Claim> => {
    const claim = await by.claim('coingecko', 'manual');
    if (!claim) throw new Error('coingecko could not be claimed');
    return claim;
  };
  const expire = (): Promise<unknown> =>
    rows(`UPDATE etl_checkpoints SET lease_expires_at = now() WHERE lease_expires_at > now()`);
  const begun = async (service: Service): Promise<StartedRun> => {
    const { started } = await service.app.get(IngestionService, { strict: false }).runNow(['coingecko']);
    const [run] = started;
    if (!run) throw new Error('coingecko was not started');
    return run;
  };

  beforeAll(async () => {
    market = await Market.open();
    market.coinGecko = rowsOf(520, coinGeckoRow);
    database = await createTestDatabase();
    [one, other] = [await start(), await start()];
  });
  afterEach(async () => {
    market.heal();
    // As before the first run; cheaper than two services on a new database.
    for (const table of TABLES) await rows(`DELETE FROM ${table}`);
    await checkpointsOf(one).ensure(['coinpaprika', 'coingecko', 'csv']);
  });
  afterAll(async () => {
    await one.stop();
    await other.stop();
    await database.drop();
    await market.close();
  });

  it('is one of two that claim at once, every time', async () => {
    const [mine, its] = [checkpointsOf(one), checkpointsOf(other)];
    for (let round = 1; round <= 10; round++) {
      const claims = await Promise.all([mine, its, mine, its].map((by) => by.claim('coingecko', 'manual')));
      const [won, ...more] = claims.filter((claim) => claim !== null);
      expect(more).toEqual([]);
      expect(won).toMatchObject({ fence: String(round) });
      if (won) await mine.release(won, []);
    }
    expect(await rows('SELECT status FROM etl_runs')).toEqual(Array(10).fill({ status: 'interrupted' }));
    const answers = await Promise.all(
      [one, other].map((by) => by.post('/etl/run?source=coingecko', by.authorization)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 409]);
    await one.ended('coingecko');
  });

  it('is whoever comes after the lease has expired; the run of the one before is interrupted', async () => {
    const [mine, its] = [checkpointsOf(one), checkpointsOf(other)];
    const claim = await claimed(mine);
    const advance = (cursor: Cursor, memory?: Memory): Promise<void> =>
      database.dataSource.transaction((manager) =>
        mine.advance(manager, claim, { cursor, memory, newListings: 0, dataAsOf: null }),
      );
    await advance({ page: 2 }, { catalogueAt: minutesAgo(1).toISOString() });
    expect(await its.claim('coingecko', 'manual')).toBeNull();
    await expire();
    const next = await claimed(its);
    expect(next).toMatchObject({ fence: '2', cursor: { page: 2 }, interrupted: [claim.runId] });
    const { body } = await one.get('/runs?source=coingecko');
    expect(body.data).toMatchObject([
      { status: 'running', resumed: true },
      { status: 'interrupted', error: { code: 'interrupted' }, finished_at: expect.any(String) },
    ]);
    for (const write of [
      mine.renew(claim),
      mine.reserveRequest(claim, null),
      mine.finish(claim, []),
      mine.release(claim, []),
      advance({ page: 9 }),
    ])
      await expect(write).rejects.toThrow(LeaseLost);
    expect(await checkpoint()).toMatchObject({ cursor: { page: 2 }, fence: '2', leased: true });
    await its.release(next, []);
  });

  it('does not become whoever was paused: its page is rolled back as a whole', async () => {
    // Prices that must never be seen.
    const late = gate(
      json(
        rowsOf(250, coinGeckoRow, { from: 250, at: minutesAgo(1) }).map((row) => ({
          ...row,
          current_price: 666,
        })),
      ),
    );
    const before = market.asked(PAGE_2).length;
    market.spoil(PAGE_2, late.behaviour);
    const paused = await begun(one);
    await until('page 2 to be asked for', () => Promise.resolve(market.asked(PAGE_2).length > before));
    await committedBefore(2, database.dataSource);
    market.heal();
    await expire();
    expect(await other.run('coingecko')).toMatchObject({ status: 'success', pages: 2, resumed: true });
    const [tables, runs] = [
      await dumpTables(database.dataSource),
      await rows('SELECT * FROM etl_runs ORDER BY 1'),
    ];
    late.open();
    expect(await paused.ended).toBe('lost');
    expect(await dumpTables(database.dataSource)).toEqual(tables);
    expect(await rows('SELECT * FROM etl_runs ORDER BY 1')).toEqual(runs);
    expect(runs).toMatchObject([{ status: 'interrupted', pages: 2 }, { status: 'success' }]);
    expect(await rows('SELECT 1 FROM quotes WHERE price = 666')).toEqual([]);
  });

  it('stays who it is through an answer that takes longer than a lease', async () => {
    await one.stop();
    one = await start({ ETL_LEASE_SECONDS: '2' });
    const slow = gate(json(market.coinGecko.slice(250, 500)));
    const before = market.asked(PAGE_2).length;
    market.spoil(PAGE_2, slow.behaviour);
    const run = await begun(one);
    await until('page 2 to be asked for', () => Promise.resolve(market.asked(PAGE_2).length > before));
    await committedBefore(2, database.dataSource);
    const { lease_expires_at: first } = await checkpoint();
    await until('the time of the first lease to be over', async () => {
      expect(await checkpointsOf(other).claim('coingecko', 'manual')).toBeNull();
      const [over] = await rows('SELECT 1 WHERE now() > $1::timestamptz', [first]);
      return over;
    });
    expect(await checkpoint()).toMatchObject({ leased: true, fence: '1' });
    market.heal();
    slow.open();
    expect(await run.ended).toBe('success');
    await one.stop();
    one = await start();
  });

  it('is nobody after a heartbeat that comes late', async () => {
    const [mine, its] = [checkpointsOf(one), checkpointsOf(other)];
    const claim = await claimed(mine);
    await mine.finish(claim, []);
    await expect(mine.renew(claim)).rejects.toThrow(LeaseLost);
    expect(await checkpoint()).toMatchObject({ lease_owner: null, lease_expires_at: null });
    await its.release(await claimed(its), []);
  });

  it('counts a run once that ends while its source is being claimed', async () => {
    const [mine, its] = [checkpointsOf(one), checkpointsOf(other)];
    const claim = await claimed(mine);
    await expire();
    const next = await LockHolder.during(database.dataSource, async (ending) => {
      await ending.query('SELECT 1 FROM etl_checkpoints FOR UPDATE');
      const claiming = its.claim('coingecko', 'manual');
      await ending.waiting();
      await ending.query(`UPDATE etl_runs SET status = 'success', finished_at = now() WHERE run_id = $1`, [
        claim.runId,
      ]);
      await ending.query(
        `UPDATE etl_checkpoints SET lease_owner = NULL, lease_expires_at = NULL, finished_runs = 1, successful_runs = 1`,
      );
      return { claiming };
    });
    expect(await next.claiming).toMatchObject({ interrupted: [] });
    expect(await checkpoint()).toMatchObject({ finished_runs: '1', total_runs: '2' });
  });

  it('gives its source back when it is shut down, and the next one goes on at once', async () => {
    const late = gate(json([]));
    const before = market.asked(PAGE_2).length;
    market.spoil(PAGE_2, late.behaviour);
    const run = await begun(one);
    await until('page 2 to be asked for', () => Promise.resolve(market.asked(PAGE_2).length > before));
    await committedBefore(2, database.dataSource);
    market.heal();
    await one.stop();
    late.open();
    expect(await run.ended).toBe('interrupted');
    expect(await checkpoint()).toMatchObject({
      cursor: { page: 2 },
      lease_owner: null,
      failures_in_a_row: 0,
    });
    expect(await checkpointsOf(other).due(['coingecko'])).toEqual(['coingecko']);
    expect(await other.run('coingecko')).toMatchObject({ status: 'success', pages: 2, resumed: true });
    const { body } = await other.get('/runs?source=coingecko&status=interrupted');
    expect(body.data).toMatchObject([{ pages: 2, error: { code: 'interrupted' } }]);
    one = await start();
  });

  it('starts nothing once it is told to stop, and waits for what it had begun to start', async () => {
    const ingestion = one.app.get(IngestionService, { strict: false });
    const { starting, stopped } = await LockHolder.during(database.dataSource, async (claimed) => {
      await claimed.query('SELECT 1 FROM etl_checkpoints FOR UPDATE');
      const begun = ingestion.runNow(['coingecko']);
      await claimed.waiting();
      return { starting: begun, stopped: ingestion.beforeApplicationShutdown() };
    });
    const { started } = await starting;
    await stopped;
    expect(started).toHaveLength(1);
    for (const run of started)
      expect(await Promise.race([run.ended, Promise.resolve('still running')])).toBe('interrupted');
    expect(await checkpoint()).toMatchObject({ lease_owner: null });
    await expect(ingestion.runNow(['coingecko'])).rejects.toThrow(/is stopping/);
    expect(await rows(`SELECT 1 FROM etl_runs WHERE status = 'running'`)).toEqual([]);
    await one.stop();
    one = await start();
  });

  it('asks no more than a month’s quota, restarts or not, and goes on in the next month', async () => {
    await one.stop();
    await other.stop();
    const before = market.server.requests.length;
    const quota = { COINGECKO_MONTHLY_QUOTA: '2' };
    [one, other] = [await start(quota), await start(quota)];
    const spent = {
      code: 'source_quota_spent',
      message: expect.stringContaining('all 2 requests of this month'),
    };
    expect(await one.run('coingecko')).toMatchObject({ status: 'failed', pages: 2, error: spent });
    expect(market.server.requests.length - before).toBe(2);
    expect(await checkpoint()).toMatchObject({
      quota_used: 2,
      cursor: { page: 2 },
      error_code: 'source_quota_spent',
    });
    expect((await other.get('/health')).body.etl_status.sources.coingecko).toMatchObject({
      status: 'rate_limited',
    });
    expect((await other.post('/etl/run?source=coingecko', other.authorization)).status).toBe(409);

    await rows('UPDATE etl_checkpoints SET cool_down_until = NULL');
    expect(await other.run('coingecko')).toMatchObject({
      status: 'failed',
      pages: 0,
      resumed: true,
      error: spent,
    });
    expect(market.server.requests.length - before).toBe(2);

    await rows(
      `UPDATE etl_checkpoints SET cool_down_until = NULL, quota_month = quota_month - interval '1 month'`,
    );
    expect(await one.run('coingecko')).toMatchObject({ status: 'success', pages: 2, resumed: true });
    expect(market.server.requests.length - before).toBe(4);
    expect(await checkpoint()).toMatchObject({ quota_used: 2, error_code: null });
  });

  it('never gives out the last request twice', async () => {
    const mine = checkpointsOf(one);
    const claim = await claimed(mine);
    const asked = await Promise.allSettled(Array.from({ length: 8 }, () => mine.reserveRequest(claim, 5)));
    const refused = asked.flatMap((outcome): unknown[] =>
      outcome.status === 'rejected' ? [outcome.reason] : [],
    );
    expect(refused).toHaveLength(3);
    for (const error of refused) expect(error).toBeInstanceOf(SourceQuotaSpent);
    expect(await checkpoint()).toMatchObject({ quota_used: 5 });
    await mine.release(claim, []);
  });
});
