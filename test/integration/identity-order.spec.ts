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

describe.each(ORDERS)('sources that come as %s, %s, %s', (...order) => {
  let folder: string;
  let market: Market;
  let service: Service;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mintmark-csv-'));
    await writeFile(
      join(folder, 'coins.csv'),
      'symbol,name,price_usd\nBTC,Bitcoin,100\nLNE,Lone,1\nTWN,Twin,5\nXYZ,Bitcoin,7\n',
    );
    market = await Market.open();
    const at = minutesAgo(5);
    market.coinGecko = [
      { ...coinGeckoRow(1, at), id: 'bitcoin', symbol: 'btc', name: 'Bitcoin' },
      { ...coinGeckoRow(2, at), id: 'twin', symbol: 'twn', name: 'Twin' },
      { ...coinGeckoRow(3, at), id: 'twin-2', symbol: 'twn', name: 'Twin' },
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

  const coinsCalled = async (symbol: string): Promise<object[]> => {
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

  it('take what a file without times says for undated, not for fresh', async () => {
    const { body } = await service.get('/data?source=csv&symbol=xyz');
    expect(body.data).toMatchObject([{ current_price: 7, price_status: 'stale', last_updated: null }]);
  });
});
