import { CoinWriter } from '../../src/coins/coin-writer.js';
import { LockHolder } from '../support/lock-holder.js';
import { Market, coinGeckoRow, coinPaprikaRow, rowsOf } from '../support/market.js';
import { startService } from '../support/service.js';
import type { Service } from '../support/service.js';

describe('a coin that becomes stale by time alone', () => {
  let market: Market;
  let service: Service;
  let coins: CoinWriter;

  const shown = async (): Promise<unknown> => (await service.get('/data?ids=coin-3')).body.data[0];
  /** As if these hours had passed for the quotes of a source. */
  const age = async (source: string): Promise<void> => {
    await service.rows(`UPDATE listings SET quoted_at = quoted_at - interval '3 hours' WHERE source = $1`, [
      source,
    ]);
    await service.rows(`UPDATE coins SET fresh_until = now() WHERE coin_id = 'coin-3'`);
  };

  beforeAll(async () => {
    market = await Market.open();
    market.coinGecko = rowsOf(5, coinGeckoRow);
    market.coinPaprika = rowsOf(5, coinPaprikaRow);
    // A scheduler that doesn't look: the test does it.
    service = await startService({ environment: { ...market.environment, ETL_TICK_SECONDS: '3600' } });
    coins = service.app.get(CoinWriter, { strict: false });
    await service.run('coingecko');
    await service.run('coinpaprika');
  });
  afterAll(async () => {
    await service.stop();
    await market.close();
  });

  it('loses the vote of the source that fell silent, then says that it is stale', async () => {
    expect(await coins.refreshExpired()).toBe(0);
    expect(await shown()).toMatchObject({ price_status: 'agreed', sources: ['coingecko', 'coinpaprika'] });
    const before = (await service.get('/data?ids=coin-3')).headers.get('etag');

    await age('coinpaprika');
    expect(await coins.refreshExpired()).toBe(1);
    expect(await coins.refreshExpired()).toBe(0);
    expect(await shown()).toMatchObject({ price_status: 'single', current_price: 1.375 });
    expect((await service.get('/data?ids=coin-3')).headers.get('etag')).not.toBe(before);

    await age('coingecko');
    expect(await coins.refreshExpired()).toBe(1);
    expect(await shown()).toMatchObject({ price_status: 'stale', current_price: 1.376375 });
    // Nothing is left that time could change.
    expect(
      await service.rows(`SELECT 1 FROM coins WHERE coin_id = 'coin-3' AND fresh_until IS NULL`),
    ).toHaveLength(1);
  });

  it('is no trouble for replicas that look at the same time, and comes back with a fresh quote', async () => {
    await service.rows(`UPDATE coins SET fresh_until = now()`);
    await Promise.all([coins.refreshExpired(), coins.refreshExpired(), coins.refreshExpired()]);
    expect(await coins.refreshExpired()).toBe(0);
    expect(await service.run('coingecko')).toMatchObject({ updated: 5 });
    expect(await shown()).toMatchObject({ price_status: 'single', current_price: 1.375 });
  });

  it('waits for a page that is being decided on, and holds none of its rows meanwhile', async () => {
    await service.rows(`UPDATE coins SET fresh_until = now()`);
    const refreshes: Promise<number>[] = [];
    await LockHolder.during(service.database.dataSource, async (holder) => {
      await holder.query('LOCK TABLE identity_links IN SHARE ROW EXCLUSIVE MODE');
      refreshes.push(coins.refreshExpired());
      await holder.waiting(1);
      expect(await holder.query('SELECT coin_id FROM coins FOR UPDATE NOWAIT')).toHaveLength(5);
      expect(await holder.query('SELECT listing_id FROM listings FOR UPDATE NOWAIT')).toHaveLength(10);
    });
    expect(await Promise.all(refreshes)).toEqual([5]);
  });

  it('stays as it is while somebody decides for longer than is waited for', async () => {
    await service.rows(`UPDATE coins SET fresh_until = now()`);
    await LockHolder.during(service.database.dataSource, async (holder) => {
      await holder.query('LOCK TABLE identity_links IN SHARE ROW EXCLUSIVE MODE');
      expect(await coins.refreshExpired()).toBe(0);
    });
    expect(await coins.refreshExpired()).toBe(5);
  });
});
