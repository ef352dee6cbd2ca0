import { coinGeckoRow, coinPaprikaRow, ethereumAddress, Market, minutesAgo } from '../support/market.js';
import { answer } from '../support/misbehaving-server.js';
import { startService } from '../support/service.js';
import type { Service } from '../support/service.js';

describe('GET /coins/{coin_id}', () => {
  const CONTRACT = ethereumAddress(77);
  let market: Market;
  let service: Service;

  beforeAll(async () => {
    market = await Market.open();
    const at = minutesAgo(5);
    market.coinGecko = [
      coinGeckoRow(0, at, { id: 'bitcoin', symbol: 'btc', name: 'Bitcoin', current_price: 101 }),
      coinGeckoRow(1, at, { id: 'alpha', symbol: 'alp', name: 'Alpha', current_price: 2 }),
      coinGeckoRow(2, at, { id: 'gone', symbol: 'gon', name: 'Gone Quiet', current_price: null }),
    ];
    const usd = { market_cap: 900_000, volume_24h: 5, percent_change_24h: -1 };
    market.coinPaprika = [
      coinPaprikaRow(0, at, {
        id: 'btc-bitcoin',
        symbol: 'BTC',
        name: 'Bitcoin',
        quotes: { USD: { ...usd, price: 100 } },
      }),
      coinPaprikaRow(1, at, {
        id: 'alp-former-omega',
        symbol: 'ALP',
        name: 'Former Omega',
        quotes: { USD: { ...usd, price: 2.01 } },
      }),
    ];
    // Both catalogues are away at first.
    market.spoil(/list|contracts/, answer(503, 'away'));
    service = await startService({ environment: market.environment });
    for (const source of ['coinpaprika', 'coingecko', 'csv'])
      expect(await service.run(source)).toMatchObject({ status: 'success' });
  });

  afterAll(async () => {
    await service.stop();
    await market.close();
  });

  it('shows who says what, who voted, why it is this coin, and the page it came from', async () => {
    const { status, body } = await service.get('/coins/bitcoin');
    expect(status).toBe(200);
    const time = expect.stringMatching(/^\d{4}-.*Z$/) as string;
    const [paprikaPage] = await service.rows<{ id: string; run: string; hash: string }>(
      `SELECT raw_page_id AS id, run_id AS run, hash FROM raw_pages WHERE source = 'coinpaprika' AND feed = 'tickers'`,
    );
    expect(body.data).toMatchObject({
      coin_id: 'bitcoin',
      symbol: 'BTC',
      name: 'Bitcoin',
      price_status: 'agreed',
      sources: ['coingecko', 'coinpaprika', 'csv'],
    });
    expect(body.data.listings).toMatchObject([
      { source: 'coingecko', source_coin_id: 'bitcoin', current_price: 101, vote: 'counted' },
      { source: 'coinpaprika', source_coin_id: 'btc-bitcoin', current_price: 100, vote: 'counted' },
      // Its only time is of long ago.
      { source: 'csv', source_coin_id: 'bitcoin', current_price: 101.5, vote: 'stale' },
    ]);
    expect(body.data.listings[1]).toEqual({
      source: 'coinpaprika',
      source_coin_id: 'btc-bitcoin',
      symbol: 'BTC',
      name: 'Bitcoin',
      current_price: 100,
      market_cap: 900_000,
      volume_24h: 5,
      price_change_24h: -1,
      rank: 1,
      quoted_at: time,
      source_updated_at: time,
      fetched_at: time,
      vote: 'counted',
      vote_reason: expect.stringMatching(/\S/),
      doubts: [],
      contracts: [],
      link: {
        method: 'crosswalk',
        confidence: 1,
        evidence: [expect.stringMatching(/\S/)],
        suspect: [],
        candidates: [],
        decided_by: 'matcher',
        decided_at: time,
      },
      raw_page: {
        raw_page_id: Number(paprikaPage?.id),
        run_id: Number(paprikaPage?.run),
        url: `${market.server.url}/v1/tickers?quotes=USD`,
        hash: paprikaPage?.hash,
      },
    });
  });

  it('shows a coin that nobody prices', async () => {
    const { body } = await service.get('/coins/gone-quiet');
    expect(body.data).toMatchObject({ current_price: null, price_status: 'unpriced', last_updated: null });
    expect(body.data.listings).toMatchObject([{ vote: 'unpriced', current_price: null }]);
  });

  it('finds a coin by its id in any case, as /data does', async () => {
    const { body } = await service.get('/data?limit=1');
    const coinId: string = body.data[0].coin_id;
    const shouted = await service.get(`/coins/${coinId.toUpperCase()}`);
    expect(shouted.body.data.coin_id).toBe(coinId);
  });

  it('is 404 for a coin that isn’t there', async () => {
    for (const path of ['/coins/nobody', '/coins/BITCOIN%20', "/coins/'%3B--"]) {
      const { status, headers, body } = await service.get(path);
      expect({ path, status }).toEqual({ path, status: 404 });
      expect(headers.get('content-type')).toBe('application/problem+json');
      expect(body).toMatchObject({ type: '/problems/coin-not-found', title: 'Coin not found' });
    }
  });

  it('finds a coin by the id it had before it was found to be another', async () => {
    const alone = await service.get('/data?symbol=ALP&sort=name');
    expect(alone.body.data).toMatchObject([
      { coin_id: 'alpha', sources: ['coingecko'], price_status: 'single' },
      { coin_id: 'former-omega', sources: ['coinpaprika'], price_status: 'single' },
    ]);

    market.heal();
    market.catalogue = [{ id: 'alpha', symbol: 'alp', name: 'Alpha', platforms: { ethereum: CONTRACT } }];
    market.contracts = [
      {
        id: 'alp-former-omega',
        type: 'ERC20',
        active: true,
        address: CONTRACT.toUpperCase().replace('0X', '0x'),
      },
    ];
    expect(await service.run('coinpaprika')).toMatchObject({ status: 'success' });
    expect(await service.run('coingecko')).toMatchObject({ status: 'success' });

    const { body } = await service.get('/data?symbol=ALP');
    expect(body.data).toMatchObject([{ sources: ['coingecko', 'coinpaprika'], price_status: 'agreed' }]);
    const [{ coin_id: coinId }]: [{ coin_id: string }] = body.data;
    for (const asked of ['alpha', 'former-omega']) {
      const found = await service.get(`/coins/${asked}`);
      expect(found.status).toBe(200);
      expect(found.body.data.coin_id).toBe(coinId);
      expect(found.body.data.listings).toMatchObject([
        { source: 'coingecko', contracts: [{ chain: 'ethereum' }] },
        { source: 'coinpaprika', contracts: [{ chain: 'ethereum' }] },
      ]);
      const listings: { link: { method: string } }[] = found.body.data.listings;
      const methods = listings.map(({ link }) => link.method);
      expect(methods).toContain('contract');
    }
  });

  it('is one coin in /data, by whichever id', async () => {
    const { body } = await service.get('/data?ids=alpha,former-omega');
    expect(body.data).toHaveLength(1);
    for (const id of ['alpha', 'former-omega'])
      expect((await service.get(`/data?ids=${id}`)).body.data).toEqual(body.data);
    expect((await service.get('/data?symbol=alp')).body.data).toHaveLength(1);
  });
});
