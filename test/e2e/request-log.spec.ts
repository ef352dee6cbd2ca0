import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';
import { startService } from '../support/service.js';
import { until } from '../support/until.js';

interface LoggedRequest {
  readonly request_id: string;
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly latency_ms: number;
  readonly at: Date;
}

describe('the request log', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  const logged = (prefix: string): Promise<LoggedRequest[]> =>
    database.dataSource.query(
      'SELECT request_id, method, route, status, latency_ms, at FROM request_logs WHERE starts_with(request_id, $1) ORDER BY at, request_id',
      [prefix],
    );

  it('has every request, by its route and not by its path, soon after', async () => {
    const service = await startService({ database });
    try {
      const before = new Date();
      const asked: readonly (readonly [string, string])[] = [
        ['GET', '/data?q=private'],
        ['GET', '/coins/somebody'],
        ['HEAD', '/runs/17'],
        ['POST', '/etl/run'],
        ['GET', '/no/such/thing'],
        ['GET', '/data?limit=0'],
        ['DELETE', '/data'],
      ];
      for (const [index, [method, path]] of asked.entries())
        await service.ask(method, path, { headers: { 'X-Request-ID': `soon-${index}` } });
      const rows = await until('the log', async () => {
        const found = await logged('soon-');
        return found.length === asked.length && found;
      });
      expect(
        rows.map(({ request_id, method, route, status }) => [request_id, method, route, status]),
      ).toEqual([
        ['soon-0', 'GET', '/data', 200],
        ['soon-1', 'GET', '/coins/{coin_id}', 404],
        ['soon-2', 'HEAD', '/runs/{run_id}', 404],
        ['soon-3', 'POST', '/etl/run', 401],
        ['soon-4', 'GET', 'unmatched', 404],
        ['soon-5', 'GET', '/data', 422],
        ['soon-6', 'DELETE', 'unmatched', 405],
      ]);
      for (const { at, latency_ms: latency } of rows) {
        expect(at.getTime()).toBeGreaterThanOrEqual(before.getTime());
        expect(latency).toBeGreaterThan(0);
      }
    } finally {
      await service.stop();
    }
  });

  it('has the last ones too, when the service stops', async () => {
    const service = await startService({ database });
    await Promise.all(
      Array.from({ length: 25 }, (_, index) => service.get('/data', { 'X-Request-ID': `last-${index}` })),
    );
    await service.stop();
    expect(await logged('last-')).toHaveLength(25);
  });
});
