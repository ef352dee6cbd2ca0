import { startStandIns } from '../../src/demo/stand-ins.js';
import type { StandIns } from '../../src/demo/stand-ins.js';
import { startService } from '../support/service.js';
import type { Service, ServiceAnswer } from '../support/service.js';

const SORTS = ['rank', 'market_cap', 'volume_24h', 'current_price', 'price_change_24h', 'name'] as const;

interface Row {
  readonly coin_id: string;
  readonly symbol: string;
  readonly name: string;
  readonly rank: number | null;
  readonly price_change_24h: number | null;
  readonly sources: readonly string[];
}

describe('GET /data', () => {
  let standIns: StandIns;
  let service: Service;

  beforeAll(async () => {
    standIns = await startStandIns();
    service = await startService({
      environment: {
        COINGECKO_BASE_URL: standIns.coinGeckoUrl,
        COINPAPRIKA_BASE_URL: standIns.coinPaprikaUrl,
        CSV_PATH: 'data/coins.csv',
      },
    });
    for (const source of ['coinpaprika', 'coingecko', 'csv'])
      expect(await service.run(source)).toMatchObject({ status: 'success', error: null });
  });

  afterAll(async () => {
    await service.stop();
    await standIns.close();
  });

  const rowsOf = (answer: ServiceAnswer): Row[] => {
    expect(answer.status).toBe(200);
    const rows: Row[] = answer.body.data;
    return rows;
  };
  const page = async (query: string): Promise<Row[]> => rowsOf(await service.get(`/data?${query}`));
  const ids = (rows: readonly Row[]): string[] => rows.map((row) => row.coin_id);

  /** Every coin, page by page, in the order in which the pages gave them. */
  async function walk(query: string, limit = 89): Promise<Row[]> {
    const first = await service.get(`/data?${query}&limit=${limit}`);
    const rows = rowsOf(first);
    const pages: number = first.body.metadata.total_pages;
    for (let number = 2; number <= pages; number++)
      rows.push(...(await page(`${query}&limit=${limit}&page=${number}`)));
    expect(rows).toHaveLength(first.body.metadata.total_count as number);
    return rows;
  }

  it('has Bitcoin once, with its three sources', async () => {
    const bitcoins = (await page('symbol=BTC')).filter((row) => row.name === 'Bitcoin');
    expect(bitcoins).toMatchObject([{ coin_id: 'bitcoin', sources: ['coingecko', 'coinpaprika', 'csv'] }]);
  });

  it('gives exactly what is documented, and nothing else', async () => {
    const { body } = await service.get('/data?ids=bitcoin');
    expect(body).toEqual({
      data: [
        {
          coin_id: 'bitcoin',
          symbol: 'BTC',
          name: 'Bitcoin',
          current_price: expect.any(Number),
          market_cap: expect.any(Number),
          volume_24h: expect.any(Number),
          price_change_24h: 1.25,
          rank: 1,
          sources: ['coingecko', 'coinpaprika', 'csv'],
          price_status: 'agreed',
          last_updated: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        },
      ],
      metadata: {
        request_id: expect.any(String),
        api_latency_ms: expect.any(Number),
        page: 1,
        limit: 50,
        total_count: 1,
        total_pages: 1,
        data_as_of: expect.stringMatching(/Z$/),
      },
    });
  });

  it('answers with as many as it is asked for', async () => {
    expect(await page('')).toHaveLength(50);
    expect(await page('limit=10')).toHaveLength(10);
    expect(ids(await page('page_size=10'))).toEqual(ids(await page('limit=10')));
    expect(await page('limit=100')).toHaveLength(100);
    expect(await page('limit=10&page=100000')).toEqual([]);
  });

  it('says how many coins and pages there are', async () => {
    const [{ count } = { count: 0 }] = await service.rows<{ count: number }>(
      'SELECT count(*)::int AS count FROM coins WHERE merged_into IS NULL',
    );
    expect(count).toBeGreaterThan(300);
    const { body } = await service.get('/data?limit=100&page=2');
    expect(body.metadata).toMatchObject({
      page: 2,
      limit: 100,
      total_count: count,
      total_pages: Math.ceil(count / 100),
    });
    const none = await service.get('/data?q=there-is-no-such-coin');
    expect(none.body).toMatchObject({ data: [], metadata: { total_count: 0, total_pages: 0 } });
  });

  it('says as of when the data is', async () => {
    const { body } = await service.get('/data');
    const asOf = Date.parse(body.metadata.data_as_of as string);
    const newest = await service.rows<{ at: Date }>('SELECT max(quoted_at) AS at FROM listings');
    expect(asOf).toBe(newest[0]?.at.getTime());
  });

  it('has the best rank first, and those without one last', async () => {
    const rows = await walk('');
    const ranks = rows.map((row) => row.rank);
    const ranked = ranks.filter((rank) => rank !== null);
    expect(rows[0]).toMatchObject({ coin_id: 'bitcoin', rank: 1 });
    expect(ranked).toEqual([...ranked].sort((a, b) => a - b));
    expect(ranks.slice(ranked.length)).toEqual(ranks.slice(ranked.length).map(() => null));
    expect(ranked.length).toBeLessThan(ranks.length);
  });

  describe.each(SORTS)('sorted by %s', (sort) => {
    it.each(['asc', 'desc'])('%s: each coin once, in order, nulls last, ties by id', async (order) => {
      const rows = (await walk(`sort=${sort}&order=${order}`)) as unknown as Record<string, unknown>[];
      expect(new Set(rows.map((row) => row.coin_id)).size).toBe(rows.length);
      const value = (row: Record<string, unknown>): number | string | null =>
        sort === 'name' ? String(row.name).toLowerCase() : (row[sort] as number | null);
      rows.reduce((before, row) => {
        const [a, b] = [value(before), value(row)];
        if (a === b) expect(String(before.coin_id) < String(row.coin_id)).toBe(true);
        else if (b !== null) {
          expect(a).not.toBeNull();
          expect(order === 'asc' ? (a ?? 0) < b : (a ?? 0) > b).toBe(true);
        }
        return row;
      });
    });

    it('has an order of its own', async () => {
      const own = sort === 'rank' || sort === 'name' ? 'asc' : 'desc';
      expect(ids(await page(`sort=${sort}`))).toEqual(ids(await page(`sort=${sort}&order=${own}`)));
    });
  });

  it('keeps a fall a fall', async () => {
    expect(await page('ids=dogecoin')).toMatchObject([{ price_change_24h: -4.2 }]);
    expect(await page('q=Fallen Star')).toMatchObject([{ price_change_24h: -62.5 }]);
    const falls = (await walk('sort=price_change_24h&order=asc')).filter(
      (row) => Number(row.price_change_24h) < 0,
    );
    expect(falls.length).toBeGreaterThan(50);
  });

  it('finds symbols in any case, several at once', async () => {
    const found = await page('symbol=btc,%20Eth ,,xrp');
    expect(new Set(found.map((row) => row.symbol))).toEqual(new Set(['BTC', 'ETH', 'XRP']));
    expect(ids(found).slice(0, 3)).toEqual(['bitcoin', 'ethereum', 'xrp']);
    // A namesake is another coin.
    expect(ids(await page('symbol=BTC'))).toContain('bytecast');
  });

  it('finds ids, in the order of the sort', async () => {
    expect(ids(await page('ids=solana,bitcoin,no-such-coin'))).toEqual(['bitcoin', 'solana']);
    expect(ids(await page('ids=SOLANA,bitcoin&order=desc'))).toEqual(['solana', 'bitcoin']);
    expect(ids(await page('ids=bitcoin,solana&symbol=sol'))).toEqual(['solana']);
  });

  it('finds parts of name, symbol and id', async () => {
    expect(ids(await page('q=BITCOIN'))).toEqual(expect.arrayContaining(['bitcoin', 'bitcoin-cash']));
    expect(ids(await page('q=doge'))).toEqual(['dogecoin']);
    expect(ids(await page('q=%20doge%20'))).toEqual(['dogecoin']);
    expect(await page('q=%25')).toEqual([]);
    expect(await page('q=_')).toEqual([]);
    expect(await page('q=%5C')).toEqual([]);
    expect(await page("q=')%20OR%20true--")).toEqual([]);
  });

  it('gives a source’s own numbers', async () => {
    const [own] = await page('source=csv&ids=bitcoin');
    expect(own).toMatchObject({
      current_price: 29000,
      market_cap: 539000000000,
      price_change_24h: 0.6,
      last_updated: '2020-12-31T00:00:00.000Z',
      sources: ['coingecko', 'coinpaprika', 'csv'],
    });
    const listed = await service.rows<{ count: number }>(
      `SELECT count(*)::int AS count FROM listings WHERE source = 'coinpaprika'`,
    );
    const { body } = await service.get('/data?source=coinpaprika&limit=1');
    expect(body.metadata.total_count).toBe(listed[0]?.count);
    const fromPaprika = await page('source=coinpaprika&q=Untraded');
    expect(fromPaprika).toEqual([]);
  });
});
