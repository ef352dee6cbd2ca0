import type { Row } from '../support/market.js';
import { coinGeckoRow, coinPaprikaRow, ethereumAddress, Market, minutesAgo } from '../support/market.js';
import { startService } from '../support/service.js';
import type { Service } from '../support/service.js';

const usd = { market_cap: 5000, volume_24h: 5000, percent_change_24h: -1 };

/** Each listing of a coin, with what speaks against its link. */
interface DetailRow {
  readonly source: string;
  readonly source_coin_id: string;
  readonly link: { readonly method: string; readonly suspect: readonly string[] | null };
}

describe('what evidence that comes later does to a link', () => {
  let market: Market;
  let service: Service;

  const gecko = (id: string, more: Row = {}): Row =>
    coinGeckoRow(1, minutesAgo(5), { id, symbol: 'acm', name: 'Acme', current_price: 2, ...more });
  const paprika = (id: string, price = 2.02, more: Row = {}): Row =>
    coinPaprikaRow(1, minutesAgo(5), {
      id,
      symbol: 'ACM',
      name: 'Acme',
      quotes: { USD: { ...usd, price } },
      ...more,
    });
  const pass = async (source: string): Promise<void> => {
    expect(await service.run(source)).toMatchObject({ status: 'success' });
  };
  /** As a day later: catalogues are read again. */
  const forgetCatalogues = (): Promise<unknown> =>
    service.database.dataSource.query(`UPDATE etl_checkpoints SET memory = '{}'`);
  const listingsOf = async (coin: string): Promise<readonly DetailRow[]> => {
    const { status, body } = await service.get(`/coins/${coin}`);
    expect(status).toBe(200);
    const { listings }: { listings: readonly DetailRow[] } = body.data;
    return listings;
  };
  const suspects = async (): Promise<string[]> => {
    const { body } = await service.get('/identity/suspect');
    const rows: { source: string; source_coin_id: string }[] = body.data;
    return rows.map(({ source, source_coin_id }) => `${source} ${source_coin_id}`).sort();
  };

  beforeEach(async () => {
    market = await Market.open();
    market.catalogue = [{ id: 'acme', symbol: 'acm', name: 'Acme', platforms: {} }];
    market.contracts = [];
    market.coinGecko = [gecko('acme')];
    market.coinPaprika = [paprika('acm-acme')];
    service = await startService({
      environment: { ...market.environment, SOURCES: 'coinpaprika,coingecko' },
    });
  });
  afterEach(async () => {
    await service.stop();
    await market.close();
  });

  const differentContracts = (): void => {
    market.catalogue = [
      { id: 'acme', symbol: 'acm', name: 'Acme', platforms: { ethereum: ethereumAddress(1) } },
    ];
    market.contracts = [{ id: 'acm-acme', type: 'ERC20', active: true, address: ethereumAddress(2) }];
  };

  it('before all sources were read once, it is decided anew', async () => {
    await pass('coingecko');
    differentContracts();
    await pass('coinpaprika');
    expect(await listingsOf('acme')).toHaveLength(2);
    await forgetCatalogues();
    await service.database.dataSource.query('DELETE FROM identity_settlements');
    await pass('coingecko');
    expect(await listingsOf('acme')).toMatchObject([{ source_coin_id: 'acme' }]);
    expect(await suspects()).toEqual([]);
  });

  it('once settled it stays, and is suspect', async () => {
    await pass('coingecko');
    await pass('coinpaprika');
    expect(await suspects()).toEqual([]);
    differentContracts();
    await forgetCatalogues();
    await pass('coingecko');
    await pass('coinpaprika');

    const listings = await listingsOf('acme');
    expect(listings.map(({ source }) => source)).toEqual(['coingecko', 'coinpaprika']);
    expect(await suspects()).toEqual(['coinpaprika acm-acme']);
    expect(listings[1]?.link.suspect?.[0]).toContain('different contracts on ethereum');

    // The source takes it back.
    market.contracts = [{ id: 'acm-acme', type: 'ERC20', active: true, address: ethereumAddress(1) }];
    await forgetCatalogues();
    await pass('coinpaprika');
    expect(await suspects()).toEqual([]);
  });

  it('the coin goes by the name it had when it was settled, whoever joins it or casts doubt on it', async () => {
    const quark = (id: string, more: Row = {}): Row => gecko(id, { symbol: 'qua', name: 'Quark', ...more });
    const zed = paprika('zed-zed', 7, { symbol: 'ZED', name: 'Zed' });
    market.coinGecko = [gecko('acme'), quark('quark')];
    market.coinPaprika = [zed];
    const coins = async (): Promise<unknown[]> => {
      const rows = await service.rows<{ source_coin_id: string; coin_id: string }>(
        `SELECT source_coin_id, coin_id FROM listings WHERE source_coin_id <> 'zed-zed' ORDER BY listing_id`,
      );
      return rows.map((row) => [row.source_coin_id, row.coin_id]);
    };
    await pass('coingecko');
    await pass('coinpaprika');
    const settled = [
      ['acme', 'acme'],
      ['quark', 'quark'],
    ];
    expect(await coins()).toEqual(settled);
    market.coinPaprika = [zed, paprika('acm-acme')];
    await pass('coinpaprika');
    expect(await coins()).toEqual([...settled, ['acm-acme', 'acme']]);
    const far = paprika('qua-quark', 999, { symbol: 'QUA', name: 'Quark' });
    const doubted = ['qua-quark', 'quark-qua'];
    for (const more of [[], [paprika('qua-works', 998, { symbol: 'QUA', name: 'Quark' })]]) {
      market.coinPaprika = [zed, paprika('acm-acme'), far, ...more];
      await pass('coinpaprika');
      expect((await coins()).slice(0, 4)).toEqual([...settled, ['acm-acme', 'acme'], doubted]);
    }
    market.coinGecko = [gecko('acme', { name: 'Acme Two' }), quark('quark', { market_cap_rank: 1 })];
    await pass('coingecko');
    expect((await coins()).slice(0, 4)).toEqual([...settled, ['acm-acme', 'acme'], doubted]);
  });

  it('prices far apart at one time make it suspect, until they meet again', async () => {
    await pass('coingecko');
    await pass('coinpaprika');
    market.coinPaprika = [paprika('acm-acme', 5)];
    await pass('coinpaprika');
    expect(await listingsOf('acme')).toHaveLength(2);
    expect(await suspects()).toEqual(['coinpaprika acm-acme']);
    market.coinPaprika = [paprika('acm-acme', 2.05)];
    await pass('coinpaprika');
    expect(await suspects()).toEqual([]);
  });

  it('a namesake that comes later makes it suspect, and stays alone', async () => {
    await pass('coingecko');
    await pass('coinpaprika');
    market.coinPaprika = [paprika('acm-acme'), paprika('acm-acme-works')];
    await pass('coinpaprika');
    expect((await listingsOf('acme')).map((row) => row.source_coin_id)).toEqual(['acme', 'acm-acme']);
    expect(await suspects()).toEqual([]);

    market.coinGecko = [gecko('acme', { name: 'Acme Works' }), gecko('acme-2', { name: 'Acme' })];
    await pass('coingecko');
    expect((await listingsOf('acme')).map((row) => row.source_coin_id)).toEqual(['acme', 'acm-acme']);
    expect(await suspects()).not.toEqual([]);
  });

  it('a contract its catalogue no longer gives is none', async () => {
    market.contracts = [{ id: 'acm-acme', type: 'ERC20', active: true, address: ethereumAddress(2) }];
    await pass('coinpaprika');
    const contracts = (): Promise<unknown[]> =>
      service.database.dataSource.query(`SELECT source_coin_id, address FROM listing_contracts`);
    expect(await contracts()).toHaveLength(1);
    market.contracts = [{ id: 'oth-other', type: 'ERC20', active: true, address: ethereumAddress(3) }];
    await forgetCatalogues();
    await pass('coinpaprika');
    expect(await contracts()).toEqual([{ source_coin_id: 'oth-other', address: ethereumAddress(3) }]);
  });
});

