import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';
import { coinGeckoRow, coinPaprikaRow, Market, minutesAgo } from '../support/market.js';
import { startService } from '../support/service.js';
import type { Service } from '../support/service.js';
import { dumpTables } from '../support/table-dump.js';

const usd = { market_cap: 5000, volume_24h: 5000, percent_change_24h: -1 };

describe('a crosswalk whose file changes', () => {
  let folder: string;
  let crosswalkFile: string;
  let market: Market;
  let database: TestDatabase;
  let service: Service | null = null;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mintmark-crosswalk-'));
    crosswalkFile = join(folder, 'crosswalk.csv');
    database = await createTestDatabase();
    market = await Market.open();
    const at = minutesAgo(5);
    market.catalogue = [];
    market.contracts = [];
    market.coinGecko = [
      coinGeckoRow(1, at, { id: 'acme', symbol: 'acm', name: 'Acme', current_price: 2 }),
      coinGeckoRow(2, at, { id: 'other', symbol: 'oth', name: 'Other', current_price: 3 }),
    ];
    market.coinPaprika = [
      coinPaprikaRow(1, at, {
        id: 'acm-acme',
        symbol: 'ACM',
        name: 'Acme',
        quotes: { USD: { ...usd, price: 2.02 } },
      }),
      coinPaprikaRow(2, at, {
        id: 'zed-zed',
        symbol: 'ZED',
        name: 'Zed',
        quotes: { USD: { ...usd, price: 3.03 } },
      }),
    ];
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await service?.stop();
    service = null;
    await market.close();
    await database.drop();
    await rm(folder, { recursive: true });
  });

  /** A start with these lines in the file. */
  const start = async (...lines: string[]): Promise<Service> => {
    await service?.stop();
    await writeFile(crosswalkFile, ['coin_id,source,source_coin_id', ...lines, ''].join('\n'));
    service = await startService({ database, crosswalkFile, environment: market.environment });
    return service;
  };
  const load = async (running: Service): Promise<void> => {
    for (const source of ['coingecko', 'coinpaprika'])
      expect(await running.run(source)).toMatchObject({ status: 'success' });
  };
  const links = (): Promise<unknown[]> =>
    database.dataSource.query(
      `SELECT l.source_coin_id AS id, l.coin_id AS coin, k.method
       FROM listings l JOIN identity_links k USING (listing_id, coin_id)
       WHERE k.revoked_at IS NULL ORDER BY l.source, l.source_coin_id`,
    );
  const link = (id: string, coin: string, method: string): object => ({ id, coin, method });

  const AS_FOUND = [
    link('acme', 'acme', 'symbol_name'),
    link('other', 'other', 'own'),
    link('acm-acme', 'acme', 'symbol_name'),
    link('zed-zed', 'zed', 'own'),
  ];
  const RENAMED = ['other,coingecko,other', 'other,coinpaprika,zed-zed'];

  it('links what is stored already, at the next start, with its consensus', async () => {
    await load(await start());
    expect(await links()).toEqual(AS_FOUND);
    const again = await start(...RENAMED);
    expect(await links()).toEqual([
      AS_FOUND[0],
      link('other', 'other', 'crosswalk'),
      AS_FOUND[2],
      link('zed-zed', 'other', 'crosswalk'),
    ]);
    expect((await again.get('/coins/other')).body.data).toMatchObject({ price_status: 'agreed' });
    expect((await again.get('/coins/zed')).body.data.coin_id).toBe('other');
  });

  it('gives the same as if it had always been there', async () => {
    const lines = ['acme-two,coingecko,acme', 'acme,coinpaprika,zed-zed'];
    await load(await start(...lines));
    const expected = await links();
    await service?.stop();
    service = null;
    await database.drop();
    database = await createTestDatabase();
    await load(await start());
    await start(...lines);
    expect(await links()).toEqual(expected);
  });

  it('takes back what a line that is gone has linked, and keeps the names', async () => {
    await load(await start(...RENAMED, 'acme,coingecko,acme'));
    await start('acme,coingecko,acme');
    expect(await links()).toEqual([
      link('acme', 'acme', 'crosswalk'),
      link('other', expect.any(String) as string, 'own'),
      AS_FOUND[2],
      link('zed-zed', expect.any(String) as string, 'own'),
    ]);
    const coins = await database.dataSource.query<{ coin_id: string }[]>(
      `SELECT DISTINCT coin_id FROM listings WHERE source_coin_id IN ('other', 'zed-zed') ORDER BY coin_id`,
    );
    expect(coins.map(({ coin_id }) => coin_id)).toEqual(['other', 'zed']);
    await start();
    expect(await links()).toEqual(AS_FOUND);
  });

  it('changes nothing when it has not changed', async () => {
    await load(await start(...RENAMED));
    const rows = `SELECT ctid::text, xmin::text FROM identity_links UNION ALL
                  SELECT ctid::text, xmin::text FROM listings UNION ALL
                  SELECT ctid::text, xmin::text FROM coins UNION ALL
                  SELECT ctid::text, xmin::text FROM data_version`;
    const before: unknown = await database.dataSource.query(rows);
    await start(...RENAMED, 'nobody,coingecko,not-listed-yet');
    expect(await database.dataSource.query(rows)).toEqual(before);
  });

  it('is applied once by replicas that start together', async () => {
    await load(await start());
    await service?.stop();
    service = null;
    await writeFile(crosswalkFile, ['coin_id,source,source_coin_id', ...RENAMED, ''].join('\n'));
    const decisions = (): Promise<unknown[]> =>
      database.dataSource.query(`SELECT link_id FROM identity_links`);
    const before = await decisions();
    const options = { database, crosswalkFile, environment: market.environment };
    const replicas = await Promise.all([startService(options), startService(options), startService(options)]);
    for (const replica of replicas) await replica.stop();
    expect(await decisions()).toHaveLength(before.length + 2);
    expect(await links()).toContainEqual(link('zed-zed', 'other', 'crosswalk'));
  });

  it('yields to what a person decided, and says so', async () => {
    const running = await start();
    await load(running);
    const headers = { ...running.authorization, 'Content-Type': 'application/json' };
    const send = (path: string, body: object): Promise<{ status: number }> =>
      running.ask('POST', path, { headers, body: JSON.stringify(body) });
    const zed = { source: 'coinpaprika', source_coin_id: 'zed-zed' };
    expect(await send('/identity/links', { ...zed, coin_id: 'acme' })).toMatchObject({ status: 200 });
    const before = await dumpTables(database.dataSource);
    const warned = jest.spyOn(Logger.prototype, 'warn');
    const again = await start('other,coinpaprika,zed-zed');
    expect(warned.mock.calls.flat()).toContainEqual(
      expect.stringMatching(/^Crosswalk, line 2: coinpaprika zed-zed is other here.*it is acme/),
    );
    expect(await dumpTables(database.dataSource)).toEqual(before);
    expect((await again.get('/coins/acme')).body.data.listings).toHaveLength(3);
  });

  it('says that a line names a source that is not there', async () => {
    const warned = jest.spyOn(Logger.prototype, 'warn');
    await start('other,coinpaprika,zed-zed', 'other,coingeko,other');
    expect(warned.mock.calls.flat().filter((said) => /^Crosswalk/.test(String(said)))).toEqual([
      'Crosswalk, line 3: there is no source coingeko, only coinpaprika, coingecko, csv; the line means nothing as yet',
    ]);
  });

  it('means the coin that a person has merged its coin into, for what comes later too', async () => {
    const running = await start('other,coinpaprika,late-late', 'other,coingecko,other');
    await load(running);
    const headers = { ...running.authorization, 'Content-Type': 'application/json' };
    const body = JSON.stringify({ from: 'other', into: 'acme' });
    expect(await running.ask('POST', '/identity/merge', { headers, body })).toMatchObject({ status: 200 });
    const quotes = { USD: { ...usd, price: 3 } };
    market.coinPaprika.push(
      coinPaprikaRow(3, minutesAgo(2), { id: 'late-late', symbol: 'LATE', name: 'Late', quotes }),
    );
    await load(running);
    expect(await links()).toContainEqual(link('late-late', 'acme', 'crosswalk'));
    expect((await running.get('/coins/other')).body.data.coin_id).toBe('acme');
  });

  it('means the coin that a person has merged its coin into', async () => {
    const running = await start();
    await load(running);
    const headers = { ...running.authorization, 'Content-Type': 'application/json' };
    const body = JSON.stringify({ from: 'other', into: 'acme' });
    expect(await running.ask('POST', '/identity/merge', { headers, body })).toMatchObject({ status: 200 });
    await start(...RENAMED);
    expect(await links()).toContainEqual(link('zed-zed', 'acme', 'crosswalk'));
    expect(await links()).toContainEqual(link('other', 'acme', 'pinned'));
  });
});
