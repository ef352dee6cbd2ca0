import { Market, coinGeckoRow, rowsOf } from '../support/market.js';
import type { Row } from '../support/market.js';
import { startService } from '../support/service.js';
import type { Service } from '../support/service.js';

describe('a source whose shape moves', () => {
  let market: Market;
  let service: Service;

  const spoilt = (spoil: (row: Row) => Row): Row[] => rowsOf(20, coinGeckoRow).map(spoil);
  const drift = async (): Promise<{ readonly field: string }[]> => {
    const { body } = await service.get('/drift?source=coingecko');
    const changes: { readonly field: string }[] = body.data;
    return [...changes].sort((a, b) => (a.field < b.field ? -1 : 1));
  };

  beforeAll(async () => {
    market = await Market.open();
    market.coinGecko = spoilt((row) => row);
    service = await startService({ environment: { ...market.environment, COINGECKO_MAX_COINS: '250' } });
    await service.run('coingecko');
  });
  afterAll(async () => {
    await service.stop();
    await market.close();
  });

  it('has no drift in the first page it was ever seen with', async () => {
    expect(await drift()).toEqual([]);
  });

  it('is loaded, and its changes are reported, where it still says what is required', async () => {
    market.coinGecko = spoilt(({ total_volume, price_change_24h, ...row }) => ({
      ...row,
      volume_total: total_volume,
      price_change_24h: String(price_change_24h),
      market_cap: null,
    }));
    expect(await service.run('coingecko')).toMatchObject({ status: 'success', updated: 20 });
    expect(await drift()).toMatchObject([
      { field: 'market_cap', change: 'null', candidate: null },
      { field: 'price_change_24h', change: 'retyped', detail: 'was number, is string' },
      { field: 'total_volume', change: 'gone', candidate: { field: 'volume_total', confidence: 1 } },
      { field: 'volume_total', change: 'new' },
    ]);
    // A candidate is reported and never taken for the field.
    expect((await service.get('/data?symbol=c3')).body.data).toMatchObject([
      { volume_24h: null, market_cap: null },
    ]);
  });

  it('has drifted no more when it looks like before', async () => {
    market.coinGecko = spoilt((row) => ({ ...row, volume_total: 1 }));
    await service.run('coingecko');
    expect(await drift()).toMatchObject([{ field: 'volume_total', change: 'new' }]);
    expect((await service.get('/data?symbol=c3')).body.data).toMatchObject([{ volume_24h: 5003 }]);
  });

  it('takes no field name for more than it is', async () => {
    const fields = { ['__proto__x']: 1, ['a\0b']: 1, ['x'.repeat(300)]: 1, constructor: 1 };
    market.coinGecko = spoilt((row) => ({ ...row, volume_total: 1, ...fields }));
    expect(await service.run('coingecko')).toMatchObject({ status: 'success', extracted: 20 });
    expect((await drift()).map(({ field }) => field)).toEqual(['__proto__x', 'constructor', 'volume_total']);
  });

  it('costs no prices where it is the catalogue of contracts', async () => {
    const contracts = (): Promise<object[]> =>
      service.rows('SELECT source_coin_id, address FROM listing_contracts ORDER BY 1, 2');
    const tomorrow = (): Promise<object[]> =>
      service.rows(`UPDATE etl_checkpoints SET memory = '{}' WHERE source = 'coingecko'`);
    market.giveContracts(Array.from({ length: 10 }, (_, index) => index));
    await tomorrow();
    await service.run('coingecko');
    const before = await contracts();
    expect(before).toHaveLength(10);

    market.catalogue = market.catalogue.map(({ platforms, ...row }) => ({ ...row, chains: platforms }));
    market.coinGecko = spoilt((row) => ({ ...row, volume_total: 1, current_price: 4321 }));
    await tomorrow();
    const run = await service.run('coingecko');
    expect(run).toMatchObject({ status: 'success', updated: 20, error: null });
    expect(run.warnings).toEqual([expect.stringMatching(/^coingecko catalogue: .*platforms/)]);
    expect((await service.get('/data?symbol=c3')).body.data).toMatchObject([{ current_price: 4321 }]);
    expect(await contracts()).toEqual(before);
    expect(await drift()).toContainEqual(expect.objectContaining({ field: 'platforms', change: 'gone' }));

    const asked = market.asked(/coins\/list/).length;
    expect(await service.run('coingecko')).toMatchObject({ status: 'success', warnings: [] });
    expect(market.asked(/coins\/list/)).toHaveLength(asked);
  });
});
