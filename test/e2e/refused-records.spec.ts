import { coinGeckoRow, Market, minutesAgo, rowsOf, Verbatim } from '../support/market.js';
import { startService } from '../support/service.js';
import type { Service } from '../support/service.js';
import { until } from '../support/until.js';

describe('what a source sent and nobody could read', () => {
  let market: Market;
  let service: Service;
  let runId: number;

  beforeAll(async () => {
    market = await Market.open();
    const at = minutesAgo(5);
    market.coinGecko = [
      ...rowsOf(20, coinGeckoRow, { at }),
      coinGeckoRow(20, at, { current_price: -1 }),
      coinGeckoRow(21, at, { symbol: '' }),
      coinGeckoRow(22, at, { name: 'nul\0byte' }),
      coinGeckoRow(23, at, { id: '__proto__' }),
      coinGeckoRow(24, at, { current_price: new Verbatim('1e400') }),
    ];
    service = await startService({ environment: market.environment });
    const run = await service.run('coingecko');
    expect(run).toMatchObject({ status: 'success', inserted: 20, quarantined: 5 });
    runId = run.run_id;
  });
  afterAll(async () => {
    await service.stop();
    await market.close();
  });

  const quarantine = async (query: string): Promise<{ reason: string; record: string }[]> => {
    const { status, body } = await service.get(`/quarantine${query}`, service.authorization);
    expect(status).toBe(200);
    const rows: { reason: string; record: string }[] = body.data;
    return rows;
  };

  it('is shown, newest first, each with its reason', async () => {
    const rows = await quarantine('');
    expect(rows.map(({ reason }) => reason)).toEqual([
      'out_of_range',
      'reserved_id',
      'control_character',
      'empty_text',
      'negative',
    ]);
    expect(rows[4]).toEqual({
      quarantine_id: expect.any(Number),
      source: 'coingecko',
      feed: 'markets',
      reason: 'negative',
      message: expect.stringContaining('current_price'),
      record: expect.stringContaining('"coin-20"'),
      run_id: runId,
      page: { raw_page_id: expect.any(Number), url: expect.stringContaining('/coins/markets?') },
      quarantined_at: expect.stringMatching(/Z$/),
    });
  });

  it('is found by reason and by source', async () => {
    expect(await quarantine('?reason=negative')).toHaveLength(1);
    expect(await quarantine('?reason=lone_surrogate')).toEqual([]);
    expect(await quarantine('?source=csv')).toEqual([]);
    expect(await quarantine('?limit=2&page=3')).toMatchObject([{ reason: 'negative' }]);
    const { body } = await service.get('/quarantine?source=coingecko&limit=2', service.authorization);
    expect(body.metadata).toMatchObject({ total_count: 5, total_pages: 3 });
  });

  it('costs the rest of its page nothing', async () => {
    expect((await service.get('/data?source=coingecko')).body.metadata.total_count).toBe(20);
  });

  it('is told of as drift when a field has gone from all records', async () => {
    expect((await service.get('/drift')).body.data).toEqual([]);
    market.coinGecko = rowsOf(20, coinGeckoRow, { at: minutesAgo(4) }).map(
      ({ total_volume: volume, ...row }) => ({
        ...row,
        total_volume_usd: volume,
      }),
    );
    await service.run('coingecko');
    const moved = await until('the drift', async () => {
      const rows: { field: string }[] = (await service.get('/drift?source=coingecko')).body.data;
      return rows.length > 0 && rows;
    });
    expect(moved.find(({ field }) => field === 'total_volume')).toMatchObject({
      source: 'coingecko',
      feed: 'markets',
      change: 'gone',
      candidate: { field: 'total_volume_usd', confidence: expect.any(Number) },
    });
    expect(moved.find(({ field }) => field === 'total_volume_usd')).toMatchObject({ change: 'new' });
    expect((await service.get('/drift?source=csv')).body.data).toEqual([]);
    // It's reported and not guessed: an unknown volume is null.
    expect((await service.get('/data?source=coingecko&ids=coin-1')).body.data).toMatchObject([
      { volume_24h: null },
    ]);
  });

  it('fails the run as drift when what is required has gone', async () => {
    market.coinGecko = rowsOf(20, coinGeckoRow, { at: minutesAgo(3) }).map(
      ({ current_price: price, ...row }) => ({
        ...row,
        price,
      }),
    );
    const run = await service.run('coingecko');
    expect(run).toMatchObject({ status: 'failed', error: { code: 'drift' } });
    expect(run.error?.message).toContain('current_price');
    expect((await service.get('/data?source=coingecko&ids=coin-8')).body.data).toMatchObject([
      { current_price: 2 },
    ]);
  });
});
