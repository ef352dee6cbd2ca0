import { LockHolder } from '../support/lock-holder.js';
import {
  Market,
  coinGeckoRow,
  coinPaprikaRow,
  ethereumAddress,
  minutesAgo,
  rowsOf,
} from '../support/market.js';
import { startService } from '../support/service.js';
import type { Service } from '../support/service.js';

const NEW_COINS = 500;

describe('pages of two sources at the same moment', () => {
  let market: Market;
  let service: Service;
  /** On the same database: one process writes one page at a time. */
  let replica: Service;

  beforeAll(async () => {
    market = await Market.open();
    const environment = { ...market.environment, COINGECKO_MAX_COINS: '1000', ETL_TICK_SECONDS: '3600' };
    service = await startService({ environment });
    replica = await startService({ environment, database: service.database });
  });
  afterAll(async () => {
    await replica.stop();
    await service.stop();
    await market.close();
  });

  it.each([1, 2, 3])('give each coin once, whoever is first (%d)', async (round) => {
    const from = round * 1000;
    market.coinGecko = rowsOf(NEW_COINS, coinGeckoRow, { from });
    market.coinPaprika = rowsOf(NEW_COINS, coinPaprikaRow, { from });
    let runs: Promise<unknown>[] = [];
    // Both have loaded their listings, and neither can see the other's, when they come to decide.
    await LockHolder.during(service.database.dataSource, async (holder) => {
      await holder.query('LOCK TABLE identity_links IN SHARE ROW EXCLUSIVE MODE');
      runs = [service.run('coingecko'), replica.run('coinpaprika')];
      await holder.waiting(2);
    });
    for (const run of runs) expect(await run).toMatchObject({ status: 'success' });
    const coins = await service.rows(
      `SELECT c.price_status, c.sources, c.merged_into, count(*)::int AS coins
       FROM coins c WHERE c.coin_id ~ $1 GROUP BY 1, 2, 3`,
      [`^coin-${round}[0-9]{3}`],
    );
    expect(coins).toEqual([
      { price_status: 'agreed', sources: ['coingecko', 'coinpaprika'], merged_into: null, coins: NEW_COINS },
    ]);
    const listings = await service.rows<{ of: number; coins: number }>(
      `SELECT of, count(*)::int AS coins FROM (
         SELECT count(*)::int AS of FROM listings WHERE coin_id ~ $1 GROUP BY coin_id) counted GROUP BY of`,
      [`^coin-${round}[0-9]{3}`],
    );
    expect(listings).toEqual([{ of: 2, coins: NEW_COINS }]);
    const links = await service.rows(`SELECT 1 FROM identity_links WHERE revoked_at IS NULL`);
    expect(links).toHaveLength(2 * NEW_COINS * round);
  });

  it.each([1, 2, 3])('derive the same coins one after the other (%d)', async (round) => {
    const at = minutesAgo(9 - round);
    market.coinGecko = rowsOf(NEW_COINS, coinGeckoRow, { from: 1000, at });
    // In the other order: without the one lock they would meet half-way.
    market.coinPaprika = rowsOf(NEW_COINS, coinPaprikaRow, { from: 1000, at }).reverse();
    let runs: Promise<unknown>[] = [];
    await LockHolder.during(service.database.dataSource, async (holder) => {
      await holder.query(`SELECT 1 FROM coins WHERE coin_id = 'coin-1000' FOR NO KEY UPDATE`);
      runs = [service.run('coingecko'), replica.run('coinpaprika')];
      await holder.waiting(2);
    });
    for (const run of runs) expect(await run).toMatchObject({ status: 'success', updated: NEW_COINS });
    const agreed = await service.rows(
      `SELECT 1 FROM coins WHERE coin_id ~ '^coin-1[0-9]{3}' AND price_status = 'agreed'
         AND fresh_until = $1::timestamptz + interval '120 minutes'`,
      [at],
    );
    expect(agreed).toHaveLength(NEW_COINS);
  });

  describe('two lone coins that turn out to be one', () => {
    const [LEFT, RIGHT] = ['aardvark', 'zebra'];
    const meet = async (): Promise<void> => {
      market.contracts = [{ id: 'z-zebra', type: 'ERC20', active: true, address: ethereumAddress(7) }];
      market.catalogue = [
        { id: 'aardvark', symbol: 'a', name: 'Aardvark', platforms: { ethereum: ethereumAddress(7) } },
      ];
      // The day after: both catalogues are asked again.
      await service.rows(
        `UPDATE etl_checkpoints SET memory = '{}' WHERE source IN ('coingecko', 'coinpaprika')`,
      );
    };

    it('are one from the page on that shows it, and the other one is a signpost', async () => {
      market.coinGecko = [coinGeckoRow(7, minutesAgo(5), { id: 'aardvark', symbol: 'a', name: 'Aardvark' })];
      market.coinPaprika = [coinPaprikaRow(7, minutesAgo(5), { id: 'z-zebra', symbol: 'Z', name: 'Zebra' })];
      await service.run('coingecko');
      await service.run('coinpaprika');
      const coinsOf = (): Promise<unknown[]> =>
        service.rows(
          `SELECT coin_id, merged_into, sources, price_status FROM coins WHERE coin_id = ANY($1) ORDER BY coin_id`,
          [[LEFT, RIGHT]],
        );
      expect(await coinsOf()).toEqual([
        { coin_id: LEFT, merged_into: null, sources: ['coingecko'], price_status: 'single' },
        { coin_id: RIGHT, merged_into: null, sources: ['coinpaprika'], price_status: 'single' },
      ]);

      await meet();
      await service.run('coingecko');
      expect(await service.run('coinpaprika')).toMatchObject({ status: 'success' });

      expect(await coinsOf()).toEqual([
        { coin_id: LEFT, merged_into: RIGHT, sources: [], price_status: 'unpriced' },
        // The shorter name stays, whichever came first.
        { coin_id: RIGHT, merged_into: null, sources: ['coingecko', 'coinpaprika'], price_status: 'agreed' },
      ]);
      const links = await service.rows(
        `SELECT l.source, k.coin_id, k.method, k.revoked_at IS NULL AS in_force
         FROM identity_links k JOIN listings l USING (listing_id)
         WHERE source_coin_id IN ('aardvark', 'z-zebra') ORDER BY in_force, l.source`,
      );
      expect(links).toEqual([
        { source: 'coingecko', coin_id: LEFT, method: 'own', in_force: false },
        { source: 'coinpaprika', coin_id: RIGHT, method: 'own', in_force: false },
        { source: 'coingecko', coin_id: RIGHT, method: 'contract', in_force: true },
        { source: 'coinpaprika', coin_id: RIGHT, method: 'contract', in_force: true },
      ]);
    });

    it('stay one when the same pages come again', async () => {
      await service.rows(`UPDATE etl_checkpoints SET memory = '{}'`);
      const rows = `SELECT link_id, ctid::text, xmin::text FROM identity_links`;
      const before = await service.rows(rows);
      for (const source of ['coingecko', 'coinpaprika'])
        expect(await service.run(source)).toMatchObject({ status: 'success', inserted: 0, updated: 0 });
      expect(await service.rows(rows)).toEqual(before);
    });
  });

  it('link a listing whose own page is being loaded without waiting for each other in a ring', async () => {
    const at = minutesAgo(5);
    const lone = coinPaprikaRow(9, at, { id: 'yk-yak-yak', symbol: 'YK', name: 'Yak Yak' });
    market.coinGecko = [coinGeckoRow(9, at, { id: 'yak', symbol: 'yk', name: 'Yak' })];
    market.coinPaprika = [lone];
    await service.run('coingecko');
    await service.run('coinpaprika');
    // CoinGecko's is renamed, so that both are one; CoinPaprika's is new numbers, and a listing to decide on.
    market.coinGecko = [coinGeckoRow(9, minutesAgo(4), { id: 'yak', symbol: 'yk', name: 'Yak Yak' })];
    market.coinPaprika = [
      { ...lone, rank: 77, last_updated: minutesAgo(4).toISOString() },
      coinPaprikaRow(10, at, { id: 'nw-new', symbol: 'NW', name: 'New' }),
    ];
    const runs: Promise<unknown>[] = [];
    await LockHolder.during(service.database.dataSource, async (holder) => {
      await holder.query('LOCK TABLE identity_links IN SHARE ROW EXCLUSIVE MODE');
      runs.push(service.run('coingecko'));
      await holder.waiting(1);
      runs.push(replica.run('coinpaprika'));
      await holder.waiting(2);
    });
    for (const run of runs) expect(await run).toMatchObject({ status: 'success', error: null });
    expect(
      await service.rows(
        `SELECT DISTINCT coin_id FROM listings WHERE source_coin_id IN ('yak', 'yk-yak-yak')`,
      ),
    ).toEqual([{ coin_id: 'yak' }]);
  });

  it('keep a person waiting for some seconds, and then nothing is decided', async () => {
    const pin = { source: 'coingecko', source_coin_id: 'yak', coin_id: 'coin-1000', reason: 'because' };
    const decisions = (): Promise<object[]> => service.rows('SELECT 1 FROM identity_decisions');
    await LockHolder.during(service.database.dataSource, async (holder) => {
      await holder.query('LOCK TABLE identity_links IN SHARE ROW EXCLUSIVE MODE');
      const { status, headers, body } = await service.ask('POST', '/identity/links', {
        headers: { ...service.authorization, 'Content-Type': 'application/json' },
        body: JSON.stringify(pin),
      });
      expect({ status, detail: body.detail }).toEqual({
        status: 503,
        detail: 'A page with this listing is being loaded; try again soon.',
      });
      expect(headers.get('retry-after')).toBe('5');
      // Nobody is left who would decide it all the same.
      expect(
        await service.rows(
          `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        ),
      ).toEqual([]);
    });
    expect(await decisions()).toEqual([]);
  });
});
