import { Market, coinGeckoRow, coinPaprikaRow, rowsOf } from '../support/market.js';
import { answer } from '../support/misbehaving-server.js';
import { startService } from '../support/service.js';
import type { Service } from '../support/service.js';

const PAGE_3 = /markets.*&page=3&/;

describe('a pass that has come to a stand', () => {
  let market: Market;
  let service: Service;

  /** As if all runs so far, or their ends alone, had been three hours ago. */
  const threeHoursAgo = (...times: readonly string[]): Promise<object[]> =>
    service.rows(
      `UPDATE etl_runs SET ${times.map((time) => `${time} = ${time} - interval '3 hours'`).join(', ')}`,
    );
  const priceOf = async (symbol: string): Promise<number | undefined> => {
    const { body } = await service.get(`/data?symbol=${symbol}`);
    const coins: { current_price: number }[] = body.data;
    return coins[0]?.current_price;
  };

  beforeEach(async () => {
    market = await Market.open();
    market.coinGecko = rowsOf(503, coinGeckoRow);
    market.coinPaprika = rowsOf(20, coinPaprikaRow);
    service = await startService({
      environment: { ...market.environment, COINGECKO_MAX_COINS: '750', SOURCE_RETRIES: '0' },
    });
    market.spoil(PAGE_3, answer(500, 'out of order'));
    expect(await service.run('coingecko')).toMatchObject({ status: 'failed', pages: 3 });
    market.coinGecko[0] = coinGeckoRow(0, new Date(), { current_price: 4321 });
  });
  afterEach(async () => {
    await service.stop();
    await market.close();
  });

  it('goes on at its page, however long ago it began, while it comes further', async () => {
    await threeHoursAgo('started_at');
    expect(await service.run('coingecko')).toMatchObject({ status: 'failed', resumed: true, pages: 0 });
    expect(await priceOf('c0')).not.toBe(4321);
  });

  it('begins anew when what it began with is old, though its next page can still not be loaded', async () => {
    await threeHoursAgo('started_at', 'heartbeat_at', 'finished_at');
    expect(await service.run('coingecko')).toMatchObject({ status: 'failed', resumed: false, pages: 2 });
    expect(await priceOf('c0')).toBe(4321);
    expect(await service.run('coingecko')).toMatchObject({ status: 'failed', resumed: true, pages: 0 });
  });

  it('is no success for having been at its end long ago', async () => {
    await service.run('coinpaprika');
    await service.rows(
      `UPDATE etl_checkpoints SET cursor = '{"after": "tickers"}' WHERE source = 'coinpaprika'`,
    );
    expect(await service.run('coinpaprika')).toMatchObject({
      status: 'success',
      resumed: true,
      extracted: 0,
    });
    await service.rows(
      `UPDATE etl_checkpoints SET cursor = '{"after": "tickers"}' WHERE source = 'coinpaprika'`,
    );
    await threeHoursAgo('started_at', 'heartbeat_at', 'finished_at');
    expect(await service.run('coinpaprika')).toMatchObject({
      status: 'success',
      resumed: false,
      extracted: 20,
    });
  });

  it('is not unreadable for the few records of its last run', async () => {
    market.heal();
    market.coinGecko = market.coinGecko.map((row, index) => (index < 500 ? row : { ...row, name: '' }));
    expect(await service.run('coingecko')).toMatchObject({
      status: 'success',
      resumed: true,
      extracted: 3,
      quarantined: 3,
    });
  });
});
