import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { SharedRead } from '../common/shared-read.js';
import { sourceSettings } from '../config/read-settings.js';
import { Settings } from '../config/settings.js';
import { isDatabaseUnavailable } from '../database/database-errors.js';
import { within } from '../database/within.js';
import type { HealthAnswer, SourceColumns, SourceHealth } from './health.dto.js';
import { overallStatus, sourceStatus } from './source-health.js';
import type { SourceState } from './source-health.js';

/** $1 sources */
const SOURCES = `
  SELECT source, last_run_at, last_success_at, last_failure_at, listings::int, error_code, error_message,
         greatest(next_due_at, cool_down_until) AS next_run_at, now() AS now,
         (SELECT warnings FROM etl_runs r
          WHERE r.source = c.source AND r.status <> 'running' ORDER BY run_id DESC LIMIT 1) AS warnings
  FROM etl_checkpoints c WHERE source = ANY($1::text[])`;

/** A probe's own time limit is a few seconds; a database that takes longer is away. */
const PATIENCE_MS = 2_000;

@Injectable()
export class HealthService {
  private readonly sources = new SharedRead(() =>
    within(PATIENCE_MS, this.dataSource.query<SourceColumns[]>(SOURCES, [this.settings.SOURCES])),
  );

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly settings: Settings,
  ) {}

  async health(): Promise<HealthAnswer> {
    let rows: SourceColumns[];
    try {
      rows = await this.sources.ask();
    } catch (error) {
      if (!isDatabaseUnavailable(error)) throw error;
      return {
        status: 'unhealthy',
        database: 'disconnected',
        etl_status: { last_run: null, status: 'unknown', sources: {} },
      };
    }
    const now = rows[0]?.now ?? new Date();
    const states = rows.map((row) => this.stateOf(row));
    const status = overallStatus(states, now);
    const lastRun = Math.max(...rows.map((row) => row.last_run_at?.getTime() ?? 0), 0);
    return {
      status,
      database: 'connected',
      etl_status: {
        last_run: lastRun === 0 ? null : new Date(lastRun).toISOString(),
        status,
        sources: Object.fromEntries(rows.map((row) => [row.source, toSource(row, this.stateOf(row), now)])),
      },
    };
  }

  private stateOf(row: SourceColumns): SourceState {
    return {
      lastSuccessAt: row.last_success_at,
      errorCode: row.error_code,
      scheduleMinutes: sourceSettings(this.settings, row.source).scheduleMinutes,
    };
  }
}

function toSource(row: SourceColumns, state: SourceState, now: Date): SourceHealth {
  return {
    status: sourceStatus(state, now),
    last_success: row.last_success_at?.toISOString() ?? null,
    last_failure: row.last_failure_at?.toISOString() ?? null,
    records: row.listings,
    next_run: row.next_run_at.toISOString(),
    error: row.error_code === null ? null : { code: row.error_code, message: row.error_message ?? '' },
    warnings: row.warnings ?? [],
  };
}
