import { coinGeckoRow, coinPaprikaRow, Market, minutesAgo, Verbatim } from '../support/market.js';
import { startService } from '../support/service.js';
import type { Service } from '../support/service.js';

/** As a source writes it, and as the API must: the same number in plain digits. */
const PRICES = [
  ['0.1234567890123456789', '0.1234567890123456789'],
  ['3.8e-18', '0.0000000000000000038'],
  ['98765432109876.54321098765', '98765432109876.54321098765'],
  ['900719925474099.3000000000000000000001', '900719925474099.3000000000000000000001'],
] as const;

describe('numbers', () => {
  let market: Market;
  let service: Service;

  beforeAll(async () => {
    market = await Market.open();
    const at = minutesAgo(5);
    market.coinGecko = PRICES.map(([written], index) =>
      coinGeckoRow(index, at, {
        current_price: new Verbatim(written),
        market_cap: new Verbatim('4567890123.4567890123456789'),
        price_change_percentage_24h: new Verbatim('-4.76352000000000000001'),
      }),
    );
    market.coinGecko.push(
      coinGeckoRow(10, at, {
        current_price: null,
        market_cap: null,
        market_cap_rank: null,
        total_volume: null,
        price_change_percentage_24h: null,
      }),
    );
    // Dearer by a third: the two can't agree on it.
    market.coinPaprika = [
      coinPaprikaRow(0, at, { quotes: { USD: { price: 0.1646, market_cap: 0, volume_24h: 0 } } }),
    ];
    service = await startService({ environment: market.environment });
    expect(await service.run('coingecko')).toMatchObject({ status: 'success' });
    expect(await service.run('coinpaprika')).toMatchObject({ status: 'success' });
  });

  afterAll(async () => {
    await service.stop();
    await market.close();
  });

  it.each(PRICES.map(([written, digits], index) => ({ written, digits, id: `coin-${index}` })))(
    'keep every digit of $written',
    async ({ digits, id }) => {
      const own = await service.get(`/data?source=coingecko&ids=${id}`);
      expect(own.text).toContain(`"current_price":${digits},`);
      expect(own.text).toContain('"market_cap":4567890123.4567890123456789,');
      expect(own.text).toContain('"price_change_24h":-4.76352000000000000001,');
      const detail = await service.get(`/coins/${id}`);
      expect(detail.text).toContain(`"current_price":${digits},`);
    },
  );

  it('keep every digit in the consensus too', async () => {
    for (const [index, [, digits]] of PRICES.entries()) {
      if (index === 0) continue;
      const { text } = await service.get(`/data?ids=coin-${index}`);
      expect(text).toContain(`"current_price":${digits},`);
    }
  });

  it('that are unknown are null, never 0', async () => {
    const { body } = await service.get('/data?ids=coin-10');
    expect(body.data).toEqual([
      {
        coin_id: 'coin-10',
        symbol: 'C10',
        name: 'Coin 10',
        current_price: null,
        market_cap: null,
        volume_24h: null,
        price_change_24h: null,
        rank: null,
        sources: ['coingecko'],
        price_status: 'unpriced',
        last_updated: null,
      },
    ]);
    // CoinPaprika writes 0 for a market cap it doesn't know; a day without a trade is a volume of 0.
    const paprika = await service.get('/data?source=coinpaprika');
    expect(paprika.body.data).toMatchObject([{ market_cap: null, volume_24h: 0, price_change_24h: null }]);
  });

  it('that sources disagree on are the most trusted one’s, and said to be', async () => {
    const { body } = await service.get('/data?ids=coin-0');
    expect(body.data).toMatchObject([
      { price_status: 'disputed', current_price: 0.1646, sources: ['coingecko', 'coinpaprika'] },
    ]);
    const own = await service.get('/data?source=coingecko&ids=coin-0');
    expect(own.body.data).toMatchObject([{ price_status: 'disputed', current_price: 0.12345678901234568 }]);
  });
});
