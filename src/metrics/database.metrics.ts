import { Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { Gauge, register } from 'prom-client';
import { DataSource } from 'typeorm';
import { RequestLog } from '../common/request-log.js';
import { Settings } from '../config/settings.js';
import { isDatabaseUnavailable } from '../database/database-errors.js';
import { rowCount } from '../database/row-counts.js';
import { within } from '../database/within.js';

/** $1 sources */
const SOURCES = `
  SELECT source, listings::float8 AS listings, failures_in_a_row, quota_used,
         coalesce(extract(epoch FROM last_success_at), 0)::float8 AS last_success,
         coalesce(extract(epoch FROM last_run_at), 0)::float8 AS last_run,
         coalesce(extract(epoch FROM data_as_of), 0)::float8 AS data
  FROM etl_checkpoints WHERE source = ANY($1::text[])`;

const DOUBTS = `
  SELECT ${rowCount('ambiguous_listings')}::int AS ambiguous, ${rowCount('suspect_listings')}::int AS suspect`;

const PATIENCE_MS = 2_000;

interface SourceColumns {
  readonly source: string;
  readonly listings: number;
  readonly failures_in_a_row: number;
  readonly quota_used: number;
  readonly last_success: number;
  readonly last_run: number;
  readonly data: number;
}

interface DoubtColumns {
  readonly ambiguous: number;
  readonly suspect: number;
}

interface Pool {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
}

/** What all replicas must agree on is read from the database; a scrape without it keeps the last values. */
@Injectable()
export class DatabaseMetrics {
  private readonly logger = new Logger(DatabaseMetrics.name);
  private readonly lastSuccess = gauge(
    'mintmark_source_last_success_timestamp_seconds',
    'When a run of the source last succeeded; 0: never.',
    'source',
  );
  private readonly lastRun = gauge(
    'mintmark_source_last_run_timestamp_seconds',
    'When a run of the source last began; 0: never.',
    'source',
  );
  private readonly data = gauge(
    'mintmark_source_data_timestamp_seconds',
    'Time of the source’s newest quote; 0: none.',
    'source',
  );
  private readonly listings = gauge('mintmark_source_listings', 'Listings of the source.', 'source');
  private readonly failures = gauge(
    'mintmark_source_failures_in_a_row',
    'Runs of the source that failed since one succeeded.',
    'source',
  );
  private readonly quota = gauge(
    'mintmark_source_quota_used',
    'Requests counted against the source’s month in which it was last asked.',
    'source',
  );
  private readonly ambiguous = gauge(
    'mintmark_identity_ambiguous_listings',
    'Listings that wait for a person to say which coin they are, as in /identity/ambiguous.',
  );
  private readonly suspect = gauge(
    'mintmark_identity_suspect_listings',
    'Listings whose link is contradicted, as in /identity/suspect.',
  );
  private readonly up = gauge('mintmark_database_up', 'Whether the database answered this scrape.');
  private readonly pool = gauge(
    'mintmark_database_pool_connections',
    'Connections of this process, but for those of its runs.',
    'state',
  );
  private readonly dropped = gauge(
    'mintmark_request_log_dropped_rows',
    'Requests of this process that the request log has lost.',
  );

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly requestLog: RequestLog,
    private readonly settings: Settings,
  ) {
    for (const source of settings.SOURCES)
      for (const metric of [
        this.lastSuccess,
        this.lastRun,
        this.data,
        this.listings,
        this.failures,
        this.quota,
      ])
        metric.set({ source }, 0);
  }

  async refresh(): Promise<void> {
    this.dropped.set(this.requestLog.dropped);
    const pool = poolOf(this.dataSource);
    if (pool) {
      this.pool.set({ state: 'busy' }, pool.totalCount - pool.idleCount);
      this.pool.set({ state: 'idle' }, pool.idleCount);
      this.pool.set({ state: 'waited_for' }, pool.waitingCount);
    }
    try {
      const rows = await within(
        PATIENCE_MS,
        this.dataSource.query<SourceColumns[]>(SOURCES, [this.settings.SOURCES]),
      );
      for (const { source, ...row } of rows) {
        this.lastSuccess.set({ source }, row.last_success);
        this.lastRun.set({ source }, row.last_run);
        this.data.set({ source }, row.data);
        this.listings.set({ source }, row.listings);
        this.failures.set({ source }, row.failures_in_a_row);
        this.quota.set({ source }, row.quota_used);
      }
      const [doubts] = await within(PATIENCE_MS, this.dataSource.query<DoubtColumns[]>(DOUBTS));
      this.ambiguous.set(doubts?.ambiguous ?? 0);
      this.suspect.set(doubts?.suspect ?? 0);
      this.up.set(1);
    } catch (error) {
      this.up.set(0);
      if (!isDatabaseUnavailable(error)) this.logger.error(error);
    }
  }
}

function gauge(name: string, help: string, ...labelNames: string[]): Gauge {
  return (register.getSingleMetric(name) as Gauge | undefined) ?? new Gauge({ name, help, labelNames });
}

/** TypeORM doesn't say what its driver's pool is. */
function poolOf(dataSource: DataSource): Pool | null {
  const { driver } = dataSource;
  const pool: unknown = 'master' in driver ? driver.master : null;
  return typeof pool === 'object' && pool !== null && 'totalCount' in pool && 'idleCount' in pool
    ? (pool as Pool)
    : null;
}
