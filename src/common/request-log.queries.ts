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

/** One parameter: pg escapes arrays element by element, which takes the event loop several times as long. */
export async function insertRequestLogs(
  dataSource: DataSource,
  rows: readonly RequestLogRow[],
): Promise<void> {
  await dataSource.query(
    `INSERT INTO request_logs (request_id, method, route, status, latency_ms, at)
     SELECT "requestId", method, route, status, "latencyMs", at
     FROM json_to_recordset($1::json)
       AS row("requestId" text, method text, route text, status int, "latencyMs" float8, at timestamptz)`,
    [JSON.stringify(rows)],
  );
}
