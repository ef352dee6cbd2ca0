import type { DataSource } from 'typeorm';

export interface RequestLogRow {
  readonly requestId: string;
  readonly method: string;
  /** The route's template, never the path: paths are without number. */
  readonly route: string;
  readonly status: number;
  readonly latencyMs: number;
  readonly at: Date;
}

export async function insertRequestLogs(
  dataSource: DataSource,
  rows: readonly RequestLogRow[],
): Promise<void> {
  await dataSource.query(
    `INSERT INTO request_logs (request_id, method, route, status, latency_ms, at)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::float8[], $6::timestamptz[])`,
    [
      rows.map((row) => row.requestId),
      rows.map((row) => row.method),
      rows.map((row) => row.route),
      rows.map((row) => row.status),
      rows.map((row) => row.latencyMs),
      rows.map((row) => row.at),
    ],
  );
}
