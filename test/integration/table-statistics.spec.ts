import { ONE_AT_A_TIME } from '../../src/identity/identity-links.queries.js';
import { CrosswalkBook } from '../../src/identity/crosswalk-book.js';
import { IdentityLinks } from '../../src/identity/identity-links.js';
import { newListings, STORED_IDS } from '../../src/ingestion/page-writer.queries.js';
import { Market, coinGeckoRow, coinPaprikaRow, rowsOf } from '../support/market.js';
import { startService } from '../support/service.js';
import type { Service } from '../support/service.js';
import { until } from '../support/until.js';

describe('what PostgreSQL knows of its tables after a run', () => {
  let market: Market;
  let service: Service;

  beforeEach(async () => {
    market = await Market.open();
    service = await startService({
      environment: { ...market.environment, COINGECKO_MAX_COINS: '2000', ETL_TICK_SECONDS: '3600' },
    });
  });
  afterEach(async () => {
    await service.stop();
    await market.close();
  });

  const known = async (): Promise<Record<string, string>> => {
    const rows = await service.rows<{ name: string; analyses: string }>(
      `SELECT relname AS name, analyze_count::text AS analyses FROM pg_stat_user_tables
       WHERE relname IN ('coins', 'listings', 'listing_contracts', 'identity_links')`,
    );
    return Object.fromEntries(rows.map(({ name, analyses }) => [name, analyses]));
  };
  const analysed = (times: string): Promise<unknown> =>
    until(`PostgreSQL to have analysed all ${times} times`, async () =>
      Object.values(await known()).every((analyses) => analyses === times),
    );

  it('is gathered when they have grown much, and not for a few rows more', async () => {
    for (const [listed, times] of [
      [500, '1'],
      [520, null],
      [1_100, '2'],
    ] as const) {
      market.coinGecko = rowsOf(listed, coinGeckoRow, { from: 0 });
      expect(await service.run('coingecko')).toMatchObject({ status: 'success' });
      if (times !== null) await analysed(times);
    }
  });

  it('is what statements that come with every page are planned by anew, until it is enough to keep a plan', async () => {
    const mode = (): Promise<string> =>
      service.database.dataSource.transaction(async (manager) => {
        await manager.query(ONE_AT_A_TIME);
        const rows: { plan_cache_mode: string }[] = await manager.query('SHOW plan_cache_mode');
        return rows[0]?.plan_cache_mode ?? '';
      });
    expect(await mode()).toBe('force_custom_plan');
    market.coinPaprika = rowsOf(4_000, coinPaprikaRow, { from: 0 });
    await service.run('coinpaprika');
    expect(await mode()).toBe('force_custom_plan');
    await service.rows(
      `INSERT INTO listing_contracts (source, source_coin_id, chain, address, chain_key, address_key, feed, seen_at)
       SELECT 'csv', 'asset-' || i, 'eth', 'x' || i, 'ethereum', 'x' || i, 'contracts', now()
       FROM generate_series(1, 12000) i`,
    );
    expect(await mode()).toBe('auto');
  });

  it('is gathered again by whoever decides, where a table was looked at while it was being filled', async () => {
    const { dataSource } = service.database;
    const filling = dataSource.createQueryRunner();
    await filling.startTransaction();
    await filling.query(
      `INSERT INTO listing_contracts (source, source_coin_id, chain, address, chain_key, address_key, feed, seen_at)
       SELECT 'csv', 'asset-' || i, 'eth', 'x' || i, 'ethereum', 'x' || i, 'contracts', now()
       FROM generate_series(1, 5000) i`,
    );
    await dataSource.query('ANALYZE listing_contracts');
    await filling.commitTransaction();
    await filling.release();
    const believed = async (): Promise<number | undefined> => {
      const rows = await dataSource.query<{ rows: number }[]>(
        `SELECT reltuples::int AS rows FROM pg_class WHERE oid = 'listing_contracts'::regclass`,
      );
      return rows[0]?.rows;
    };
    expect(await believed()).toBe(0);

    await dataSource.transaction((manager) => new IdentityLinks(new CrosswalkBook([])).begin(manager));

    expect(await believed()).toBe(5000);
  });

  it('leads to the listings and contracts of a source that comes later by their ids', async () => {
    market.coinPaprika = rowsOf(600, coinPaprikaRow, { from: 0 });
    expect(await service.run('coinpaprika')).toMatchObject({ status: 'success' });
    await analysed('1');
    await service.rows(
      `INSERT INTO listing_contracts (source, source_coin_id, chain, address, chain_key, address_key, feed, seen_at)
       SELECT source, source_coin_id, 'eth', source_coin_id, 'ethereum', source_coin_id, 'contracts', now() FROM listings`,
    );
    await service.rows('ANALYZE listing_contracts');
    const ids = rowsOf(250, coinGeckoRow, { from: 0 }).map(({ id }) => id);
    for (const [statement, index] of [
      [STORED_IDS, 'listings_source_key'],
      [newListings('1'), 'listing_contracts_pkey'],
    ] as const) {
      const [plan] = await service.rows<{ 'QUERY PLAN': unknown }>(`EXPLAIN (FORMAT JSON) ${statement}`, [
        'coingecko',
        ids,
      ]);
      const used = JSON.stringify(plan).match(/"Index Name":"(listing[^"]*)"/g);
      expect({ statement, used }).toEqual({ statement, used: [`"Index Name":"${index}"`] });
    }
  });
});
