import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { coinGeckoRow, coinPaprikaRow, Market, minutesAgo } from '../support/market.js';
import { startService } from '../support/service.js';
import type { Service } from '../support/service.js';

const ORDERS = [
  ['csv', 'coingecko', 'coinpaprika'],
  ['coinpaprika', 'csv', 'coingecko'],
  ['coingecko', 'coinpaprika', 'csv'],
] as const;
/** Rows that meet nobody: with so many a pass asks at its end which listings are worth another look. */
const MANY = 5_001;
const CASES = ORDERS.flatMap((order) => [
  { order, others: 0 },
  { order, others: MANY },
]);

describe.each(CASES)('sources that come as $order, beside $others others', ({ order, others }) => {
  let folder: string;
  let market: Market;
  let service: Service;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mintmark-csv-'));
    await writeFile(
      join(folder, 'coins.csv'),
      'symbol,name,price_usd\nBTC,Bitcoin,100\nLNE,Lone,1\nTWN,Twin,5\nPRR,Pair Ünit,4\nXYZ,Bitcoin,7\n' +
        Array.from({ length: others }, (_, at) => `O${at},Other ${at},1\n`).join(''),
    );
    market = await Market.open();
    const at = minutesAgo(5);
    market.coinGecko = [
      { ...coinGeckoRow(1, at), id: 'bitcoin', symbol: 'btc', name: 'Bitcoin' },
      { ...coinGeckoRow(2, at), id: 'twin', symbol: 'twn', name: 'Twin' },
      { ...coinGeckoRow(3, at), id: 'small-sun', symbol: 'sns', name: 'Sun' },
      { ...coinGeckoRow(4, at), id: 'pair', symbol: 'prr', name: 'Pair Unit' },
      { ...coinGeckoRow(5, at), id: 'joe-1', symbol: 'joe', name: 'Trader Joe’s' },
      // The rest is of another page, decided on when these are.
      ...Array.from({ length: 250 }, (_, index) => coinGeckoRow(10 + index, at)),
      { ...coinGeckoRow(300, at), id: 'twin-2', symbol: 'twn', name: 'Twin' },
      { ...coinGeckoRow(302, at), id: 'pair-2', symbol: 'prr', name: 'Páir Unit' },
      { ...coinGeckoRow(303, at), id: 'joe-2', symbol: 'joe', name: 'Trader Joes', market_cap_rank: 3 },
      { ...coinGeckoRow(301, at), id: 'large-sun', symbol: 'snl', name: 'Sun', market_cap_rank: 2 },
    ];
    market.coinPaprika = [
      { ...coinPaprikaRow(1, at), id: 'btc-bitcoin', symbol: 'BTC', name: 'Bitcoin' },
      { ...coinPaprikaRow(2, at), id: 'lne-lone', symbol: 'LNE', name: 'Lone' },
    ];
    service = await startService({ environment: { ...market.environment, CSV_PATH: folder } });
    for (const source of order) await service.run(source);
  });
  afterAll(async () => {
    await service.stop();
    await market.close();
    await rm(folder, { recursive: true });
  });

  const coinsCalled = async (symbol: string): Promise<{ coin_id: string; sources: string[] }[]> => {
    const { body } = await service.get(`/data?symbol=${symbol}&sort=name`);
    const coins: { coin_id: string; sources: string[] }[] = body.data;
    return coins.map(({ coin_id, sources }) => ({ coin_id, sources }));
  };

  it('make one coin of what the crosswalk and a file without ids call Bitcoin', async () => {
    expect(await coinsCalled('btc')).toEqual([
      { coin_id: 'bitcoin', sources: ['coingecko', 'coinpaprika', 'csv'] },
    ]);
  });

  it('link a file’s row to the one listing of its symbol and name', async () => {
    expect(await coinsCalled('lne')).toEqual([{ coin_id: 'lone', sources: ['coinpaprika', 'csv'] }]);
  });

  it('leave the crosswalk’s name to its coin, not to a namesake', async () => {
    const [namesake] = await coinsCalled('xyz');
    expect(namesake).toMatchObject({ sources: ['csv'] });
    expect(namesake).not.toMatchObject({ coin_id: 'bitcoin' });
  });

  it('keep a row apart that could be two listings, and say which', async () => {
    expect(await coinsCalled('twn')).toHaveLength(3);
    const { body } = await service.get('/data?source=csv&symbol=twn');
    const detail = await service.get(`/coins/${body.data[0].coin_id}`);
    expect(detail.body.data.listings[0].link).toMatchObject({
      method: 'own',
      candidates: [
        { source: 'coingecko', source_coin_id: 'twin' },
        { source: 'coingecko', source_coin_id: 'twin-2' },
      ],
    });
  });

  it('keep a row apart that could be two listings, however those spell its name', async () => {
    const coins = await coinsCalled('prr');
    expect(coins.map(({ sources }) => sources.join()).sort()).toEqual(['coingecko', 'coingecko', 'csv']);
  });

  it('give a name that two have to the better known of them', async () => {
    expect(await coinsCalled('sns,snl')).toEqual([
      { coin_id: 'sun', sources: ['coingecko'] },
      { coin_id: 'sun-sns', sources: ['coingecko'] },
    ]);
    const { body } = await service.get('/coins/trader-joes');
    expect(body.data.name).toBe('Trader Joes');
  });

  it('take what a file without times says for undated, not for fresh', async () => {
    const { body } = await service.get('/data?source=csv&symbol=xyz');
    expect(body.data).toMatchObject([{ current_price: 7, price_status: 'stale', last_updated: null }]);
  });
});

