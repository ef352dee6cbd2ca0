import { coinGeckoRow, coinPaprikaRow, ethereumAddress, Market, minutesAgo } from '../support/market.js';
import { LockHolder } from '../support/lock-holder.js';
import { startService } from '../support/service.js';
import type { Service, ServiceAnswer } from '../support/service.js';
import { dumpTables } from '../support/table-dump.js';

interface Listing {
  readonly source: string;
  readonly source_coin_id: string;
}

const SOURCES = ['coingecko', 'coinpaprika'];
const usd = { market_cap: 5000, volume_24h: 5000, percent_change_24h: -1 };

describe('what a person decides about identity', () => {
  let market: Market;
  let service: Service;

  beforeEach(async () => {
    market = await Market.open();
    const at = minutesAgo(5);
    market.catalogue = [];
    market.contracts = [];
    market.coinGecko = [
      coinGeckoRow(1, at, { id: 'acme', symbol: 'acm', name: 'Acme', current_price: 2 }),
      coinGeckoRow(2, at, { id: 'other', symbol: 'oth', name: 'Other', current_price: 3 }),
      coinGeckoRow(3, at, { id: 'twin', symbol: 'twn', name: 'Twin', current_price: 4 }),
      coinGeckoRow(4, at, { id: 'twin-2', symbol: 'twn', name: 'Twin', current_price: 4.1 }),
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
      coinPaprikaRow(3, at, {
        id: 'twn-twin',
        symbol: 'TWN',
        name: 'Twin',
        quotes: { USD: { ...usd, price: 4.02 } },
      }),
    ];
    service = await startService({ environment: market.environment });
    for (const source of SOURCES) expect(await service.run(source)).toMatchObject({ status: 'success' });
  });
  afterEach(async () => {
    await service.stop();
    await market.close();
  });

  const ACME_CG = { source: 'coingecko', source_coin_id: 'acme' };
  const ACME_CP = { source: 'coinpaprika', source_coin_id: 'acm-acme' };
  const ZED = { source: 'coinpaprika', source_coin_id: 'zed-zed' };
  const TWIN_CP = { source: 'coinpaprika', source_coin_id: 'twn-twin' };

  const send = (method: string, path: string, body?: unknown): Promise<ServiceAnswer> =>
    service.ask(method, path, {
      headers: {
        ...service.authorization,
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  const pin = (listing: Listing, coinId: string, more: object = {}): Promise<ServiceAnswer> =>
    send('POST', '/identity/links', { ...listing, coin_id: coinId, ...more });
  const split = (listing: Listing): Promise<ServiceAnswer> =>
    send('DELETE', `/identity/links?${new URLSearchParams({ ...listing }).toString()}`);
  const merge = (from: string, into: string): Promise<ServiceAnswer> =>
    send('POST', '/identity/merge', { from, into });
  const undo = (decision: ServiceAnswer): Promise<ServiceAnswer> =>
    send('POST', `/identity/decisions/${decision.body.data.decision_id}/undo`);
  const coinOf = async ({ source, source_coin_id }: Listing): Promise<string> => {
    const rows = await service.rows<{ coin_id: string }>(
      `SELECT l.coin_id FROM listings l JOIN identity_links k USING (listing_id, coin_id)
       WHERE l.source = $1 AND l.source_coin_id = $2 AND k.revoked_at IS NULL`,
      [source, source_coin_id],
    );
    return rows[0]?.coin_id ?? 'none';
  };
  /** The day after: everything is asked again, and every price is another. */
  const nextDay = async (): Promise<void> => {
    await service.rows(`UPDATE etl_checkpoints SET memory = '{}'`);
    const at = minutesAgo(1).toISOString();
    market.coinGecko = market.coinGecko.map((row) => ({ ...row, last_updated: at, market_cap: 77 }));
    market.coinPaprika = market.coinPaprika.map((row) => ({ ...row, last_updated: at }));
    for (const source of SOURCES) expect(await service.run(source)).toMatchObject({ status: 'success' });
  };
  /** What there is, but for decisions that hold no more. */
  const state = async (): Promise<object> => {
    const { links, ...rest } = await dumpTables(service.database.dataSource);
    return { ...rest, links: links?.filter((link) => (link as { in_force: boolean }).in_force) };
  };

  it('shows what is in doubt, with what a person needs, and what to do', async () => {
    const { status, body, headers } = await service.get('/identity/ambiguous');
    expect(status).toBe(200);
    expect(headers.get('etag')).toMatch(/^W\//);
    expect(body.metadata).toMatchObject({
      total_count: 3,
      what_to_do: expect.stringContaining('POST /identity/links') as string,
    });
    const { body: own } = await service.get('/identity/ambiguous?source=coinpaprika&limit=1');
    expect(own.metadata).toMatchObject({ total_count: 1, total_pages: 1 });
    expect(own.data).toMatchObject([
      {
        ...TWIN_CP,
        symbol: 'TWN',
        current_price: 4.02,
        volume_24h: 5000,
        rank: 4,
        method: 'own',
        coin: { coin_id: await coinOf(TWIN_CP), sources: ['coinpaprika'], price_status: 'single' },
        candidates: [
          { source: 'coingecko', source_coin_id: 'twin', coin_id: 'twin', current_price: 4 },
          { source: 'coingecko', source_coin_id: 'twin-2', coin_id: expect.any(String) as string },
        ],
      },
    ]);
    const pages = await Promise.all(
      [1, 2, 3].map((page) => service.get(`/identity/ambiguous?limit=1&page=${page}`)),
    );
    expect(pages.map((page): unknown => page.body.data[0])).toEqual(body.data);
    expect((await service.get('/identity/ambiguous?source=csv')).body.data).toEqual([]);
  });

  it('shows where the candidates of a doubt are today', async () => {
    const candidates = async (): Promise<object[]> => {
      const { body } = await service.get(`/coins/${await coinOf(TWIN_CP)}`);
      return (body.data.listings as { link: { candidates: object[] } }[]).flatMap(
        ({ link }) => link.candidates,
      );
    };
    // As for a source that came first: when the doubt arose, the others had no coin.
    await service.rows(
      `UPDATE identity_links SET candidates = (
         SELECT jsonb_agg(c || '{"coinId": null}') FROM jsonb_array_elements(candidates) c)
       WHERE candidates <> '[]'`,
    );
    const today = await service.rows<object>(
      `SELECT source_coin_id, coin_id FROM listings WHERE source_coin_id IN ('twin', 'twin-2') ORDER BY 1`,
    );
    expect(today).toHaveLength(2);
    expect(await candidates()).toMatchObject(today);
  });

  it('shows links that are contradicted', async () => {
    expect((await service.get('/identity/suspect')).body.data).toEqual([]);
    await service.rows(
      `UPDATE identity_links SET suspect = '["different contracts on ethereum"]'
       WHERE revoked_at IS NULL AND coin_id = 'acme'`,
    );
    await service.rows(`UPDATE data_version SET version = version + 1`);
    const { body } = await service.get('/identity/suspect?source=coingecko');
    expect(body.data).toMatchObject([
      { ...ACME_CG, coin: { coin_id: 'acme' }, suspect: ['different contracts on ethereum'] },
    ]);
    expect(await pin(ACME_CG, 'acme')).toMatchObject({ status: 200 });
    expect((await service.get('/identity/suspect?page=1')).body.data).toMatchObject([ACME_CP]);
  });

  describe('a pin', () => {
    it('moves a listing at once, with its history, and the consensus of both coins', async () => {
      const quotes = await service.rows(`SELECT listing_id, price FROM quotes ORDER BY 1, 2`);
      expect((await service.get('/coins/other')).body.data.price_status).toBe('single');
      const { status, body } = await pin(ZED, 'other', { reason: 'renamed' });
      expect(status).toBe(200);
      expect(body.data).toMatchObject({
        kind: 'pin',
        reason: 'renamed',
        listings: [{ ...ZED, coin_before: 'zed', coin_after: 'other' }],
        undone_at: null,
      });
      const coin = await service.get('/coins/other?');
      expect(coin.body.data).toMatchObject({ price_status: 'agreed', sources: SOURCES });
      expect(coin.body.data.listings[1]).toMatchObject({
        ...ZED,
        link: { method: 'pinned', confidence: 1, decided_by: 'person' },
      });
      expect(coin.text).not.toContain('renamed');
      const old = await service.get('/coins/zed');
      expect(old.body.data.coin_id).toBe('other');
      expect(await service.rows(`SELECT listing_id, price FROM quotes ORDER BY 1, 2`)).toEqual(quotes);
    });

    it('ends the doubt of all whom it concerns, until it is undone', async () => {
      const doubts = async (): Promise<unknown> => (await service.get('/identity/ambiguous')).body.data;
      const before = await doubts();
      expect(before).toHaveLength(3);
      const counted = async (): Promise<string | undefined> =>
        (await service.get('/metrics')).text.match(/^mintmark_identity_ambiguous_listings (\d+)$/m)?.[1];
      expect(await counted()).toBe('3');
      const decision = await pin(TWIN_CP, 'twin');
      expect(await doubts()).toEqual([]);
      expect(await counted()).toBe('0');
      await undo(decision);
      expect(await doubts()).toEqual(before);
    });

    it('survives a re-ingest, and contracts that say something else', async () => {
      await pin(ACME_CP, 'other');
      market.catalogue = [
        { id: 'acme', symbol: 'acm', name: 'Acme', platforms: { ethereum: ethereumAddress(7) } },
      ];
      market.contracts = [{ id: 'acm-acme', type: 'ERC20', active: true, address: ethereumAddress(7) }];
      await nextDay();
      await nextDay();
      expect(await coinOf(ACME_CP)).toBe('other');
      expect(await coinOf(ACME_CG)).toBe('acme');
    });

    it('holds its coin together when the first passes are over and all is looked at again', async () => {
      await pin(ZED, 'other');
      await merge('acme', 'twin');
      expect(await service.run('csv')).toMatchObject({ status: 'success' });
      await nextDay();
      const coins = [];
      for (const source_coin_id of ['other', 'acme', 'twin'])
        coins.push(await coinOf({ source: 'coingecko', source_coin_id }));
      expect(coins).toEqual(['other', 'twin', 'twin']);
      // Prices that speak against it are no news to who has decided.
      market.coinGecko = market.coinGecko.map((row) =>
        row['id'] === 'twin' ? { ...row, current_price: 99 } : row,
      );
      await nextDay();
      const suspect: { coin: { coin_id: string } }[] = (await service.get('/identity/suspect')).body.data;
      expect(suspect.filter(({ coin }) => ['other', 'twin'].includes(coin.coin_id))).toEqual([]);
      expect([await coinOf(ZED), await coinOf(ACME_CP)]).toEqual(['other', 'twin']);
    });

    it('follows a coin that was merged', async () => {
      await merge('zed', 'other');
      expect((await pin(ACME_CP, 'zed')).body.data.listings[0].coin_after).toBe('other');
      expect(await coinOf(ACME_CP)).toBe('other');
    });

    it('back to what the listing was is that coin, not the one it is taken out of', async () => {
      await pin(ZED, 'acme');
      expect((await pin(ZED, 'zed')).body.data.listings).toMatchObject([
        { coin_before: 'acme', coin_after: 'zed' },
      ]);
      expect((await service.get('/coins/zed')).body.data.coin_id).toBe('zed');
    });

    it('takes with it what had led to the wrong coin, there and back', async () => {
      await pin(ZED, 'acme');
      const leadsTo = async (): Promise<unknown> => (await service.get('/coins/zed')).body.data.coin_id;
      expect(await leadsTo()).toBe('acme');
      const corrected = await pin(ZED, 'other');
      expect(await leadsTo()).toBe('other');
      expect((await merge('zed', 'twin')).body.detail).toContain('leads to other');
      await undo(corrected);
      expect(await leadsTo()).toBe('acme');
    });

    it('leaves what leads to two places where it led, once it is undone', async () => {
      await merge('acme', 'twin');
      await pin(ACME_CP, 'other');
      const before = await state();
      const pinned = await pin(ACME_CG, 'zed');
      expect((await service.get('/coins/acme')).body.data.coin_id).toBe('zed');
      await undo(pinned);
      expect(await state()).toEqual(before);
    });

    it('is refused where it says nothing, or names nothing there is', async () => {
      await pin(ACME_CP, 'other');
      expect(await pin(ACME_CP, 'other')).toMatchObject({
        status: 409,
        body: { type: '/problems/already-pinned' },
      });
      expect(await pin(ACME_CP, 'nothing')).toMatchObject({
        status: 404,
        body: { type: '/problems/coin-not-found' },
      });
      expect(await pin({ source: 'coinpaprika', source_coin_id: 'nobody' }, 'other')).toMatchObject({
        status: 404,
        body: { type: '/problems/listing-not-found' },
      });
      const { body } = await send('GET', '/identity/decisions');
      expect(body.metadata.total_count).toBe(1);
    });

    it('is one of two at once that ask the same, and both of two that differ', async () => {
      const asked = [pin(ACME_CP, 'other'), pin(ACME_CP, 'other')];
      const same = (await Promise.all(asked)).map(({ status }) => status);
      expect(same.sort()).toEqual([200, 409]);
      const both = await Promise.all([pin(ACME_CP, 'zed'), pin(ACME_CP, 'acme')]);
      expect(both.map(({ status }) => status)).toEqual([200, 200]);
      const { body } = await send('GET', '/identity/decisions?limit=1');
      expect(await coinOf(ACME_CP)).toBe(body.data[0].listings[0].coin_after);
      const links = await service.rows(
        `SELECT 1 FROM identity_links JOIN listings USING (listing_id)
         WHERE source_coin_id = 'acm-acme' AND revoked_at IS NULL`,
      );
      expect(links).toHaveLength(1);
    });

    it('waits for the page that loads its listing, and lets it through', async () => {
      let pinned: Promise<ServiceAnswer> | undefined;
      let run: Promise<unknown> | undefined;
      market.coinPaprika.push(
        coinPaprikaRow(9, minutesAgo(2), {
          id: 'new-new',
          symbol: 'NEW',
          name: 'New',
          quotes: { USD: { ...usd, price: 1 } },
        }),
      );
      market.coinPaprika[0] = { ...market.coinPaprika[0], last_updated: minutesAgo(2).toISOString() };
      await LockHolder.during(service.database.dataSource, async (holder) => {
        await holder.query('LOCK TABLE identity_links IN SHARE ROW EXCLUSIVE MODE');
        pinned = pin(ACME_CP, 'other');
        await holder.waiting();
        // It has changed the listing's row when it comes to decide, after the pin.
        run = service.run('coinpaprika');
        await holder.waiting(2);
      });
      expect(await run).toMatchObject({ status: 'success', inserted: 1, updated: 1 });
      expect(await pinned).toMatchObject({ status: 200 });
      expect(await coinOf(ACME_CP)).toBe('other');
      expect((await service.get('/coins/other')).body.data.price_status).not.toBe('single');
    });
  });

  describe('a split', () => {
    it('gives the listing a coin of its own at once, for good', async () => {
      market.catalogue = [
        { id: 'acme', symbol: 'acm', name: 'Acme', platforms: { ethereum: ethereumAddress(7) } },
      ];
      market.contracts = [{ id: 'acm-acme', type: 'ERC20', active: true, address: ethereumAddress(7) }];
      expect(await coinOf(ACME_CP)).toBe('acme');
      const { status, body } = await split(ACME_CP);
      expect(status).toBe(200);
      const coinId: string = body.data.listings[0].coin_after;
      expect(body.data).toMatchObject({ kind: 'split', listings: [{ ...ACME_CP, coin_before: 'acme' }] });
      expect(coinId).not.toBe('acme');
      for (const coin of ['acme', coinId])
        expect((await service.get(`/coins/${coin}`)).body.data).toMatchObject({
          coin_id: coin,
          price_status: 'single',
        });
      await nextDay();
      expect([await coinOf(ACME_CG), await coinOf(ACME_CP)]).toEqual(['acme', coinId]);
    });

    it('gives a listing that was pinned or merged by mistake the coin back that it was', async () => {
      for (const mistake of [() => pin(ZED, 'acme'), () => merge('zed', 'acme')]) {
        expect((await mistake()).status).toBe(200);
        expect((await service.get('/coins/zed')).body.data.coin_id).toBe('acme');
        expect((await split(ZED)).body.data).toMatchObject({
          listings: [{ ...ZED, coin_before: 'acme', coin_after: 'zed' }],
        });
        expect((await service.get('/data?ids=zed')).body.data).toMatchObject([
          { coin_id: 'zed', current_price: 3.03, sources: ['coinpaprika'] },
        ]);
      }
    });

    it('gives each of several the coin that was founded for it, whoever was in it meanwhile', async () => {
      const OTHER = { source: 'coingecko', source_coin_id: 'other' };
      await pin(ZED, 'other');
      await merge('other', 'acme');
      expect((await split(OTHER)).body.data.listings).toMatchObject([{ coin_after: 'other' }]);
      expect((await split(ZED)).body.data.listings).toMatchObject([{ coin_after: 'zed' }]);

      await pin(ZED, 'other');
      await merge('other', 'acme');
      expect((await pin(OTHER, 'other')).body.data.listings).toMatchObject([{ coin_after: 'other' }]);
      expect((await split(ZED)).body.data.listings).toMatchObject([{ coin_after: 'zed' }]);

      await pin(ZED, 'other');
      await pin(OTHER, 'acme');
      await pin(ZED, 'twin');
      expect((await split(ZED)).body.data.listings).toMatchObject([{ coin_after: 'zed' }]);
      expect((await pin(OTHER, 'other')).body.data.listings).toMatchObject([{ coin_after: 'other' }]);
      expect((await service.get('/coins/other')).body.data.coin_id).toBe('other');
    });

    it('gives no coin to a listing that it was not founded for', async () => {
      await merge('acme', 'twin');
      expect((await split(ACME_CP)).body.data.listings[0].coin_after).not.toBe('acme');
      expect((await service.get('/coins/acme')).body.data.coin_id).toBe('twin');
      expect((await split(ACME_CG)).body.data.listings[0].coin_after).toBe('acme');
    });

    it('keeps an ambiguous listing apart, and the doubt is over', async () => {
      const before = await coinOf(TWIN_CP);
      const { status, body } = await split(TWIN_CP);
      expect(status).toBe(200);
      expect(body.data.listings).toEqual([{ ...TWIN_CP, coin_before: before, coin_after: before }]);
      expect((await service.get('/identity/ambiguous?source=coinpaprika')).body.data).toEqual([]);
      // The namesake goes: now it would be the only one.
      market.coinGecko = market.coinGecko.filter(({ id }) => id !== 'twin-2');
      await nextDay();
      expect(await coinOf(TWIN_CP)).toBe(before);
      expect(await split(TWIN_CP)).toMatchObject({
        status: 409,
        body: { type: '/problems/already-apart' },
      });
    });

    it('holds against a contract that both turn out to have', async () => {
      const [gecko, paprika] = [{ source: 'coingecko', source_coin_id: 'twin' }, TWIN_CP];
      await split(paprika);
      const before = [await coinOf(gecko), await coinOf(paprika)];
      market.catalogue = [
        { id: 'twin', symbol: 'twn', name: 'Twin', platforms: { ethereum: ethereumAddress(7) } },
      ];
      market.contracts = [{ id: 'twn-twin', type: 'ERC20', active: true, address: ethereumAddress(7) }];
      await nextDay();
      expect([await coinOf(gecko), await coinOf(paprika)]).toEqual(before);
      expect(before[0]).not.toBe(before[1]);
      // Nobody has to say it a second time, of the other one.
      expect((await service.get('/identity/ambiguous')).body.data).toEqual([]);
    });

    it('leaves alone what stays behind: it does not follow', async () => {
      await split(ACME_CG);
      const [gecko, paprika] = [await coinOf(ACME_CG), await coinOf(ACME_CP)];
      expect(gecko).not.toBe(paprika);
      market.catalogue = [
        { id: 'acme', symbol: 'acm', name: 'Acme', platforms: { ethereum: ethereumAddress(7) } },
      ];
      market.contracts = [{ id: 'acm-acme', type: 'ERC20', active: true, address: ethereumAddress(7) }];
      await nextDay();
      expect([await coinOf(ACME_CG), await coinOf(ACME_CP)]).toEqual([gecko, paprika]);
    });

    it('is refused for what nobody lists', async () => {
      expect(await split({ source: 'csv', source_coin_id: 'nobody' })).toMatchObject({
        status: 404,
        body: { type: '/problems/listing-not-found' },
      });
    });
  });

  describe('a merge', () => {
    it('leaves a signpost, and what led there leads on', async () => {
      await merge('zed', 'other');
      const { status, body } = await merge('other', 'acme');
      expect(status).toBe(200);
      expect(body.data.listings).toHaveLength(2);
      for (const coin of ['zed', 'other', 'acme'])
        expect((await service.get(`/coins/${coin}`)).body.data).toMatchObject({
          coin_id: 'acme',
          listings: { length: 4 },
        });
      const ids = (await service.get('/data?ids=zed,other,acme')).body.data as { coin_id: string }[];
      expect(ids.map(({ coin_id }) => coin_id)).toEqual(['acme']);
      await nextDay();
      expect(await coinOf(ZED)).toBe('acme');
    });

    it('of two coins into each other is one merge', async () => {
      let asked: Promise<ServiceAnswer>[] = [];
      await LockHolder.during(service.database.dataSource, async (holder) => {
        await holder.query('LOCK TABLE identity_links IN SHARE ROW EXCLUSIVE MODE');
        asked = [merge('acme', 'other'), merge('other', 'acme')];
        await holder.waiting(2);
      });
      const answers = await Promise.all(asked);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 422]);
      const coins = await service.rows(
        `SELECT merged_into IS NULL AS there, cardinality(sources) AS sources FROM coins
         WHERE coin_id IN ('acme', 'other') ORDER BY there`,
      );
      expect(coins).toEqual([
        { there: false, sources: 0 },
        { there: true, sources: 2 },
      ]);
    });

    it('is refused with itself, from what is merged, and of what there is not', async () => {
      expect(await merge('acme', 'acme')).toMatchObject({
        status: 422,
        body: { errors: [{ parameter: 'into' }] },
      });
      expect(await merge('acme', 'nothing')).toMatchObject({ status: 404 });
      expect(await merge('nothing', 'acme')).toMatchObject({ status: 404 });
      await merge('zed', 'other');
      const again = await merge('zed', 'acme');
      expect(again).toMatchObject({ status: 409, body: { type: '/problems/already-merged' } });
      expect(again.body.detail).toContain('other');
      expect(await merge('other', 'zed')).toMatchObject({ status: 422 });
    });
  });

  describe('undoing', () => {
    it('a pin and a merge leaves everything as it was', async () => {
      const before = await state();
      const decisions = [
        await merge('zed', 'other'),
        await merge('other', 'acme'),
        await pin(ACME_CG, 'twin'),
        await pin(TWIN_CP, 'acme'),
      ];
      expect(await state()).not.toEqual(before);
      for (const decision of decisions.reverse()) {
        expect(decision.status).toBe(200);
        const undone = await undo(decision);
        expect(undone.status).toBe(200);
        expect(undone.body.data).toMatchObject({
          decision_id: decision.body.data.decision_id,
          undone_at: expect.any(String) as string,
          undone_request_id: undone.headers.get('x-request-id'),
        });
      }
      expect(await state()).toEqual(before);
      await nextDay();
      expect(await coinOf(ZED)).toBe('zed');
    });

    it('a split leaves its coin as a signpost, and all else as it was', async () => {
      const before = (await state()) as { coins: { coin_id: string }[] };
      const decision = await split(ACME_CP);
      const coinId: string = decision.body.data.listings[0].coin_after;
      await undo(decision);
      const after = (await state()) as typeof before;
      expect(after.coins.find((coin) => coin.coin_id === coinId)).toMatchObject({ merged_into: 'acme' });
      expect({ ...after, coins: after.coins.filter((coin) => coin.coin_id !== coinId) }).toEqual(before);
      expect((await service.get(`/coins/${coinId}`)).body.data.coin_id).toBe('acme');
    });

    it('waits for later decisions about the same listings, and happens once', async () => {
      const first = await pin(ZED, 'other');
      const second = await merge('other', 'acme');
      const refusal = await undo(first);
      expect(refusal).toMatchObject({ status: 409, body: { type: '/problems/decided-since' } });
      expect(refusal.body.detail).toContain(`/identity/decisions/${second.body.data.decision_id}/undo`);
      expect((await undo(second)).status).toBe(200);
      expect((await service.get('/coins/zed')).body.data.coin_id).toBe('other');
      expect((await undo(first)).status).toBe(200);
      expect(await undo(first)).toMatchObject({ status: 409, body: { type: '/problems/already-undone' } });
      expect(await send('POST', '/identity/decisions/999/undo')).toMatchObject({
        status: 404,
        body: { type: '/problems/decision-not-found' },
      });
      expect(await coinOf(ZED)).toBe('zed');
    });

    it('makes no coin two listings of one source', async () => {
      const apart = await split(ACME_CP);
      const [former, ...others] = market.coinPaprika;
      market.coinPaprika = [{ ...former, id: 'acme-acme' }, ...others];
      await nextDay();
      const successor = { source: 'coinpaprika', source_coin_id: 'acme-acme' };
      expect(await coinOf(successor)).toBe('acme');
      expect(await undo(apart)).toMatchObject({
        status: 409,
        body: {
          type: '/problems/place-taken',
          detail: expect.stringContaining('coinpaprika acme-acme has become acme') as string,
        },
      });
      expect((await split(successor)).status).toBe(200);
      expect((await undo(apart)).status).toBe(200);
      expect(await coinOf(ACME_CP)).toBe('acme');
    });

    it('never brings a coin back that was merged since', async () => {
      const pinned = await pin(ACME_CP, 'other');
      const merged = await merge('acme', 'zed');
      expect(await undo(pinned)).toMatchObject({
        status: 409,
        body: {
          detail: expect.stringContaining(
            `/identity/decisions/${merged.body.data.decision_id}/undo`,
          ) as string,
        },
      });
      expect((await undo(merged)).status).toBe(200);
      expect((await undo(pinned)).status).toBe(200);
      expect(await coinOf(ACME_CP)).toBe('acme');
    });
  });

  it('keeps a record of every decision, for those with the token', async () => {
    const pinned = await pin(ZED, 'other', { reason: 'renamed' });
    await undo(await split(ZED));
    const { status, body, headers } = await send('GET', '/identity/decisions');
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('private, no-store');
    expect(body.data).toMatchObject([
      { kind: 'split', reason: null, undone_at: expect.any(String) as string },
      { kind: 'pin', reason: 'renamed', request_id: pinned.headers.get('x-request-id'), undone_at: null },
    ]);
    expect((await service.get('/identity/decisions')).status).toBe(401);
  });
});
