import { coinGeckoRow, Market, rowsOf } from '../support/market.js';
import { answer } from '../support/misbehaving-server.js';
import { startService } from '../support/service.js';
import type { Service } from '../support/service.js';

const SOURCES = ['coinpaprika', 'coingecko', 'csv'];

describe('GET /metrics', () => {
  let market: Market;
  let service: Service;
  let first: ReadonlyMap<string, number>;

  /** The value of each series, by its name with its labels as they are written. */
  async function scrape(): Promise<ReadonlyMap<string, number>> {
    const { status, headers, text } = await service.get('/metrics');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('text/plain');
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return new Map(
      lines.map((line): [string, number] => {
        const space = line.lastIndexOf(' ');
        return [line.slice(0, space), Number(line.slice(space + 1))];
      }),
    );
  }

  beforeAll(async () => {
    market = await Market.open();
    market.coinGecko = rowsOf(5, coinGeckoRow);
    service = await startService({ environment: { ...market.environment, SOURCE_RETRIES: '0' } });
    first = await scrape();
  });
  afterAll(async () => {
    await service.stop();
    await market.close();
  });

  it('has every route at 0 before it is asked', async () => {
    const document: { paths: Record<string, Record<string, unknown>> } = (await service.get('/docs-json'))
      .body;
    const routes = Object.entries(document.paths).flatMap(([route, item]) =>
      Object.keys(item).map((method) => ({ route, method: method.toUpperCase() })),
    );
    expect(routes.length).toBeGreaterThan(10);
    for (const { route, method } of routes)
      for (const status of ['2xx', '3xx', '4xx', '5xx']) {
        const series = `http_request_duration_seconds_count{method="${method}",route="${route}",status="${status}"}`;
        expect([series, first.get(series)]).toEqual([series, 0]);
      }
  });

  it('has every source at 0 before its first run', () => {
    for (const source of SOURCES)
      expect({
        source,
        upstream: first.get(`mintmark_upstream_requests_total{source="${source}",outcome="2xx"}`),
        failed: first.get(`mintmark_upstream_requests_total{source="${source}",outcome="error"}`),
        quarantined: first.get(`mintmark_records_total{source="${source}",outcome="quarantined"}`),
        runs: first.get(`mintmark_runs_total{source="${source}",outcome="failed"}`),
        seconds: first.get(`mintmark_run_duration_seconds_count{source="${source}"}`),
        success: first.get(`mintmark_source_last_success_timestamp_seconds{source="${source}"}`),
        run: first.get(`mintmark_source_last_run_timestamp_seconds{source="${source}"}`),
        data: first.get(`mintmark_source_data_timestamp_seconds{source="${source}"}`),
        circuit: first.get(`mintmark_source_circuit_state{source="${source}"}`),
      }).toEqual({
        source,
        upstream: 0,
        failed: 0,
        quarantined: 0,
        runs: 0,
        seconds: 0,
        success: 0,
        run: 0,
        data: 0,
        circuit: 0,
      });
    expect(first.get('mintmark_database_up')).toBe(1);
    expect(first.has('mintmark_database_pool_connections{state="idle"}')).toBe(true);
  });

  it('counts what was done for a source, and exports times, not ages', async () => {
    await service.run('coingecko');
    market.spoil(/./, answer(500, 'broken'));
    await service.run('coinpaprika');
    const now = await scrape();
    const of = (name: string, source: string, more = ''): number | undefined =>
      now.get(`mintmark_${name}{source="${source}"${more}}`);
    expect(of('upstream_requests_total', 'coingecko', ',outcome="2xx"')).toBe(market.asked(/api.v3/).length);
    expect(of('upstream_requests_total', 'coinpaprika', ',outcome="5xx"')).toBe(market.asked(/v1/).length);
    expect(of('records_total', 'coingecko', ',outcome="inserted"')).toBe(5);
    expect(of('pages_total', 'coingecko')).toBe(2);
    expect(of('runs_total', 'coingecko', ',outcome="success"')).toBe(1);
    expect(of('runs_total', 'coinpaprika', ',outcome="failed"')).toBe(1);
    expect(of('source_listings', 'coingecko')).toBe(5);
    expect(of('source_failures_in_a_row', 'coinpaprika')).toBe(1);

    const { sources } = (await service.get('/health')).body.etl_status;
    const { data_as_of: asOf } = (await service.get('/data')).body.metadata;
    const seconds = (time: string): number => Date.parse(time) / 1000;
    expect(of('source_last_success_timestamp_seconds', 'coingecko')).toBeCloseTo(
      seconds(sources.coingecko.last_success as string),
      1,
    );
    expect(of('source_data_timestamp_seconds', 'coingecko')).toBe(seconds(asOf as string));
    expect(of('source_last_success_timestamp_seconds', 'coinpaprika')).toBe(0);
    expect(of('source_last_run_timestamp_seconds', 'coinpaprika')).toBeGreaterThan(seconds(asOf as string));
  });

  it('shows the circuit of a source that keeps failing', async () => {
    const failing = (): Promise<unknown> => service.run('coinpaprika');
    for (let run = 0; run < 5; run++) await failing();
    const now = await scrape();
    expect(now.get('mintmark_source_circuit_state{source="coinpaprika"}')).toBe(2);
    expect(now.get('mintmark_source_circuit_state{source="coingecko"}')).toBe(0);
  });

  it('has routes for labels, never what was asked', async () => {
    await service.get('/coins/secret-wish?unknown=1');
    await service.get('/coins/another-wish');
    await service.get('/there/is/nothing');
    await service.get('/runs/77');
    await service.ask('DELETE', '/data');
    const now = await scrape();
    const names = [...now.keys()].filter((series) => series.startsWith('http_'));
    for (const name of names) expect(name).not.toMatch(/wish|nothing|77|unknown=/);
    const count = (method: string, route: string, status: string): number | undefined =>
      now.get(`http_request_duration_seconds_count{method="${method}",route="${route}",status="${status}"}`);
    expect(count('GET', '/coins/{coin_id}', '4xx')).toBe(2);
    expect(count('GET', '/runs/{run_id}', '4xx')).toBe(1);
    expect(count('GET', 'unmatched', '4xx')).toBe(1);
    expect(count('DELETE', 'unmatched', '4xx')).toBe(1);
  });
});
