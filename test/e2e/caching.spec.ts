import pg from 'pg';
import { DataSource } from 'typeorm';
import { coinGeckoRow, Market, minutesAgo, rowsOf } from '../support/market.js';
import { startService } from '../support/service.js';
import type { Service } from '../support/service.js';
import { until } from '../support/until.js';

const READS = [
  '/data',
  '/data?limit=1&page=2',
  '/coins/bitcoin',
  '/stats',
  '/runs',
  '/runs/1',
  '/drift',
  '/identity/ambiguous',
  '/identity/suspect',
];

describe('reads', () => {
  let market: Market;
  let service: Service;

  beforeAll(async () => {
    market = await Market.open();
    market.coinGecko = rowsOf(3, coinGeckoRow);
    service = await startService({ environment: market.environment });
    await service.run('csv');
    await service.run('coingecko');
  });
  afterAll(async () => {
    await service.stop();
    await market.close();
  });

  const tagOf = async (path: string): Promise<string> => {
    const { status, headers } = await service.get(path);
    expect(status).toBe(200);
    return headers.get('etag') ?? '';
  };

  /** The listener hears of a commit a moment after it. */
  const tagAfter = (path: string, before: string): Promise<string> =>
    until(`another tag of ${path}`, async () => {
      const tag = await tagOf(path);
      return tag !== before && tag;
    });

  it.each(READS)('%s is not sent again while nothing has changed', async (path) => {
    const first = await service.get(path);
    const tag = first.headers.get('etag') ?? '';
    expect(tag).toMatch(/^W\/"[\w-]{20,}"$/);
    expect(first.headers.get('cache-control')).toBe('public, max-age=0, must-revalidate');
    for (const wanted of [tag, tag.slice(2), `"other", ${tag}`, '*']) {
      const again = await service.get(path, { 'If-None-Match': wanted });
      expect([wanted, again.status, again.text]).toEqual([wanted, 304, '']);
      expect(again.headers.get('etag')).toBe(tag);
      expect(again.headers.get('cache-control')).toBe('public, max-age=0, must-revalidate');
      expect(again.headers.get('content-type')).toBeNull();
    }
    expect((await service.get(path, { 'If-None-Match': '"other"' })).status).toBe(200);
  });

  it('have a tag for each question, not for each spelling of it', async () => {
    const tags = await Promise.all(READS.map(tagOf));
    expect(new Set(tags).size).toBe(READS.length);
    expect(await tagOf('/data?page=2&limit=1')).toBe(await tagOf('/data?limit=1&page=2'));
  });

  it('are asked of the database once, and 304 asks nothing', async () => {
    const queries = jest.spyOn(service.app.get(DataSource), 'query');
    try {
      const path = '/data?q=asked-once';
      const first = await service.get(path);
      const asked = queries.mock.calls.filter(([, parameters]) =>
        JSON.stringify(parameters).includes('asked-once'),
      );
      expect(asked).toHaveLength(1);
      queries.mockClear();
      const second = await service.get(path);
      // What is every request's own is not kept.
      expect(second.body.metadata.request_id).not.toBe(first.body.metadata.request_id);
      expect(second.body.data).toEqual(first.body.data);
      expect((await service.get(path, { 'If-None-Match': first.headers.get('etag') ?? '' })).status).toBe(
        304,
      );
      expect(queries.mock.calls.filter(([sql]) => sql.includes('coins'))).toEqual([]);
    } finally {
      queries.mockRestore();
    }
  });

  it('show what a page brought, with another tag', async () => {
    const before = await service.get('/data?source=coingecko&ids=coin-0');
    const tag = before.headers.get('etag') ?? '';
    market.coinGecko = rowsOf(3, (index, at) => coinGeckoRow(index, at, { current_price: 7 }), {
      at: minutesAgo(1),
    });
    await service.run('coingecko');
    await tagAfter('/data?source=coingecko&ids=coin-0', tag);
    const after = await service.get('/data?source=coingecko&ids=coin-0', { 'If-None-Match': tag });
    expect(after.status).toBe(200);
    expect(after.body.data).toMatchObject([{ current_price: 7 }]);
  });

  it('show that a run is under way and that it has ended, even when it brought nothing new', async () => {
    const tag = await tagOf('/runs?limit=1');
    const run = await service.run('coingecko');
    expect(run).toMatchObject({ inserted: 0, updated: 0, unchanged: 3 });
    await tagAfter('/runs?limit=1', tag);
    expect((await service.get('/runs?limit=1')).body.data).toMatchObject([
      { run_id: run.run_id, status: 'success' },
    ]);
  });

  it('may be behind the pages of a run, and never behind its end', async () => {
    const told: string[] = [];
    const listener = new pg.Client(service.database.url.value);
    listener.on('notification', ({ payload = '' }) => told.push(payload.replace(/^\d+/, 'version')));
    await listener.connect();
    try {
      await listener.query('LISTEN mintmark_data');
      market.coinGecko = rowsOf(251, coinGeckoRow);
      const { status, pages } = await service.run('coingecko');
      expect([status, pages]).toEqual(['success', 2]);
      // Whatever was told before this answer is here by then.
      await listener.query('SELECT 1');
      expect(told).toEqual(['version', 'version may wait', 'version may wait', 'version']);
    } finally {
      await listener.end();
    }
  });

  it('of what isn’t there have no tag', async () => {
    const { status, headers } = await service.get('/coins/nobody', { 'If-None-Match': '*' });
    expect(status).toBe(404);
    expect(headers.get('etag')).toBeNull();
    expect((await service.get('/data?limit=0', { 'If-None-Match': '*' })).status).toBe(422);
  });

  it('that aren’t of the data alone are not kept by anybody', async () => {
    for (const path of ['/health', '/health/live', '/health/ready']) {
      const { headers } = await service.get(path);
      expect([path, headers.get('cache-control'), headers.get('etag')]).toEqual([path, 'no-store', null]);
    }
    const quarantine = await service.get('/quarantine', service.authorization);
    expect(quarantine.headers.get('cache-control')).toBe('private, no-store');
    expect(quarantine.headers.get('etag')).toBeNull();
  });
});
