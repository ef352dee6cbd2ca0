/** Everything `/stats` says, in one row a source: the checkpoint counts as runs end. $1 sources */
export const STATS = `
  SELECT source, total_runs::int, finished_runs::int, successful_runs::int, records_processed::float8 AS records_processed,
         seconds_spent, last_success_at, last_failure_at
  FROM etl_checkpoints WHERE source = ANY($1::text[])
  ORDER BY source`;

const RUN = `
  run_id, source, trigger, status, started_at, finished_at,
  extract(epoch FROM finished_at - started_at)::float8 AS duration_seconds,
  pages, extracted, inserted, updated, unchanged, quarantined, duplicates, resumed, warnings, error_code, error_message`;

/** $1 source or null, $2 status or null, $3 limit, $4 offset */
export const RUNS = `
  SELECT ${RUN} FROM etl_runs
  WHERE ($1::text IS NULL OR source = $1) AND ($2::text IS NULL OR status = $2)
  ORDER BY run_id DESC LIMIT $3 OFFSET $4`;

/**
 * The checkpoints count runs as they begin and end. Only running ones are counted here: a source has one at most.
 * $1 source or null, $2 status or null
 */
export const COUNT_RUNS = `
  SELECT coalesce(sum(CASE $2::text
           WHEN 'success' THEN successful_runs
           WHEN 'failed' THEN failed_runs
           WHEN 'interrupted' THEN finished_runs - successful_runs - failed_runs
           WHEN 'running' THEN (SELECT count(*) FROM etl_runs r WHERE r.source = c.source AND r.status = 'running')
           ELSE total_runs END), 0)::int AS total
  FROM etl_checkpoints c WHERE $1::text IS NULL OR source = $1`;

/** $1 runs */
export const RUNS_BY_ID = `SELECT ${RUN} FROM etl_runs WHERE run_id = ANY($1::bigint[])`;

/**
 * What a source's runs are usually like: medians of its last hundred good ones that had something to do.
 * $1 source, $2 runs to leave out
 */
export const USUAL = `
  SELECT count(*)::int AS runs,
         percentile_cont(0.5) WITHIN GROUP (ORDER BY duration) AS duration_seconds,
         percentile_cont(0.5) WITHIN GROUP (ORDER BY pages) AS pages,
         percentile_cont(0.5) WITHIN GROUP (ORDER BY extracted) AS extracted,
         percentile_cont(0.5) WITHIN GROUP (ORDER BY inserted) AS inserted,
         percentile_cont(0.5) WITHIN GROUP (ORDER BY quarantined) AS quarantined
  FROM (
    SELECT extract(epoch FROM finished_at - started_at)::float8 AS duration, pages, extracted, inserted, quarantined
    FROM etl_runs
    WHERE source = $1 AND status = 'success' AND NOT resumed AND extracted > 0 AND NOT run_id = ANY($2::bigint[])
    ORDER BY run_id DESC LIMIT 100
  ) recent`;
