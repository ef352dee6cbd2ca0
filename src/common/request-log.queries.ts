import type { DataSource } from 'typeorm';
import { copyRows } from '../database/copy-rows.js';

export interface RequestLogRow {
  readonly requestId: string;
  readonly method: string;
  /** The route's template, never the path: paths are without number. */
  readonly route: string;
  readonly status: number;
  readonly latencyMs: number;
  readonly at: Date;
}

const COLUMNS = ['request_id', 'method', 'route', 'status', 'latency_ms', 'at'];

export async function insertRequestLogs(
  dataSource: DataSource,
  rows: readonly RequestLogRow[],
): Promise<void> {
  const runner = dataSource.createQueryRunner();
  try {
    const cells = rows.map(({ requestId, method, route, status, latencyMs, at }) => [
      requestId,
      method,
      route,
      status,
      latencyMs,
      at.toISOString(),
    ]);
    await copyRows(runner.manager, 'request_logs', COLUMNS, cells);
  } finally {
    await runner.release();
  }
}
