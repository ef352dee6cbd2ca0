import { coinGeckoRow, coinPaprikaRow, Market, minutesAgo, rowsOf } from '../support/market.js';
import { startService } from '../support/service.js';
import type { Service } from '../support/service.js';

const SORTS = ['rank', 'market_cap', 'volume_24h', 'current_price', 'price_change_24h'];

/** A token that nobody trades any more, as a page once had it: first of all, with a cap of trillions. */
const DEAD = {
  id: 'deadcoin',
  symbol: 'dead',
  name: 'Deadcoin',
  current_price: 3300,
  market_cap: 3_300_000_000_000,
  market_cap_rank: 1,
  total_volume: 5,
  price_change_percentage_24h: 0,
};

describe.each(['coinpaprika,coingecko', 'coingecko,coinpaprika'])(
  'absurd numbers, trusting %s',
  (SOURCES) => {
    let market: Market;
    let service: Service;

    const first = async (query: string): Promise<Record<string, unknown>> => {
      const { body } = await service.get(`/data?${query}&limit=1`);
      const [row]: Record<string, unknown>[] = body.data;
      return row ?? {};
    };

    beforeAll(async () => {
      market = await Market.open();
      const at = minutesAgo(5);
      market.coinGecko = [
        coinGeckoRow(0, at, DEAD),
        // Dearer, more traded and risen more than it.
        coinGeckoRow(1, at, { market_cap_rank: 2, current_price: 90_000, price_change_percentage_24h: 3 }),
        ...rowsOf(3, coinGeckoRow, { from: 2 }),
      ];
      market.coinPaprika = rowsOf(2, coinPaprikaRow, { from: 2 });
      service = await startService({ environment: { ...market.environment, SOURCES } });
      expect(await service.run('coingecko')).toMatchObject({ status: 'success' });
      expect(await service.run('coinpaprika')).toMatchObject({ status: 'success' });
    });

    afterAll(async () => {
      await service.stop();
      await market.close();
    });

    it('flag their coin when there is no other word, and put it at the top of nothing', async () => {
      const { body } = await service.get('/data?ids=deadcoin');
      expect(body.data).toMatchObject([
        { current_price: 3300, market_cap: null, rank: null, volume_24h: 5, price_status: 'implausible' },
      ]);
      for (const sort of SORTS)
        expect([sort, (await first(`sort=${sort}`)).coin_id]).not.toEqual([sort, 'deadcoin']);
    });

    it('are shown with the listing that has them, and why nobody takes them', async () => {
      const { body } = await service.get('/coins/deadcoin');
      expect(body.data.listings).toMatchObject([
        {
          current_price: 3300,
          market_cap: 3_300_000_000_000,
          rank: 1,
          vote: 'counted',
          doubts: ['a market cap of 3.3 trillion USD on a day’s volume of 5 USD'],
        },
      ]);
    });

    it('stay the source’s own word, and say what they are', async () => {
      expect(await first('source=coingecko')).toMatchObject({
        coin_id: 'deadcoin',
        rank: 1,
        price_status: 'implausible',
      });
      expect(await first('source=coingecko&ids=coin-2')).toMatchObject({ price_status: 'agreed' });
    });

    it('give way to another source’s word, whomever is trusted more', async () => {
      market.coinPaprika.push(
        coinPaprikaRow(9, minutesAgo(4), {
          id: 'dead-deadcoin',
          symbol: 'DEAD',
          name: 'Deadcoin',
          rank: 2480,
          quotes: { USD: { price: 3200, market_cap: 410_000, volume_24h: 5, percent_change_24h: 0 } },
        }),
      );
      await service.run('coinpaprika');
      expect(await first('symbol=dead')).toMatchObject({
        current_price: 3200,
        market_cap: 410_000,
        rank: 2480,
        price_status: 'single',
        sources: ['coingecko', 'coinpaprika'],
      });
      const { body } = await service.get('/coins/deadcoin');
      expect(body.data.listings).toMatchObject([{ vote: 'implausible' }, { vote: 'counted', doubts: [] }]);
    });

    it('are forgotten once the source says something else', async () => {
      market.coinGecko[0] = coinGeckoRow(0, minutesAgo(1), {
        ...DEAD,
        current_price: 3210,
        market_cap: 420_000,
        market_cap_rank: 2470,
      });
      await service.run('coingecko');
      expect(await first('symbol=dead')).toMatchObject({ price_status: 'agreed' });
      expect(await first('source=coingecko&symbol=dead')).toMatchObject({
        rank: 2470,
        price_status: 'agreed',
      });
    });
  },
);
