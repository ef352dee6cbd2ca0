import { Market, coinGeckoRow, coinPaprikaRow, rowsOf } from '../support/market.js';
import { tooManyRequests } from '../support/misbehaving-server.js';
import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';
import { startService } from '../support/service.js';
import type { Service } from '../support/service.js';
import { until } from '../support/until.js';

const COINGECKO = /^\/api\/v3\//;

describe('CoinGecko answering 429 for good', () => {
  let market: Market;
  let database: TestDatabase;
  let service: Service;

  /** With a scheduler that looks for work all the time. */
  const start = (): Promise<Service> =>
    startService({
      database,
      environment: {
        ...market.environment,
        ETL_ON_STARTUP: 'true',
        ETL_TICK_SECONDS: '0.05',
        SOURCE_RETRIES: '3',
      },
    });
  const asked = (): number => market.asked(COINGECKO).length;
  /** Resolves when the scheduler has looked at what is due: another source, due by then, has been run. */
  const looked = async (): Promise<void> => {
    const newest = `SELECT max(run_id) AS run_id FROM etl_runs WHERE source = 'csv'`;
    const [before] = await service.rows<{ run_id: string }>(newest);
    await service.rows(`UPDATE etl_checkpoints SET next_due_at = now() WHERE source = 'csv'`);
    await until('a look at what is due', async () => {
      const [after] = await service.rows<{ run_id: string }>(newest);
      return after?.run_id !== before?.run_id;
    });
  };

  beforeAll(async () => {
    market = await Market.open();
    market.coinGecko = rowsOf(20, coinGeckoRow);
    market.coinPaprika = rowsOf(20, coinPaprikaRow);
    market.spoil(COINGECKO, tooManyRequests('120'));
    database = await createTestDatabase();
    service = await start();
  });
  afterAll(async () => {
    await service.stop();
    await database.drop();
    await market.close();
  });

  it('is asked once, and then left alone for as long as it wants', async () => {
    expect(await service.ended('coingecko')).toMatchObject({
      status: 'failed',
      error: {
        code: 'source_rate_limited',
        message: expect.stringMatching(/coingecko.*429.*asks to wait 120 s/),
      },
    });
    expect(await service.ended('coinpaprika')).toMatchObject({ status: 'success', extracted: 21 });
    expect(await service.ended('csv')).toMatchObject({ status: 'success', extracted: 3 });
    await looked();
    expect(asked()).toBe(1);
    const [checkpoint] = await service.rows(
      `SELECT extract(epoch FROM cool_down_until - last_failure_at)::int AS cool_down,
              extract(epoch FROM next_due_at - last_failure_at)::int AS next
       FROM etl_checkpoints WHERE source = 'coingecko'`,
    );
    expect(checkpoint).toEqual({ cool_down: 120, next: 120 });
  });

  it('is named in /health with its next run, while the others are healthy', async () => {
    const { body } = await service.get('/health');
    expect(body.status).toBe('degraded');
    const { coingecko, coinpaprika, csv } = body.etl_status.sources;
    expect(coingecko).toMatchObject({
      status: 'rate_limited',
      error: { code: 'source_rate_limited' },
      records: 0,
    });
    expect(Date.parse(String(coingecko.next_run)) - Date.parse(String(coingecko.last_failure))).toBe(120_000);
    expect([coinpaprika.status, csv.status]).toEqual(['healthy', 'healthy']);
  });

  it('is not asked because a person wants it, who is told how long to wait', async () => {
    const answer = await service.post('/etl/run?source=coingecko', service.authorization);
    expect(answer.status).toBe(409);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(60);
    expect(Number(answer.headers.get('retry-after'))).toBeLessThanOrEqual(120);
    expect(answer.body.detail).toMatch(/cooling down/);
    const all = await service.post('/etl/run', service.authorization);
    expect(all.status).toBe(202);
    expect(all.body.data.refused).toMatchObject([{ source: 'coingecko' }]);
    for (const source of ['coinpaprika', 'csv']) await service.ended(source);
    expect(asked()).toBe(1);
  });

  it('is not asked by a process that starts meanwhile', async () => {
    await service.stop();
    service = await start();
    await looked();
    expect((await service.post('/etl/run?source=coingecko', service.authorization)).status).toBe(409);
    expect(asked()).toBe(1);
  });

  it('is asked once more when its time has come', async () => {
    await service.rows(
      `UPDATE etl_checkpoints SET cool_down_until = now(), next_due_at = now() WHERE source = 'coingecko'`,
    );
    await until('the second failure', async () => {
      const [row] = await service.rows(
        `SELECT 1 FROM etl_checkpoints WHERE source = 'coingecko' AND failures_in_a_row = 2`,
      );
      return row;
    });
    await looked();
    expect(asked()).toBe(2);
  });
});
