import { ConnectionDrain } from '../../src/common/connection-drain.js';
import { coinGeckoRow, coinPaprikaRow, Market, rowsOf } from '../support/market.js';
import { html, tooManyRequests } from '../support/misbehaving-server.js';
import { startService } from '../support/service.js';
import type { Service } from '../support/service.js';

describe('GET /health', () => {
  let market: Market;
  let service: Service;

  beforeAll(async () => {
    market = await Market.open();
    market.coinGecko = rowsOf(5, coinGeckoRow);
    market.coinPaprika = rowsOf(4, coinPaprikaRow);
    service = await startService({ environment: market.environment });
  });
  afterAll(async () => {
    await service.stop();
    await market.close();
  });

  it('is degraded, not unhealthy, before the first run', async () => {
    const { status, headers, body } = await service.get('/health');
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    const pending = {
      status: 'pending',
      last_success: null,
      last_failure: null,
      records: 0,
      next_run: expect.stringMatching(/Z$/) as string,
      error: null,
      warnings: [],
    };
    expect(body).toEqual({
      status: 'degraded',
      database: 'connected',
      etl_status: {
        last_run: null,
        status: 'degraded',
        sources: { coinpaprika: pending, coingecko: pending, csv: pending },
      },
    });
  });

  it('is healthy when every source is', async () => {
    for (const source of ['csv', 'coingecko', 'coinpaprika']) await service.run(source);
    const { body } = await service.get('/health');
    const [newest] = (await service.get('/runs')).body.data as { started_at: string }[];
    expect(body).toMatchObject({
      status: 'healthy',
      database: 'connected',
      etl_status: {
        last_run: newest?.started_at,
        status: 'healthy',
        sources: {
          csv: { status: 'healthy', records: 3 },
          coingecko: { status: 'healthy', records: 5 },
          coinpaprika: { status: 'healthy', records: 4 },
        },
      },
    });
  });

  it('names the source that fails, and why', async () => {
    market.spoil(/tickers/, html());
    const run = await service.run('coinpaprika');
    const { status, body } = await service.get('/health');
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'degraded', etl_status: { status: 'degraded' } });
    expect(body.etl_status.sources.coinpaprika).toMatchObject({
      status: 'failing',
      records: 4,
      last_success: expect.stringMatching(/Z$/),
      last_failure: expect.stringMatching(/Z$/),
      error: { code: 'source_payload_invalid', message: run.error?.message },
    });
    expect(body.etl_status.sources.coingecko).toMatchObject({ status: 'healthy', error: null });
  });

  it('says when a source that limits us is asked again, and a person’s wish doesn’t change it', async () => {
    market.spoil(/markets/, tooManyRequests('120'));
    expect(await service.run('coingecko')).toMatchObject({ error: { code: 'source_rate_limited' } });
    const { body } = await service.get('/health');
    const { status, last_failure: failed, next_run: next } = body.etl_status.sources.coingecko;
    expect(status).toBe('rate_limited');
    expect(Date.parse(next as string) - Date.parse(failed as string)).toBeGreaterThanOrEqual(120_000);

    const asked = market.asked(/markets/).length;
    const refused = await service.post('/etl/run?source=coingecko', service.authorization);
    expect(refused.status).toBe(409);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(100);
    expect(refused.body.detail).toContain('cooling down');
    expect(market.asked(/markets/)).toHaveLength(asked);
  });
});

describe('GET /health of a service whose every source fails', () => {
  it('is unhealthy, with 503', async () => {
    const service = await startService({ environment: { SOURCES: 'coingecko', SOURCE_RETRIES: '0' } });
    try {
      expect(await service.run('coingecko')).toMatchObject({
        status: 'failed',
        error: { code: 'source_unavailable' },
      });
      const { status, body } = await service.get('/health');
      expect(status).toBe(503);
      expect(body).toMatchObject({
        status: 'unhealthy',
        database: 'connected',
        etl_status: { sources: { coingecko: { status: 'failing', records: 0 } } },
      });
      // It can still answer: restarting or avoiding it would mend nothing.
      expect((await service.get('/health/live')).status).toBe(200);
      expect((await service.get('/health/ready')).status).toBe(200);
    } finally {
      await service.stop();
    }
  });
});

describe('the probes', () => {
  let service: Service;

  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service.stop());

  it('say that all is well', async () => {
    const live = await service.get('/health/live');
    expect(live).toMatchObject({ status: 200, body: { status: 'ok' } });
    const ready = await service.get('/health/ready');
    expect(ready).toMatchObject({
      status: 200,
      body: {
        status: 'ok',
        details: { serving: { status: 'up' }, data: { status: 'up', from: 'database' } },
      },
    });
    expect(ready.headers.get('cache-control')).toBe('no-store');
  });

  it('tell who asks at the root where to go, and each way leads somewhere', async () => {
    const { status, body } = await service.get('/');
    expect(status).toBe(200);
    expect(body).toMatchObject({ name: 'Mintmark', version: '0.0.0-test' });
    const links = Object.values(body.links as Record<string, string>);
    expect(links).toEqual(
      expect.arrayContaining(['/data', '/health', '/stats', '/runs', '/metrics', '/docs']),
    );
    for (const link of links) expect((await fetch(service.url + link)).status).toBe(200);
  });

  it('send nobody here once the service drains, while it lives', async () => {
    service.app.get(ConnectionDrain).begin();
    const ready = await service.get('/health/ready');
    expect(ready.status).toBe(503);
    expect(ready.headers.get('connection')).toBe('close');
    expect(ready.headers.get('retry-after')).toBe('5');
    expect(ready.body.detail).toContain('serving');
    expect((await service.get('/health/live')).status).toBe(200);
    expect((await service.get('/data')).status).toBe(200);
  });
});
