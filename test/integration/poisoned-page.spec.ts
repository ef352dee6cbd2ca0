import { Market, Verbatim, coinGeckoRow, minutesAgo, rowsOf } from '../support/market.js';
import type { Row } from '../support/market.js';
import { startService } from '../support/service.js';
import type { Service } from '../support/service.js';

const LONE_HALF = new Verbatim('"\\ud800 coin"');

/** Every way a record goes bad; what a good record becomes, and why it is refused. */
const POISONS: readonly (readonly [reason: string, spoil: (good: Row) => unknown])[] = [
  ['not_an_object', () => null],
  ['not_an_object', () => 'bitcoin'],
  ['not_an_object', () => 42],
  ['not_an_object', () => ['bitcoin']],
  ['missing_field', (good) => ({ ...good, id: undefined })],
  ['missing_field', (good) => ({ ...good, symbol: null })],
  ['empty_text', (good) => ({ ...good, id: ' ' })],
  ['empty_text', (good) => ({ ...good, symbol: '' })],
  ['wrong_type', (good) => ({ ...good, id: 7 })],
  ['wrong_type', (good) => ({ ...good, name: { en: 'Coin' } })],
  ['wrong_type', (good) => ({ ...good, current_price: '12.5 USD' })],
  ['wrong_type', (good) => ({ ...good, market_cap: [1] })],
  ['wrong_type', (good) => ({ ...good, market_cap_rank: 1.5 })],
  ['wrong_type', (good) => ({ ...good, current_price: 'NaN' })],
  ['out_of_range', (good) => ({ ...good, current_price: new Verbatim('1e400') })],
  ['out_of_range', (good) => ({ ...good, total_volume: new Verbatim('9'.repeat(400)) })],
  ['out_of_range', (good) => ({ ...good, price_change_percentage_24h: -100.5 })],
  ['negative', (good) => ({ ...good, current_price: -0.01 })],
  ['negative', (good) => ({ ...good, market_cap: -1 })],
  ['control_character', (good) => ({ ...good, name: 'Coin\0Null' })],
  ['lone_surrogate', (good) => ({ ...good, name: LONE_HALF })],
  ['text_too_long', (good) => ({ ...good, symbol: 'x'.repeat(101) })],
  ['text_too_long', (good) => ({ ...good, name: 'n'.repeat(5_000_000) })],
  ['reserved_id', (good) => ({ ...good, id: '__proto__' })],
  ['bad_timestamp', (good) => ({ ...good, last_updated: '31st of yesterday' })],
];

describe('a page in which every tenth record is poison', () => {
  let market: Market;
  let service: Service;

  beforeAll(async () => {
    market = await Market.open();
    service = await startService({ environment: { ...market.environment, COINGECKO_MAX_COINS: '250' } });
    const rows: unknown[] = rowsOf(250, coinGeckoRow);
    for (const [index, [, spoil]] of POISONS.entries())
      rows[index * 10 + 4] = spoil(coinGeckoRow(index * 10 + 4, minutesAgo(10)));
    market.coinGecko = rows as Row[];
  });
  afterAll(async () => {
    await service.stop();
    await market.close();
  });

  it('loads the other nine tenths, and every record has an outcome', async () => {
    const run = await service.run('coingecko');
    expect(run).toMatchObject({ status: 'success', error: null, quarantined: 25 });
    expect(run.extracted).toBe(251);
    expect(run.inserted + run.updated + run.unchanged + run.quarantined).toBe(run.extracted);
    const loaded: { source_coin_id: string }[] = await service.rows(
      `SELECT source_coin_id FROM listings WHERE source = 'coingecko'`,
    );
    const good = Array.from({ length: 250 }, (_, index) => index).filter((index) => index % 10 !== 4);
    expect(loaded.map((row) => row.source_coin_id).sort()).toEqual(
      good.map((index) => `coin-${index}`).sort(),
    );
  });

  it('keeps each of the rest with its reason, its page and its run', async () => {
    const { body } = await service.get('/quarantine?source=coingecko&limit=100', service.authorization);
    const oldestFirst: { reason: string; message: string; record: string; run_id: number }[] = [
      ...body.data,
    ].reverse();
    expect(oldestFirst.map(({ reason }) => reason)).toEqual(POISONS.map(([reason]) => reason));
    for (const refused of body.data) {
      expect(refused).toMatchObject({ source: 'coingecko', feed: 'markets', run_id: 1 });
      expect(refused.message).not.toBe('');
      expect(refused.page.url).toContain('/coins/markets');
      expect(refused.record.length).toBeLessThanOrEqual(64 * 1024);
    }
    expect(oldestFirst[1]?.record).toBe('"bitcoin"');
    expect(oldestFirst[14]?.record).toContain('1e400');
    expect(oldestFirst[19]?.message).toContain('name');
  });

  it('counts by reason, and shows none without the token', async () => {
    const { body } = await service.get('/quarantine?reason=negative', service.authorization);
    expect(body.metadata.total_count).toBe(2);
    expect((await service.get('/quarantine')).status).toBe(401);
  });

  it('serves the coins beside the poison, and nothing of it', async () => {
    const { body } = await service.get('/data?source=coingecko&limit=1');
    expect(body.metadata.total_count).toBe(225);
    expect((await service.get('/data?symbol=c3')).body.data).toMatchObject([{ current_price: 1.375 }]);
    expect((await service.get('/data?symbol=c4')).body.data).toEqual([]);
  });

  it('fails a pass of which nothing can be read, and fails the next one too', async () => {
    market.coinGecko = rowsOf(3, (index, at) => coinGeckoRow(index, at, { current_price: -1 }));
    for (const attempt of ['first', 'second'])
      expect({ attempt, ...(await service.run('coingecko')) }).toMatchObject({
        attempt,
        status: 'failed',
        extracted: 3,
        quarantined: 3,
        resumed: false,
        error: { code: 'source_payload_invalid', message: expect.stringContaining('/quarantine') },
      });
    market.coinGecko = rowsOf(3, coinGeckoRow);
    expect(await service.run('coingecko')).toMatchObject({ status: 'success', extracted: 3, resumed: false });
  });

  it('takes a page of which nothing can be read for drift, and keeps nothing of it', async () => {
    const before = await service.rows('SELECT count(*) FROM quarantine');
    market.coinGecko = rowsOf(20, (index, at) => coinGeckoRow(index, at, { current_price: 'a lot' }));
    expect(await service.run('coingecko')).toMatchObject({
      status: 'failed',
      pages: 0,
      extracted: 0,
      error: { code: 'drift', message: expect.stringContaining('current_price') },
    });
    expect(await service.rows('SELECT count(*) FROM quarantine')).toEqual(before);
    expect((await service.get('/data?symbol=c3')).body.data).toMatchObject([{ current_price: 1.375 }]);
  });
});
