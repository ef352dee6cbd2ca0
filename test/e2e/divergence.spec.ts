import { coinGeckoRow, coinPaprikaRow, Market, minutesAgo, rowsOf, Verbatim } from '../support/market.js';
import { startService } from '../support/service.js';
import type { Service } from '../support/service.js';

describe('GET /divergence', () => {
  let market: Market;
  let service: Service;

  const priced = (index: number, price: unknown, at = minutesAgo(7)): Record<string, unknown> =>
    coinPaprikaRow(index, at, {
      quotes: { USD: { price, market_cap: 900, volume_24h: 10, percent_change_24h: 0 } },
    });
  const ids = async (query = ''): Promise<string[]> => {
    const { body } = await service.get(`/divergence${query}`);
    const rows: { coin_id: string }[] = body.data;
    return rows.map((row) => row.coin_id);
  };

  beforeAll(async () => {
    market = await Market.open();
    // At CoinGecko they cost 1, 1.125, 1.25, …
    market.coinGecko = rowsOf(8, coinGeckoRow, { at: minutesAgo(5) });
    market.coinPaprika = [
      priced(0, new Verbatim('1.50000000000000000001')),
      priced(1, 1.125),
      priced(2, 1),
      // A day later, or 80 minutes: the market has moved, that is all.
      priced(3, 5, minutesAgo(1500)),
      priced(4, 5, minutesAgo(85)),
      // As far apart as the first of them.
      priced(6, 1.75 / 1.25),
    ];
    service = await startService({ environment: market.environment });
    expect(await service.run('coinpaprika')).toMatchObject({ status: 'success' });
    expect(await service.run('coingecko')).toMatchObject({ status: 'success' });
  });

  afterAll(async () => {
    await service.stop();
    await market.close();
  });

  it('says how far, whose prices and of when, every digit of them', async () => {
    const answer = await service.get('/divergence?limit=1');
    expect(answer.body.data).toEqual([
      {
        coin_id: 'coin-0',
        symbol: 'C0',
        name: 'Coin 0',
        rank: 1,
        divergence_percent: 50,
        price_status: 'disputed',
        current_price: 1.5,
        lowest: {
          source: 'coingecko',
          source_coin_id: 'coin-0',
          current_price: 1,
          quoted_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        },
        highest: {
          source: 'coinpaprika',
          source_coin_id: 'c0-coin-0',
          current_price: 1.5,
          quoted_at: expect.stringMatching(/Z$/),
        },
        sources: ['coingecko', 'coinpaprika'],
        last_updated: expect.stringMatching(/Z$/),
      },
    ]);
    expect(answer.text.match(/"current_price" ?: ?1\.50000000000000000001/g)).toHaveLength(2);
  });

  it('has the widest first, ties by id, in pages; and no coin that can’t be compared', async () => {
    expect(await ids()).toEqual(['coin-0', 'coin-2', 'coin-6', 'coin-1']);
    expect([...(await ids('?limit=3')), ...(await ids('?limit=3&page=2'))]).toEqual(await ids());
    expect(await ids('?page_size=2&page=3')).toEqual([]);
    const { body } = await service.get('/divergence?limit=3');
    expect(body.metadata).toMatchObject({
      page: 1,
      limit: 3,
      total_count: 4,
      total_pages: 2,
      data_as_of: expect.stringMatching(/Z$/),
    });
    expect((await service.get('/divergence?limit=0')).status).toBe(422);
    expect((await service.get('/divergence?sort=name')).status).toBe(422);
  });

  it('is cached like other reads', async () => {
    const { headers } = await service.get('/divergence');
    const etag = headers.get('etag') ?? '';
    expect(etag).toMatch(/^W\/"/);
    expect((await service.get('/divergence', { 'If-None-Match': etag })).status).toBe(304);
  });

  it('forgets what the sources have come to agree on, or time has made stale', async () => {
    market.coinPaprika[0] = priced(0, 1, minutesAgo(1));
    await service.run('coinpaprika');
    expect(await ids()).toEqual(['coin-2', 'coin-6', 'coin-0', 'coin-1']);
  });
});