describe.each([0, MANY])(
  'a listing that becomes another asset before all sources are heard, beside %d others',
  (others) => {
    let folder: string;
    let market: Market;
    let service: Service;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'mintmark-csv-'));
      await writeFile(
        join(folder, 'coins.csv'),
        'symbol,name,price_usd\n' +
          Array.from({ length: others + 1 }, (_, at) => `O${at},Other ${at},1\n`).join(''),
      );
      market = await Market.open();
      const at = minutesAgo(5);
      market.coinGecko = [{ ...coinGeckoRow(1, at), id: 'x1', symbol: 'foo', name: 'Alpha Beta' }];
      market.coinPaprika = [
        { ...coinPaprikaRow(1, at), id: 'foo-alpha-beta', symbol: 'FOO', name: 'Alpha Beta' },
        { ...coinPaprikaRow(2, at), id: 'foo-gamma-ray', symbol: 'FOO', name: 'Gamma Ray' },
      ];
      service = await startService({ environment: { ...market.environment, CSV_PATH: folder } });
      await service.run('coingecko');
      await service.run('coinpaprika');
    });
    afterAll(async () => {
      await service.stop();
      await market.close();
      await rm(folder, { recursive: true });
    });

    it('leaves the coin it was taken for', async () => {
      const before = await service.get('/data?symbol=foo&q=alpha');
      expect(before.body.data).toMatchObject([{ sources: ['coingecko', 'coinpaprika'] }]);

      market.coinGecko = [
        { ...coinGeckoRow(1, minutesAgo(4)), id: 'x1', symbol: 'bar', name: 'Delta Force' },
      ];
      await service.run('coingecko');
      await service.run('csv');

      const { body } = await service.get('/data?q=alpha');
      expect(body.data).toMatchObject([{ sources: ['coinpaprika'] }]);
      const moved = await service.get('/data?symbol=bar');
      expect(moved.body.data).toMatchObject([{ sources: ['coingecko'] }]);
    });
  },
);

describe.each([0, MANY])('coins of one source that want the same names, beside %d others', (others) => {
  let folder: string;
  let market: Market;
  let service: Service;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mintmark-csv-'));
    await writeFile(
      join(folder, 'coins.csv'),
      'symbol,name,price_usd\n' +
        Array.from({ length: others + 1 }, (_, at) => `O${at},Other ${at},1\n`).join(''),
    );
    market = await Market.open();
    const at = minutesAgo(5);
    market.coinGecko = [
      { ...coinGeckoRow(1, at), id: 'w', symbol: 'doge', name: 'Baby', market_cap_rank: 8002 },
      { ...coinGeckoRow(2, at), id: 's', symbol: 'doge', name: 'Baby Doge', market_cap_rank: 8003 },
      ...Array.from({ length: 250 }, (_, index) => coinGeckoRow(10 + index, at)),
      { ...coinGeckoRow(300, at), id: 'z', symbol: 'bby', name: 'Baby', market_cap_rank: 8001 },
    ];
    const changed = { ...coinPaprikaRow(2, at), id: 't-foo', symbol: 'S', name: 'Foo', rank: 9002 };
    market.coinPaprika = [changed];
    service = await startService({ environment: { ...market.environment, CSV_PATH: folder } });
    await service.run('coinpaprika');
    market.coinPaprika = [
      { ...coinPaprikaRow(1, at), id: 't-foeo', symbol: 'T', name: 'Föo', rank: 9001 },
      changed,
    ];
    for (const source of ['coinpaprika', 'coingecko', 'csv'])
      expect(await service.run(source)).toMatchObject({ status: 'success' });
  });
  afterAll(async () => {
    await service.stop();
    await market.close();
    await rm(folder, { recursive: true });
  });

  const coinOf = async (source: string, id: string): Promise<unknown> => {
    const rows: { coin_id: string }[] = await service.database.dataSource.query(
      'SELECT coin_id FROM listings WHERE source = $1 AND source_coin_id = $2',
      [source, id],
    );
    return rows[0]?.coin_id;
  };

  it('get them in the order of their ranks, those of their symbols too', async () => {
    expect(await coinOf('coingecko', 'z')).toBe('baby');
    expect(await coinOf('coingecko', 'w')).toBe('baby-doge');
    expect(await coinOf('coingecko', 's')).toBe('baby-doge-doge');
  });

  it('get them so where one has the other’s symbol in its id', async () => {
    expect(await coinOf('coinpaprika', 't-foeo')).toBe('foo');
    expect(await coinOf('coinpaprika', 't-foo')).toBe('foo-s');
  });
});
