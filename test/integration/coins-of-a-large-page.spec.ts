import { coinPaprikaRow, Market, minutesAgo } from '../support/market.js';
import { startService } from '../support/service.js';
import type { Service } from '../support/service.js';

/** More than are derived in one go, and not a multiple of that. */
const COINS = 2_050;

describe('the coins of one answer of thousands', () => {
  let market: Market;
  let service: Service;

  const list = (minutes: number, factor: number): void => {
    const at = minutesAgo(minutes);
    market.coinPaprika = Array.from({ length: COINS }, (_, index) =>
      coinPaprikaRow(index, at, {
        quotes: {
          USD: { price: (index + 1) * factor, volume_24h: 10, market_cap: 20, percent_change_24h: 1 },
        },
      }),
    );
  };

  beforeAll(async () => {
    market = await Market.open();
    service = await startService({ environment: { ...market.environment, SOURCES: 'coinpaprika' } });
    list(9, 1);
    await service.run('coinpaprika');
  });
  afterAll(async () => {
    await service.stop();
    await market.close();
  });

  it('all have the price of their listing when all prices change', async () => {
    list(5, 3);
    expect(await service.run('coinpaprika')).toMatchObject({ status: 'success', updated: COINS });
    const rows: unknown[] = await service.database.dataSource.query(
      `SELECT count(*)::int AS coins, count(DISTINCT c.price)::int AS prices,
              count(*) FILTER (WHERE c.price = l.price AND c.as_of = l.quoted_at AND c.price_status = 'single')::int AS current
       FROM coins c JOIN listings l USING (coin_id)`,
    );
    expect(rows).toEqual([{ coins: COINS, prices: COINS, current: COINS }]);
  });
});
