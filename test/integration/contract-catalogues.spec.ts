import { Market, coinGeckoRow, rowsOf } from '../support/market.js';
import { startService } from '../support/service.js';
import type { Service } from '../support/service.js';

describe('a catalogue of contracts', () => {
  let market: Market;
  let service: Service;

  const load = async (): Promise<Record<string, string[]>> => {
    await service.rows(`UPDATE etl_checkpoints SET memory = '{}'`);
    expect(await service.run('coingecko')).toMatchObject({ status: 'success' });
    const rows = await service.rows<{ id: string; addresses: string[] }>(
      `SELECT source_coin_id AS id, array_agg(address ORDER BY address) AS addresses
       FROM listing_contracts GROUP BY source_coin_id ORDER BY 1`,
    );
    return Object.fromEntries(rows.map(({ id, addresses }) => [id, addresses]));
  };
  const change = (index: number, row: object): void => {
    market.catalogue = market.catalogue.map((each, at) => (at === index ? { ...each, ...row } : each));
  };

  beforeEach(async () => {
    market = await Market.open();
    market.coinGecko = rowsOf(20, coinGeckoRow);
    market.giveContracts(Array.from({ length: 12 }, (_, index) => index));
    service = await startService({ environment: { ...market.environment, COINGECKO_MAX_COINS: '250' } });
  });
  afterEach(async () => {
    await service.stop();
    await market.close();
  });

  it('takes back what it no longer gives, but of an asset that could not be read', async () => {
    const before = await load();
    change(0, { platforms: { ethereum: 'x'.repeat(300) } });
    change(1, { platforms: { ethereum: '0x00000000000000000000000000000000000000aa' } });
    change(2, { platforms: {} });
    const { 'coin-2': _gone, ...rest } = before;
    expect(await load()).toEqual({ ...rest, 'coin-1': ['0x00000000000000000000000000000000000000aa'] });
  });

  it('takes nothing back while it is not even clear whose record could not be read', async () => {
    const before = await load();
    change(0, { id: '' });
    change(2, { platforms: {} });
    expect(await load()).toEqual(before);
  });
});
