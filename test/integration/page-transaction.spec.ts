import { gunzipSync } from 'node:zlib';
import { Market, Verbatim, coinGeckoRow, minutesAgo, rowsOf } from '../support/market.js';
import { LockHolder } from '../support/lock-holder.js';
import { answer } from '../support/misbehaving-server.js';
import { startService } from '../support/service.js';
import type { Service } from '../support/service.js';

const BOTH = `
  SELECT 'coin ' || coin_id AS row, ctid::text, xmin::text FROM coins
  UNION ALL SELECT 'listing ' || listing_id, ctid::text, xmin::text FROM listings
  UNION ALL SELECT 'quote ' || listing_id || ' ' || quoted_at, ctid::text, xmin::text FROM quotes
  UNION ALL SELECT 'link ' || link_id, ctid::text, xmin::text FROM identity_links
  ORDER BY 1`;

interface StoredListing {
  readonly listing_id: string;
  readonly price: string | null;
  readonly name: string;
  readonly quoted_at: Date;
}

describe('a page is loaded in one transaction', () => {
  let market: Market;
  let service: Service;

  beforeAll(async () => {
    market = await Market.open();
    service = await startService({ environment: { ...market.environment, COINGECKO_MAX_COINS: '250' } });
  });
  afterAll(async () => {
    await service.stop();
    await market.close();
  });

  const listing = async (id: string): Promise<StoredListing> => {
    const [row] = await service.rows<StoredListing>(
      `SELECT listing_id, price::text, name, quoted_at FROM listings WHERE source = 'coingecko' AND source_coin_id = $1`,
      [id],
    );
    if (!row) throw new Error(`no listing ${id}`);
    return row;
  };
  const quotes = (id: string): Promise<{ price: string; quoted_at: Date; partition: string }[]> =>
    service.rows(
      `SELECT q.price::text, q.quoted_at, q.tableoid::regclass::text AS partition
       FROM quotes q JOIN listings USING (listing_id) WHERE source_coin_id = $1 ORDER BY q.quoted_at`,
      [id],
    );

  it('rewrites nothing when the same page comes again', async () => {
    market.coinGecko = rowsOf(20, coinGeckoRow, { from: 0 });
    expect(await service.run('coingecko')).toMatchObject({
      status: 'success',
      pages: 2,
      extracted: 21,
      inserted: 20,
      updated: 0,
      unchanged: 1,
      resumed: false,
    });
    const before = await service.rows(BOTH);
    expect(before).toHaveLength(80);
    expect(await service.run('coingecko')).toMatchObject({
      extracted: 20,
      inserted: 0,
      updated: 0,
      unchanged: 20,
      quarantined: 0,
    });
    expect(await service.rows(BOTH)).toEqual(before);
  });

  it('writes what changed and one quote more, and leaves the rest alone', async () => {
    market.coinGecko = rowsOf(20, coinGeckoRow, { from: 100 });
    await service.run('coingecko');
    const untouched = `SELECT ctid::text, xmin::text FROM listings WHERE source_coin_id <> 'coin-103' ORDER BY listing_id`;
    const before = await service.rows(untouched);
    market.coinGecko[3] = coinGeckoRow(103, minutesAgo(5), { current_price: 77.5 });
    expect(await service.run('coingecko')).toMatchObject({ extracted: 20, updated: 1, unchanged: 19 });
    expect(await service.rows(untouched)).toEqual(before);
    expect(await listing('coin-103')).toMatchObject({ price: '77.5' });
    expect((await quotes('coin-103')).map(({ price }) => price)).toEqual(['13.875', '77.5']);
    const coins: { price: string }[] = await service.rows(
      `SELECT price::text FROM coins WHERE coin_id = 'coin-103'`,
    );
    expect(coins).toEqual([{ price: '77.5' }]);
  });

  it('writes no quote for a listing of which only the name or the time changed', async () => {
    market.coinGecko = [coinGeckoRow(150, minutesAgo(9))];
    await service.run('coingecko');
    market.coinGecko = [coinGeckoRow(150, minutesAgo(4), { name: 'Renamed' })];
    expect(await service.run('coingecko')).toMatchObject({ updated: 1 });
    expect(await listing('coin-150')).toMatchObject({ name: 'Renamed' });
    expect(await quotes('coin-150')).toHaveLength(1);
  });

  it('never lets older data overwrite newer', async () => {
    const [older, newer] = [minutesAgo(8), minutesAgo(3)];
    market.coinGecko = [coinGeckoRow(200, newer, { current_price: 2 })];
    await service.run('coingecko');
    market.coinGecko = [coinGeckoRow(200, older, { current_price: 1 })];
    expect(await service.run('coingecko')).toMatchObject({ updated: 0, unchanged: 1 });
    expect(await listing('coin-200')).toMatchObject({ price: '2', quoted_at: newer });
    expect(await quotes('coin-200')).toHaveLength(1);
  });

  it('takes the last of two records of one asset, or the one its source says is newer', async () => {
    const [older, newer] = [minutesAgo(8), minutesAgo(3)];
    market.coinGecko = [
      coinGeckoRow(210, newer, { current_price: 1 }),
      coinGeckoRow(210, newer, { current_price: 2 }),
      coinGeckoRow(211, newer, { current_price: 3 }),
      coinGeckoRow(211, older, { current_price: 4 }),
      coinGeckoRow(212, newer, { current_price: 5 }),
    ];
    expect(await service.run('coingecko')).toMatchObject({
      extracted: 5,
      inserted: 3,
      unchanged: 2,
      duplicates: 2,
      quarantined: 0,
    });
    expect([(await listing('coin-210')).price, (await listing('coin-211')).price]).toEqual(['2', '3']);
  });

  it('keeps every digit of a price', async () => {
    const digits = '12345678.123456789012345678901234567';
    const tiny = '0.0000000000000000038123456789012345';
    market.coinGecko = [
      coinGeckoRow(220, minutesAgo(3), { current_price: new Verbatim(digits) }),
      coinGeckoRow(221, minutesAgo(3), { current_price: new Verbatim('3.8123456789012345e-18') }),
    ];
    await service.run('coingecko');
    expect([(await listing('coin-220')).price, (await listing('coin-221')).price]).toEqual([digits, tiny]);
    expect((await service.get('/coins/coin-220')).text).toContain(digits);
    expect((await service.get('/data?ids=coin-221')).text).toContain(tiny);
  });

  it('keeps the page’s bytes exactly as they came', async () => {
    const body = ` [ ${JSON.stringify(coinGeckoRow(230, minutesAgo(3)))}, "\\u0000", 1.50e3 ]\n`;
    market.spoil(/markets.*&page=1&/, answer(200, body));
    market.coinGecko = [];
    const { run_id } = await service.run('coingecko');
    market.heal();
    const pages = await service.rows<{ body: Buffer; bytes: number; hash: string; url: string }>(
      `SELECT body, bytes, hash, url FROM raw_coingecko WHERE run_id = $1`,
      [run_id],
    );
    expect(pages.map((page) => gunzipSync(page.body).toString())).toEqual([body]);
    expect(pages[0]).toMatchObject({ bytes: Buffer.byteLength(body) });
    expect(pages[0]?.url).toContain('/coins/markets?vs_currency=usd');
  });

  it('puts a quote into its month, and none that is older than what is kept', async () => {
    const now = new Date();
    const lastMonth = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1, 15));
    const nameOf = (time: Date): string => `quotes_${time.toISOString().slice(0, 7).replace('-', '_')}`;
    market.coinGecko = [
      coinGeckoRow(240, lastMonth),
      coinGeckoRow(241, new Date('2020-02-02T00:00:00Z')),
      coinGeckoRow(242, minutesAgo(0)),
    ];
    expect(await service.run('coingecko')).toMatchObject({ inserted: 3, quarantined: 0 });
    expect(await quotes('coin-240')).toMatchObject([{ partition: nameOf(lastMonth), quoted_at: lastMonth }]);
    expect(await quotes('coin-241')).toEqual([]);
    expect(await listing('coin-241')).toMatchObject({ quoted_at: new Date('2020-02-02T00:00:00Z') });
    expect(await quotes('coin-242')).toMatchObject([{ partition: nameOf(now) }]);
  });

  it('lets what has a time of its own replace what had none, and the other way round', async () => {
    market.coinGecko = [coinGeckoRow(250, minutesAgo(3), { last_updated: null, current_price: 1 })];
    await service.run('coingecko');
    await service.rows(`UPDATE listings SET quoted_at = NULL WHERE source_coin_id = 'coin-250'`);
    market.coinGecko = [coinGeckoRow(250, minutesAgo(30), { current_price: 2 })];
    expect(await service.run('coingecko')).toMatchObject({ updated: 1 });
    expect(await listing('coin-250')).toMatchObject({ price: '2' });
  });

  it('takes the checkpoint’s lock before the run’s, as the heartbeat does', async () => {
    market.coinGecko = [coinGeckoRow(260, minutesAgo(3))];
    let ended: Promise<unknown> = Promise.resolve();
    await LockHolder.during(service.database.dataSource, async (holder) => {
      market.spoil(/markets.*&page=1&/, async (request, response) => {
        // Only now: claiming needs the checkpoint too.
        await holder.query(`SELECT 1 FROM etl_checkpoints WHERE source = 'coingecko' FOR UPDATE`);
        return answer(200, JSON.stringify(market.coinGecko))(request, response);
      });
      ended = service.run('coingecko');
      await holder.waiting();
      await expect(
        holder.query(`SELECT 1 FROM etl_runs WHERE status = 'running' FOR UPDATE NOWAIT`),
      ).resolves.toHaveLength(1);
    });
    market.heal();
    expect(await ended).toMatchObject({ status: 'success' });
  });
});
