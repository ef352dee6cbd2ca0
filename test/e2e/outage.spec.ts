import { DatabaseLine } from '../support/database-line.js';
import { startService } from '../support/service.js';
import type { Service } from '../support/service.js';
import { until } from '../support/until.js';

describe('while PostgreSQL is away', () => {
  let line: DatabaseLine;
  let service: Service;
  const lines: DatabaseLine[] = [];
  const services: Service[] = [];

  async function onALine(): Promise<[Service, DatabaseLine]> {
    let opened: DatabaseLine | undefined;
    const started = await startService({
      databaseUrl: async (url) => {
        opened = await DatabaseLine.open(url);
        lines.push(opened);
        return opened.url;
      },
    });
    services.push(started);
    if (!opened) throw new Error('the service asked for no database');
    return [started, opened];
  }

  beforeAll(async () => {
    [service, line] = await onALine();
    await service.run('csv');
    expect((await service.get('/data')).status).toBe(200);
    expect((await service.get('/coins/bitcoin')).status).toBe(200);
    await line.cut();
    // Two connections tell of it: the pool's at the next query, the listener's at once.
    await until('the outage to be noticed', async () => (await service.get('/data')).headers.get('age'));
  });
  afterAll(async () => {
    // One of them without its database: that doesn't keep it.
    for (const each of services) await each.stop();
    for (const each of lines) await each.close();
  });

  it('the process lives, and can answer from its cache', async () => {
    expect((await service.get('/health/live')).status).toBe(200);
    const ready = await service.get('/health/ready');
    expect(ready).toMatchObject({ status: 200, body: { details: { data: { from: 'cache' } } } });
  });

  it('health says so, with 503', async () => {
    const { status, body } = await service.get('/health');
    expect(status).toBe(503);
    expect(body).toEqual({
      status: 'unhealthy',
      database: 'disconnected',
      etl_status: { last_run: null, status: 'unknown', sources: {} },
    });
  });

  it('what is cached is served, with its age', async () => {
    for (const path of ['/data', '/coins/bitcoin']) {
      const { status, headers, body } = await service.get(path);
      expect([path, status]).toEqual([path, 200]);
      expect(headers.get('age')).toMatch(/^\d+$/);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('warning')).toBe('110 - "Response is Stale"');
      expect(headers.get('etag')).toBeNull();
      expect(body.metadata.stale_seconds).toBe(Number(headers.get('age')));
      expect(JSON.stringify(body.data)).toContain('"Bitcoin"');
    }
    // Without a version nobody can know that the caller's copy is current.
    expect((await service.get('/data', { 'If-None-Match': '*' })).status).toBe(200);
  });

  it('what isn’t is 503, and says when to come back', async () => {
    for (const path of ['/data?limit=3', '/coins/ethereum', '/runs', '/stats', '/drift']) {
      const { status, headers, body } = await service.get(path);
      expect([path, status]).toEqual([path, 503]);
      expect(headers.get('retry-after')).toBe('5');
      expect(headers.get('content-type')).toBe('application/problem+json');
      expect(body).toMatchObject({
        type: '/problems/service-unavailable',
        detail: 'The database is not available now.',
      });
    }
  });

  it('no run starts, and wrong requests are still the caller’s fault', async () => {
    const run = await service.post('/etl/run?source=csv', service.authorization);
    expect(run.status).toBe(503);
    expect(run.headers.get('retry-after')).toBe('5');
    expect((await service.get('/data?limit=0')).status).toBe(422);
    expect((await service.get('/nothing')).status).toBe(404);
    expect((await service.post('/etl/run')).status).toBe(401);
  });

  it('metrics are still told', async () => {
    const { status, text } = await service.get('/metrics');
    expect(status).toBe(200);
    expect(text).toMatch(/^mintmark_database_up 0$/m);
    // The last that was known.
    expect(text).toMatch(/^mintmark_source_listings\{source="csv"\} \d+$/m);
  });

  it('a service with nothing in its cache is not ready', async () => {
    const [empty, itsLine] = await onALine();
    await itsLine.cut();
    const { status, body } = await empty.get('/health/ready');
    expect(status).toBe(503);
    expect(body).toMatchObject({ type: '/problems/service-unavailable', detail: 'Failing checks: data.' });
    expect((await empty.get('/health/live')).status).toBe(200);
  });

  it('and back, everything is as before, without a restart', async () => {
    await line.restore();
    const back = await until('answers that are current', async () => {
      const answer = await service.get('/data');
      return answer.headers.get('etag') ? answer : undefined;
    });
    expect(back.headers.get('age')).toBeNull();
    expect(back.body.metadata).not.toHaveProperty('stale_seconds');
    expect(await service.get('/health')).toMatchObject({ status: 200, body: { database: 'connected' } });
    expect((await service.get('/runs')).status).toBe(200);
    expect((await service.get('/metrics')).text).toMatch(/^mintmark_database_up 1$/m);

    // It hears of new data again.
    const tag = back.headers.get('etag');
    expect(await service.run('csv')).toMatchObject({ status: 'success' });
    await until(
      'another tag',
      async () => (await service.get('/data')).headers.get('etag') !== tag || undefined,
    );
  });
});
