import { Logger } from '@nestjs/common';
import { readSettings } from '../../src/config/read-settings.js';
import { maintainQuotePartitions } from '../../src/database/quote-partitions.js';
import { Retention } from '../../src/scheduler/retention.js';
import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';
import { LockHolder } from '../support/lock-holder.js';

const DAY_MS = 86_400_000;
/** More than one DELETE takes. */
const OLD = 12_000;

describe('what is past its retention', () => {
  const settings = readSettings({
    RAW_RETENTION_DAYS: '30',
    QUOTE_RETENTION_DAYS: '90',
    REQUEST_LOG_RETENTION_DAYS: '14',
  });
  const now = new Date();
  const daysAgo = (days: number): Date => new Date(now.getTime() - days * DAY_MS);
  let database: TestDatabase;

  const query = <Row>(sql: string, parameters?: unknown[]): Promise<Row[]> =>
    database.dataSource.query(sql, parameters);
  const sweep = (at: Date, signal = new AbortController().signal): Promise<void> =>
    new Retention(database.dataSource, settings).sweep(at, signal);
  const partitions = async (): Promise<string[]> => {
    const rows = await query<{ name: string }>(
      `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'quotes'::regclass ORDER BY 1`,
    );
    return rows.map(({ name }) => name);
  };
  const monthOf = (time: Date): string => `quotes_${time.toISOString().slice(0, 7).replace('-', '_')}`;

  beforeAll(() => {
    Logger.overrideLogger(false);
  });
  beforeEach(async () => {
    database = await createTestDatabase(settings);
    const raw = `
      INSERT INTO raw_pages (source, run_id, feed, url, hash, bytes, body, fetched_at)
      SELECT source, 1, 'f', 'u', 'h', 0, '', $1 FROM unnest(ARRAY['coingecko', 'coinpaprika', 'csv', 'novel']) source,
             generate_series(1, $2::int)`;
    const refused = `
      INSERT INTO quarantine (source, feed, reason, message, record, run_id, raw_page_id, quarantined_at)
      SELECT 'csv', 'f', 'negative', 'm', '', 1, 1, $1 FROM generate_series(1, $2::int)`;
    const requests = `
      INSERT INTO request_logs (request_id, method, route, status, latency_ms, at)
      SELECT 'r', 'GET', '/data', 200, 1, $1 FROM generate_series(1, $2::int)`;
    for (const [insert, days] of [
      [raw, 30],
      [refused, 30],
      [requests, 14],
    ] as const) {
      await query(insert, [daysAgo(days + 0.01), OLD / 4]);
      await query(insert, [daysAgo(days - 0.01), 3]);
    }
  });
  afterEach(() => database.drop());

  const left = async (): Promise<unknown> =>
    (
      await query(
        `SELECT (SELECT count(*)::int FROM raw_pages) AS raw, (SELECT count(*)::int FROM quarantine) AS quarantined,
                (SELECT count(*)::int FROM request_logs) AS requests`,
      )
    )[0];

  it('goes, in every partition and in as many steps as it takes, and nothing else', async () => {
    await sweep(now);
    expect(await left()).toEqual({ raw: 12, quarantined: 3, requests: 3 });
    expect(await query('SELECT DISTINCT source FROM raw_pages')).toHaveLength(4);
    await sweep(now);
    expect(await left()).toEqual({ raw: 12, quarantined: 3, requests: 3 });
  });

  it('goes with several replicas at it, too', async () => {
    await Promise.all([sweep(now), sweep(now), sweep(now)]);
    await sweep(now);
    expect(await left()).toEqual({ raw: 12, quarantined: 3, requests: 3 });
  });

  it('doesn’t wait for what somebody else holds', async () => {
    const holder = database.dataSource.createQueryRunner();
    await holder.startTransaction();
    await holder.query(`SELECT 1 FROM request_logs ORDER BY at LIMIT 1 FOR UPDATE`);
    await sweep(now);
    expect(await left()).toMatchObject({ requests: 4 });
    await holder.commitTransaction();
    await holder.release();
  });

  it('stays when the process stops, but for what was being deleted', async () => {
    const stop = new AbortController();
    const swept = await LockHolder.during(database.dataSource, async (holder) => {
      await holder.query('LOCK TABLE quarantine IN SHARE MODE');
      const sweeping = sweep(now, stop.signal);
      await holder.waiting();
      stop.abort();
      return { sweeping };
    });
    await swept.sweeping;
    expect(await left()).toEqual({ raw: 12, quarantined: OLD / 4 + 3 - 500, requests: OLD / 4 + 3 });
  });

  it('goes although one of the tables is held for long', async () => {
    await LockHolder.during(database.dataSource, async (holder) => {
      await holder.query('LOCK TABLE quarantine IN SHARE MODE');
      await sweep(now);
    });
    expect(await left()).toEqual({ raw: 12, quarantined: OLD / 4 + 3, requests: 3 });
  });

  it('of quotes goes by the month, and the months to come are there', async () => {
    const before = await partitions();
    const kept = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1));
    await query(
      `INSERT INTO quotes (listing_id, quoted_at, price, fetched_at, raw_page_id)
       SELECT n, at, 1, at, 1 FROM unnest($1::timestamptz[]) WITH ORDINALITY given(at, n)`,
      [[daysAgo(90), kept, now]],
    );
    // As if nobody had swept for three months.
    const later = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 3, 20));
    const done = await Promise.all(
      [1, 2, 3].map(() => maintainQuotePartitions(database.dataSource, later, settings.QUOTE_RETENTION_DAYS)),
    );
    expect(done.flatMap(({ dropped }) => dropped).length).toBeGreaterThan(0);
    expect(new Set(done.flatMap(({ made }) => made)).size).toBe(done.flatMap(({ made }) => made).length);
    const after = await partitions();
    expect(after).toHaveLength(before.length);
    expect(after[0]).toBe(monthOf(new Date(later.getTime() - 90 * DAY_MS)));
    expect(after.at(-1)).toBe(
      monthOf(new Date(Date.UTC(later.getUTCFullYear(), later.getUTCMonth() + 1, 1))),
    );
    const rows = await query<{ listing_id: string }>('SELECT listing_id FROM quotes ORDER BY 1');
    const oldest = new Date(later.getTime() - 90 * DAY_MS);
    const first = Date.UTC(oldest.getUTCFullYear(), oldest.getUTCMonth(), 1);
    expect(rows.map(({ listing_id }) => listing_id)).toEqual(
      [daysAgo(90), kept, now].flatMap((at, index) => (at.getTime() >= first ? [String(index + 1)] : [])),
    );
  });
});
