import { committedBefore } from '../support/committed-page.js';
import { LockHolder } from '../support/lock-holder.js';
import { Market, Verbatim, coinGeckoRow, coinPaprikaRow, minutesAgo, rowsOf } from '../support/market.js';
import type { Row } from '../support/market.js';
import {
  answer,
  bomb,
  coinGeckoErrors,
  drip,
  gzipCutOff,
  hang,
  html,
  json,
  reset,
  truncated,
} from '../support/misbehaving-server.js';
import type { Behaviour } from '../support/misbehaving-server.js';
import { until } from '../support/until.js';
import { startService } from '../support/service.js';
import type { Service } from '../support/service.js';
import { dumpTables } from '../support/table-dump.js';

/** Three pages of markets, the last one with twenty rows. */
const COINS = 520;
const PAGE_2 = /markets.*&page=2&/;

const MINUTE = 60;
const SCHEDULE = 30 * MINUTE;
const QUOTA = 6 * 3600;

interface Failure {
  readonly what: string;
  readonly spoilt: () => Behaviour | Promise<Behaviour>;
  readonly code: string;
  readonly words: RegExp;
  /** Seconds to the next run. */
  readonly next: number;
}

const spoiltRows = (spoil: (row: Row) => unknown): Behaviour =>
  json(rowsOf(250, coinGeckoRow, { from: 250 }).map(spoil));

const FAILURES: readonly Failure[] = [
  {
    what: 'an error in JSON',
    spoilt: () => coinGeckoErrors.plainError(404),
    code: 'source_payload_invalid',
    words: /404.*coin not found/,
    next: SCHEDULE,
  },
  {
    what: 'a rate limit as a status object',
    spoilt: () => coinGeckoErrors.statusObject(429),
    code: 'source_rate_limited',
    words: /429, too many requests/,
    next: MINUTE,
  },
  {
    what: 'a rate limit with status 200',
    spoilt: () => coinGeckoErrors.statusObject(200),
    code: 'source_rate_limited',
    words: /error 429/,
    next: MINUTE,
  },
  {
    what: 'an error object inside error',
    spoilt: () => coinGeckoErrors.nestedStatus(401),
    code: 'source_auth_failed',
    words: /10012/,
    next: SCHEDULE,
  },
  {
    what: 'plain text',
    spoilt: () => coinGeckoErrors.plainText(429),
    code: 'source_rate_limited',
    words: /error code: 1015/,
    next: MINUTE,
  },
  {
    what: 'a Cloudflare page',
    spoilt: () => coinGeckoErrors.htmlPage(403),
    code: 'source_rate_limited',
    words: /403, blocked before the API/,
    next: MINUTE,
  },
  {
    what: 'HTML with status 200',
    spoilt: () => html(200),
    code: 'source_payload_invalid',
    words: /coingecko markets page 2/,
    next: SCHEDULE,
  },
  {
    what: 'a bare NaN',
    spoilt: () => answer(200, '[{"id":"coin-1","current_price":NaN}]'),
    code: 'source_payload_invalid',
    words: /coingecko markets page 2/,
    next: SCHEDULE,
  },
  {
    what: 'a body shorter than promised',
    spoilt: () => truncated('[{"id":"coin-1"}]'),
    code: 'source_unavailable',
    words: /cut off/,
    next: MINUTE,
  },
  {
    what: 'an empty page in the middle',
    spoilt: () => json([]),
    code: 'source_payload_invalid',
    words: /page 2 came empty in the middle/,
    next: SCHEDULE,
  },
  {
    what: 'a connection reset',
    spoilt: () => reset,
    code: 'source_unavailable',
    words: /connection reset/,
    next: MINUTE,
  },
  {
    what: 'a decompression bomb',
    spoilt: () => bomb(8),
    code: 'source_payload_invalid',
    words: /more than 4 MB \(SOURCE_MAX_MEGABYTES\)/,
    next: SCHEDULE,
  },
  {
    what: 'a packed body without its end',
    spoilt: () => gzipCutOff(JSON.stringify(rowsOf(250, coinGeckoRow, { from: 250 }))),
    code: 'source_unavailable',
    words: /cut off/,
    next: MINUTE,
  },
  {
    what: 'JSON a million deep',
    spoilt: () => answer(200, '['.repeat(1_000_000)),
    code: 'source_payload_invalid',
    words: /coingecko markets page 2: nested more than 64 deep/,
    next: SCHEDULE,
  },
  {
    what: 'a body that never ends',
    spoilt: () => drip,
    code: 'source_unavailable',
    words: /did not answer within 2 s \(SOURCE_TIMEOUT_SECONDS\)/,
    next: MINUTE,
  },
  {
    what: '402',
    spoilt: () => json({ error: 'payment required' }, 402),
    code: 'source_quota_spent',
    words: /402, the plan is used up/,
    next: QUOTA,
  },
  {
    what: '401',
    spoilt: () => json({ error: 'unauthorized' }, 401),
    code: 'source_auth_failed',
    words: /401, the key is missing/,
    next: SCHEDULE,
  },
  {
    what: 'silence',
    spoilt: () => hang,
    code: 'source_unavailable',
    words: /did not answer within 2 s \(SOURCE_TIMEOUT_SECONDS\)/,
    next: MINUTE,
  },
  {
    what: 'a required field that was renamed',
    spoilt: () => spoiltRows(({ current_price, ...row }) => ({ ...row, price_current: current_price })),
    code: 'drift',
    words:
      /current_price is absent from 250 of 250 records; price_current looks like it \(confidence 1\.00\)/,
    next: SCHEDULE,
  },
  {
    what: 'records that nobody can read any more',
    spoilt: () => spoiltRows((row) => ({ ...row, current_price: String(row['current_price']) })),
    code: 'drift',
    words: /coingecko markets: none of the 250 records could be read.*current_price is text/,
    next: SCHEDULE,
  },
];