describe('first passes in any order', () => {
  const SOURCES = ['coingecko', 'coinpaprika', 'csv'];
  const orders = [
    ['coinpaprika', 'coingecko', 'csv'],
    ['csv', 'coinpaprika', 'coingecko'],
  ];
  const at = minutesAgo(5);
  const coinGecko: Row[] = [
    // Namesakes on two pages, one of which CoinPaprika could have met before the other came.
    coinGeckoRow(0, at, { id: 'twin', symbol: 'twn', name: 'Twin' }),
    coinGeckoRow(1, at, { id: 'pirate-chain', symbol: 'arr', name: 'Pirate Chain' }),
    ...Array.from({ length: 250 }, (_, index) => coinGeckoRow(index + 10, at)),
    coinGeckoRow(400, at, { id: 'twin-twin', symbol: 'twn', name: 'Twin' }),
    coinGeckoRow(401, at, { id: 'moved', symbol: 'mov', name: 'Moved', current_price: 9 }),
  ];
  const coinPaprika: Row[] = [
    coinPaprikaRow(0, at, { id: 'twn-other-twin', symbol: 'TWN', name: 'Twin' }),
    coinPaprikaRow(1, at, { id: 'arr-pirate', symbol: 'ARR', name: 'Pirate' }),
    ...Array.from({ length: 9 }, (_, index) => coinPaprikaRow(index + 10, at)),
    coinPaprikaRow(401, at, {
      id: 'mov-moved',
      symbol: 'MOV',
      name: 'Moved',
      quotes: { USD: { ...usd, price: 9 } },
    }),
  ];

  const stateAfter = async (order: readonly string[], turned: boolean): Promise<unknown[]> => {
    const market = await Market.open();
    const inOrder = <T>(rows: readonly T[]): T[] => (turned ? [...rows].reverse() : [...rows]);
    market.coinGecko = inOrder(coinGecko);
    market.coinPaprika = inOrder(coinPaprika);
    market.catalogue = [
      { id: 'moved', symbol: 'mov', name: 'Moved', platforms: { ethereum: ethereumAddress(1) } },
    ];
    market.contracts = [{ id: 'mov-moved', type: 'ERC20', active: true, address: ethereumAddress(2) }];
    const service = await startService({ environment: market.environment });
    try {
      for (const source of order) expect(await service.run(source)).toMatchObject({ status: 'success' });
      return await service.database.dataSource.query(
        `SELECT l.source, l.source_coin_id, l.coin_id, k.method, k.evidence, k.candidates, c.name, c.symbol
         FROM listings l
         JOIN identity_links k ON k.listing_id = l.listing_id AND k.revoked_at IS NULL
         JOIN coins c ON c.coin_id = l.coin_id
         ORDER BY l.source, l.source_coin_id`,
      );
    } finally {
      await service.stop();
      await market.close();
    }
  };

  it('make the same coins, of the same names, for the same reasons', async () => {
    const first = await stateAfter(SOURCES, false);
    expect(first).toContainEqual(expect.objectContaining({ source_coin_id: 'twin', coin_id: 'twin' }));
    for (const order of orders) expect(await stateAfter(order, true)).toEqual(first);
  });
});
