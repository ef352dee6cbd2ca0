import { coinGeckoRow, Market, rowsOf } from '../support/market.js';
import { answer } from '../support/misbehaving-server.js';
import { startService } from '../support/service.js';
import type { RunRow, Service } from '../support/service.js';

describe('runs', () => {
  let market: Market;
  let service: Service;
  const runs: RunRow[] = [];

  beforeAll(async () => {
    market = await Market.open();
    market.coinGecko = rowsOf(40, coinGeckoRow);
    service = await startService({ environment: { ...market.environment, SOURCE_RETRIES: '0' } });
    runs.push(await service.run('csv'), await service.run('coingecko'));
    market.spoil(/tickers/, answer(500, 'broken'));
    runs.push(await service.run('coinpaprika'));
    runs.push(await service.run('coingecko'));
  });

  afterAll(async () => {
    await service.stop();
    await market.close();
  });

  const idsOf = async (query: string): Promise<number[]> => {
    const { status, body } = await service.get(`/runs${query}`);
    expect(status).toBe(200);
    const found: RunRow[] = body.data;
    return found.map((run) => run.run_id);
  };
  const nth = (index: number): RunRow => {
    const run = runs[index];
    if (!run) throw new Error(`there was no run ${index}`);
    return run;
  };

  it('are listed, newest first, page by page', async () => {
    const newestFirst = runs.map((run) => run.run_id).reverse();
    expect(await idsOf('')).toEqual(newestFirst);
    expect(await idsOf('?limit=3')).toEqual(newestFirst.slice(0, 3));
    expect(await idsOf('?limit=3&page=2')).toEqual(newestFirst.slice(3));
    const { body } = await service.get('/runs?limit=3&page=2');
    expect(body.metadata).toMatchObject({ page: 2, limit: 3, total_count: 4, total_pages: 2 });
  });

  it('are counted as their list is long, whatever it is asked for', async () => {
    for (const source of ['', '&source=csv', '&source=coingecko', '&source=coinpaprika'])
      for (const status of [
        '',
        '&status=success',
        '&status=failed',
        '&status=interrupted',
        '&status=running',
      ]) {
        const { body } = await service.get(`/runs?limit=100${source}${status}`);
        const found: RunRow[] = body.data;
        expect({ source, status, total: body.metadata.total_count as number }).toEqual({
          source,
          status,
          total: found.length,
        });
      }
  });

  it('are found by source and status', async () => {
    expect(await idsOf('?source=coingecko')).toEqual([nth(3).run_id, nth(1).run_id]);
    expect(await idsOf('?status=failed')).toEqual([nth(2).run_id]);
    expect(await idsOf('?status=success&source=csv')).toEqual([nth(0).run_id]);
    expect(await idsOf('?status=running')).toEqual([]);
    expect(await idsOf('?status=interrupted')).toEqual([]);
  });

  it('add up: extracted is inserted, updated, unchanged and quarantined', async () => {
    for (const run of runs)
      expect(run.inserted + run.updated + run.unchanged + run.quarantined).toBe(run.extracted);
    expect(nth(0)).toMatchObject({ source: 'csv', extracted: 3, inserted: 3, pages: 1 });
    // Forty coins and the catalogue’s one, which has no contract.
    expect(nth(1)).toMatchObject({
      source: 'coingecko',
      extracted: 41,
      pages: 2,
      resumed: false,
      error: null,
    });
    expect(nth(3)).toMatchObject({ extracted: 40, inserted: 0, updated: 0, unchanged: 40, pages: 1 });
  });

  it('say why they failed', async () => {
    const { status, body } = await service.get(`/runs/${nth(2).run_id}`);
    expect(status).toBe(200);
    expect(body.data).toEqual({
      run_id: nth(2).run_id,
      source: 'coinpaprika',
      trigger: 'manual',
      status: 'failed',
      started_at: expect.stringMatching(/Z$/),
      finished_at: expect.stringMatching(/Z$/),
      duration_seconds: expect.any(Number),
      pages: 1,
      extracted: 1,
      inserted: 1,
      updated: 0,
      unchanged: 0,
      quarantined: 0,
      duplicates: 0,
      resumed: false,
      warnings: expect.any(Array),
      error: { code: 'source_unavailable', message: expect.stringContaining('500') },
    });
  });

  it('that aren’t there are 404', async () => {
    const { status, body } = await service.get('/runs/999999');
    expect(status).toBe(404);
    expect(body).toMatchObject({ type: '/problems/run-not-found', instance: '/runs/999999' });
    expect((await service.get(`/runs/compare?a=${nth(1).run_id}&b=999999`)).status).toBe(404);
  });

  it('of one source compare', async () => {
    const { status, body } = await service.get(`/runs/compare?a=${nth(1).run_id}&b=${nth(3).run_id}`);
    expect(status).toBe(200);
    expect(body.data).toMatchObject({
      a: { run: { run_id: nth(1).run_id }, unusual: [] },
      b: { run: { run_id: nth(3).run_id }, unusual: [] },
    });
    expect(body.data.differences).toEqual(
      expect.arrayContaining([
        { metric: 'extracted', a: 41, b: 40, difference: -1 },
        { metric: 'unchanged', a: 1, b: 40, difference: 39 },
        { metric: 'inserted', a: 40, b: 0, difference: -40 },
      ]),
    );
  });

  it('of two sources don’t compare', async () => {
    const { status, body } = await service.get(`/runs/compare?a=${nth(0).run_id}&b=${nth(1).run_id}`);
    expect(status).toBe(422);
    expect(body.errors).toMatchObject([{ parameter: 'b' }]);
  });

  it('show what is unusual against their source’s history', async () => {
    const before = nth(1).run_id;
    for (let run = 0; run < 4; run++) await service.run('coingecko');
    market.coinGecko = rowsOf(4, coinGeckoRow);
    const short = await service.run('coingecko');
    const { body } = await service.get(`/runs/compare?a=${before}&b=${short.run_id}`);
    expect(body.data.b.unusual).toEqual([
      { metric: 'extracted', value: 4, usual: 40, message: '4 records, usually 40' },
    ]);
    expect(body.data.a.unusual).toEqual([
      expect.objectContaining({ metric: 'inserted', value: 40, usual: 0 }),
    ]);
  });

  it('are counted in /stats', async () => {
    const { status, body } = await service.get('/stats');
    expect(status).toBe(200);
    const time = expect.stringMatching(/Z$/) as string;
    expect(body.by_source).toEqual({
      csv: {
        total_runs: 1,
        records_processed: 3,
        average_duration_seconds: expect.any(Number),
        last_success: time,
        last_failure: null,
        success_rate: 1,
      },
      coingecko: {
        total_runs: 7,
        records_processed: 41 + 5 * 40 + 4,
        average_duration_seconds: expect.any(Number),
        last_success: time,
        last_failure: null,
        success_rate: 1,
      },
      coinpaprika: {
        total_runs: 1,
        records_processed: 1,
        average_duration_seconds: expect.any(Number),
        last_success: null,
        last_failure: time,
        success_rate: 0,
      },
    });
    expect(body).toMatchObject({
      total_runs: 9,
      records_processed: 3 + 245 + 1,
      last_failure: body.by_source.coinpaprika.last_failure,
      last_success: body.by_source.coingecko.last_success,
      success_rate: 0.8889,
    });
    const [sums] = await service.rows<{ runs: number; extracted: number }>(
      'SELECT count(*)::int AS runs, sum(extracted)::int AS extracted FROM etl_runs',
    );
    expect(sums).toEqual({ runs: body.total_runs, extracted: body.records_processed });
  });
});

describe('before the first run', () => {
  it('there are no runs, and figures of nothing are null', async () => {
    const service = await startService();
    try {
      expect((await service.get('/runs')).body).toMatchObject({ data: [], metadata: { total_pages: 0 } });
      const { body } = await service.get('/stats');
      expect(body).toMatchObject({ total_runs: 0, average_duration_seconds: null, success_rate: null });
      expect(Object.keys(body.by_source as object).sort()).toEqual(['coingecko', 'coinpaprika', 'csv']);
      expect((await service.get('/data')).body).toMatchObject({ data: [], metadata: { data_as_of: null } });
      expect((await service.get('/drift')).body.data).toEqual([]);
    } finally {
      await service.stop();
    }
  });
});