describe('a failed run', () => {
  let market: Market;
  let service: Service;
  let version = 0;

  const environment = (): Record<string, string> => ({
    ...market.environment,
    COINGECKO_MAX_COINS: '750',
    SOURCE_RETRIES: '0',
    SOURCE_TIMEOUT_SECONDS: '2',
    SOURCE_MAX_MEGABYTES: '4',
  });
  /** Prices that nobody has seen yet. */
  const move = (): void => {
    version += 1;
    const at = minutesAgo(60 - version);
    const quotes = { USD: { price: version, market_cap: null, volume_24h: null, percent_change_24h: null } };
    market.coinGecko = rowsOf(COINS, coinGeckoRow, { at }).map((row) => ({ ...row, current_price: version }));
    market.coinPaprika = rowsOf(5, coinPaprikaRow, { from: 9000, at }).map((row) => ({ ...row, quotes }));
  };

  beforeAll(async () => {
    market = await Market.open();
    service = await startService({ environment: environment() });
    move();
    await service.run('coingecko');
  });
  afterAll(async () => {
    await service.stop();
    await market.close();
  });
  beforeEach(() => {
    move();
  });
  afterEach(async () => {
    market.heal();
    // One that failed half-way is not the next one's failure.
    await service.rows(
      'UPDATE etl_checkpoints SET cool_down_until = NULL, failures_in_a_row = 0, cursor = NULL',
    );
  });

  const priceOf = async (index: number): Promise<number> => {
    const { body } = await service.get(`/data?symbol=c${index}&source=coingecko`);
    const [listing]: { current_price: number }[] = body.data;
    return listing?.current_price ?? NaN;
  };
  const checkpoint = async (): Promise<object | undefined> => {
    const rows: object[] = await service.rows(
      `SELECT cursor, lease_owner, lease_expires_at, failures_in_a_row, error_code,
              extract(epoch FROM next_due_at - last_failure_at)::int AS next
       FROM etl_checkpoints WHERE source = 'coingecko'`,
    );
    return rows[0];
  };

  it.each(FAILURES)('on $what: $code', async ({ spoilt, code, words, next }) => {
    market.spoil(PAGE_2, await spoilt());
    const [run, other] = [await service.run('coingecko'), await service.run('coinpaprika')];

    expect(run).toMatchObject({ status: 'failed', pages: 1, extracted: 250, updated: 250, resumed: false });
    expect(run.error?.code).toBe(code);
    expect(run.error?.message).toMatch(words);
    expect(run.error?.message).toMatch(/coingecko/);
    // What is on page 1 is published, what is not loaded is not, and the others don't notice.
    expect([await priceOf(0), await priceOf(300), await priceOf(510)]).toEqual([
      version,
      version - 1,
      version - 1,
    ]);
    expect(other).toMatchObject({ status: 'success' });

    expect(await checkpoint()).toEqual({
      cursor: { page: 2 },
      lease_owner: null,
      lease_expires_at: null,
      failures_in_a_row: 1,
      error_code: code,
      next,
    });
    const health = (await service.get('/health')).body;
    expect(health.status).toBe('degraded');
    expect(health.etl_status.sources.coingecko).toMatchObject({
      status: /rate_limited|quota_spent/.test(code) ? 'rate_limited' : 'failing',
      error: run.error,
      records: COINS,
    });
    expect(health.etl_status.sources.coinpaprika).toMatchObject({ status: 'healthy', error: null });

    market.heal();
    await service.rows('UPDATE etl_checkpoints SET cool_down_until = NULL');
    const before = market.server.requests.length;
    expect(await service.run('coingecko')).toMatchObject({
      status: 'success',
      pages: 2,
      extracted: 270,
      updated: 270,
      resumed: true,
      error: null,
    });
    expect(market.server.requests.slice(before).map(({ url }) => /&page=(\d)/.exec(url)?.[1])).toEqual([
      '2',
      '3',
    ]);
    expect([await priceOf(0), await priceOf(300), await priceOf(510)]).toEqual([version, version, version]);
    const healed = (await service.get('/health')).body.etl_status.sources.coingecko;
    expect(healed).toMatchObject({ status: 'healthy', error: null });
    expect(Date.parse(String(healed.next_run))).toBeGreaterThan(Date.now() + 29 * 60_000);
  });

  it('waits longer from failure to failure, but not longer than its schedule', async () => {
    market.spoil(PAGE_2, json({ error: 'internal' }, 500));
    const waits: number[] = [];
    // A fifth failure would open the circuit, which counts by the machine's own time.
    for (let failure = 1; failure <= 4; failure++) {
      await service.run('coingecko');
      const rows: { next: number }[] = await service.rows(
        `SELECT extract(epoch FROM next_due_at - last_failure_at)::int AS next FROM etl_checkpoints WHERE source = 'coingecko'`,
      );
      waits.push(rows[0]?.next ?? 0);
    }
    expect(waits).toEqual([60, 120, 240, 480]);
    market.spoil(PAGE_2, coinGeckoErrors.plainText(429));
    await service.rows(`UPDATE etl_checkpoints SET failures_in_a_row = 60 WHERE source = 'coingecko'`);
    await service.run('coingecko');
    expect(await checkpoint()).toMatchObject({ next: SCHEDULE, cursor: { page: 2 } });
  });
});

