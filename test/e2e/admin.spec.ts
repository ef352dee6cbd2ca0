import { IngestionService } from '../../src/ingestion/ingestion.service.js';
import { exampleOf, nameOf, routedOf } from '../support/api-routes.js';
import type { Route } from '../support/api-routes.js';
import { coinGeckoRow, Market, rowsOf } from '../support/market.js';
import { json } from '../support/misbehaving-server.js';
import { startService } from '../support/service.js';
import type { Service } from '../support/service.js';

describe('what changes state', () => {
  let market: Market;
  let service: Service;

  beforeAll(async () => {
    market = await Market.open();
    market.coinGecko = rowsOf(3, coinGeckoRow);
    service = await startService({ environment: market.environment });
  });
  afterAll(async () => {
    await service.stop();
    await market.close();
  });

  /** Found on both ways, so that a route nobody documented is found too. */
  async function guarded(): Promise<Route[]> {
    const paths: Record<string, Record<string, { security?: object[] }>> = (await service.get('/docs-json'))
      .body.paths;
    const documented = Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item)
        .filter(([, operation]) => (operation.security ?? []).length > 0)
        .map(([method]) => ({ method: method.toUpperCase(), path })),
    );
    const changing = routedOf(service).filter(({ method }) => !['GET', 'HEAD', 'OPTIONS'].includes(method));
    const routes = new Map([...documented, ...changing].map((route) => [nameOf(route), route]));
    return [...routes.values()];
  }

  it('is all that is guarded, the quarantine, and who decided what', async () => {
    expect((await guarded()).map(nameOf).sort()).toEqual([
      'DELETE /identity/links',
      'GET /identity/decisions',
      'GET /quarantine',
      'POST /etl/run',
      'POST /identity/decisions/{decision_id}/undo',
      'POST /identity/links',
      'POST /identity/merge',
    ]);
  });

  it.each([
    ['no token', (): Record<string, string> => ({})],
    ['a wrong one', () => ({ Authorization: 'Bearer guessed' })],
    ['an empty one', () => ({ Authorization: 'Bearer ' })],
    ['one a letter longer', () => ({ Authorization: `Bearer ${service.token}x` })],
    ['one a letter shorter', () => ({ Authorization: `Bearer ${service.token.slice(0, -1)}` })],
    ['the right one in another case', () => ({ Authorization: `Bearer ${service.token.toUpperCase()}` })],
    ['the right one by another scheme', () => ({ Authorization: `Basic ${service.token}` })],
    ['the right one bare', () => ({ Authorization: service.token })],
    ['the right one in another header', () => ({ 'X-Api-Key': service.token })],
  ])('is refused with %s', async (_what, headers) => {
    for (const route of await guarded()) {
      const {
        status,
        headers: answered,
        body,
      } = await service.ask(route.method, exampleOf(route), { headers: headers() });
      expect([nameOf(route), status]).toEqual([nameOf(route), 401]);
      expect(answered.get('www-authenticate')).toBe('Bearer');
      expect(answered.get('content-type')).toBe('application/problem+json');
      expect(answered.get('cache-control')).toBe('no-store');
      expect(body).toMatchObject({ type: '/problems/admin-token-needed', status: 401 });
    }
  });

  it('is refused with the token in the query', async () => {
    const { status } = await service.post(`/etl/run?token=${service.token}`);
    expect(status).toBe(401);
  });

  it('is refused before anything else is looked at', async () => {
    expect((await service.post('/etl/run?source=nobody&x=1')).status).toBe(401);
    expect((await service.get('/quarantine?limit=x')).status).toBe(401);
    expect((await service.get('/runs')).body.metadata.total_count).toBe(0);
  });

  it('starts a run with the token, and says where to watch it', async () => {
    const { status, headers, body } = await service.post('/etl/run?source=csv', service.authorization);
    expect(status).toBe(202);
    const [runId]: number[] = body.data.run_ids;
    expect(body.data).toEqual({ run_ids: [runId], runs: [{ source: 'csv', run_id: runId }], refused: [] });
    expect(headers.get('location')).toBe(`/runs/${runId}`);
    const run = await service.ended('csv', runId);
    expect(run).toMatchObject({ trigger: 'manual', status: 'success' });
    expect((await service.get(headers.get('location') ?? '')).body.data.run_id).toBe(runId);
  });

  it('takes the scheme in any case', async () => {
    const { status } = await service.get('/quarantine', { Authorization: `bearer ${service.token}` });
    expect(status).toBe(200);
  });

  describe('while a run is under way', () => {
    let release: () => void;
    let runId: number;

    beforeAll(async () => {
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      market.spoil(/markets.*&page=1&/, async (request, response) => {
        await released;
        await json(market.coinGecko)(request, response);
      });
      const asking = ['coingecko', 'coingecko'].map((source) =>
        service.post(`/etl/run?source=${source}`, service.authorization),
      );
      const answers = await Promise.all(asking);
      const started = answers.find(({ status }) => status === 202);
      const refused = answers.find(({ status }) => status === 409);
      runId = Number(started?.body.data.run_ids[0]);
      expect(refused?.body).toMatchObject({
        type: '/problems/run-not-started',
        title: 'No run was started',
        detail: 'a run of coingecko is under way',
      });
    });

    it('is one run, however many ask', async () => {
      const { body } = await service.get('/runs?source=coingecko');
      expect(body.data).toMatchObject([
        { run_id: runId, status: 'running', finished_at: null, duration_seconds: null },
      ]);
      expect((await service.post('/etl/run?source=coingecko', service.authorization)).status).toBe(409);
    });

    it('starts the others when all are asked for, and says which one was not', async () => {
      const { status, headers, body } = await service.post('/etl/run', service.authorization);
      expect(status).toBe(202);
      expect(headers.get('location')).toBe('/runs');
      expect(body.data).toMatchObject({
        runs: [{ source: 'coinpaprika' }, { source: 'csv' }],
        refused: [{ source: 'coingecko', reason: 'a run of coingecko is under way' }],
      });
      await service.ended('coinpaprika');
      await service.ended('csv');
    });

    it('answers reads at once, and ends when the source answers', async () => {
      expect((await service.get('/data')).status).toBe(200);
      release();
      expect(await service.ended('coingecko', runId)).toMatchObject({ status: 'success' });
      expect((await service.get('/data?source=coingecko')).body.metadata.total_count).toBe(3);
    });
  });

  it('is sent elsewhere by a process that is stopping, not told that a run is under way', async () => {
    await service.app.get(IngestionService).beforeApplicationShutdown();
    const answer = await service.post('/etl/run?source=csv', service.authorization);
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(answer.body.detail).toMatch(/stopping/);
  });
});