describe('a run that failed and went on', () => {
  let market: Market;
  let undisturbed: Record<string, unknown[]>;
  const started: Service[] = [];

  const start = async (environment: Record<string, string> = {}): Promise<Service> => {
    const service = await startService({
      environment: { ...market.environment, COINGECKO_MAX_COINS: '750', SOURCE_RETRIES: '0', ...environment },
    });
    started.push(service);
    return service;
  };

  beforeAll(async () => {
    market = await Market.open();
    market.coinGecko = rowsOf(COINS, coinGeckoRow);
    market.coinGecko[7] = coinGeckoRow(7, minutesAgo(10), { current_price: new Verbatim('1e400') });
    market.coinPaprika = rowsOf(300, coinPaprikaRow);
    const service = await start();
    await service.run('coinpaprika');
    expect(await service.run('coingecko')).toMatchObject({ status: 'success', pages: 4 });
    undisturbed = await dumpTables(service.database.dataSource);
  });
  afterEach(() => {
    market.heal();
  });
  afterAll(async () => {
    for (const service of started) await service.stop();
    await market.close();
  });

  it('leaves the tables of one that was never disturbed', async () => {
    expect(undisturbed['coins']).toHaveLength(COINS);
    const service = await start({
      FAULTS: ['fetch:1', 'commit:2', 'fetch:3', 'committed:3', 'commit:5']
        .map((at) => `coingecko:${at}:throw`)
        .join(),
    });
    await service.run('coinpaprika');
    const outcomes: string[] = [];
    for (let runs = 0; runs < 9 && !outcomes.includes('success'); runs++) {
      const run = await service.run('coingecko');
      outcomes.push(run.status);
      expect(run.error?.code ?? null).toBe(run.status === 'failed' ? 'internal_error' : null);
      await service.rows('UPDATE etl_checkpoints SET cool_down_until = NULL');
    }
    expect(outcomes).toEqual(['failed', 'failed', 'failed', 'failed', 'failed', 'success']);
    expect(await dumpTables(service.database.dataSource)).toEqual(undisturbed);
  });

  it('survives a connection to PostgreSQL that ends in the middle of a page', async () => {
    const service = await start();
    await service.run('coinpaprika');
    const runId = await LockHolder.during(service.database.dataSource, async (holder) => {
      market.spoil(PAGE_2, async (request, response) => {
        // Page 2 is then stopped at its checkpoint, with everything else written.
        await committedBefore(2, service.database.dataSource);
        await holder.query(`SELECT 1 FROM etl_checkpoints WHERE source = 'coingecko' FOR UPDATE`);
        market.heal();
        return json(market.coinGecko.slice(250, 500))(request, response);
      });
      const begun = await service.begin('coingecko');
      await until('page 2 to wait for its checkpoint', async () => {
        // The request for page 3 waits as well, on a connection of its own.
        const ended = await service.rows(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%SET cursor%'`,
        );
        return ended[0];
      });
      return begun;
    });
    expect(await service.ended('coingecko', runId)).toMatchObject({
      status: 'failed',
      pages: 2,
      error: { code: 'database_unavailable', message: 'the database was away' },
    });
    expect(await service.run('coingecko')).toMatchObject({ status: 'success', pages: 2, resumed: true });
    expect(await dumpTables(service.database.dataSource)).toEqual(undisturbed);
  });

  it('loads its prices without the contracts that did not come, and says so', async () => {
    const service = await start();
    market.spoil(/coins\/list/, html(200));
    expect(await service.run('coingecko')).toMatchObject({
      status: 'success',
      pages: 3,
      warnings: [expect.stringContaining('no contracts in this pass')],
    });
  });
});
