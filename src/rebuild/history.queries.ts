/**
 * Every kept page, by its id, with the time of its transaction; where that isn't known, that of its fetching, which is its
 * replica's, as far as it lies within its run's, which is the database's.
 */
export const KEPT_PAGES = `
  SELECT p.source, p.raw_page_id, p.run_id,
         coalesce(p.loaded_at, least(greatest(p.fetched_at, r.started_at), r.finished_at)) AS at
  FROM raw_pages p LEFT JOIN etl_runs r USING (run_id)
  ORDER BY p.raw_page_id`;

/**
 * How every run ended, in the order of runs. Whole is one of whose pass no page is gone so far; a pass ends with the
 * run after which the cursor is at the beginning again. Settled is whether links were settled then (to the millisecond:
 * so far a rebuild keeps times); null: of no run that is known.
 */
export const RUN_ENDS = `
  WITH kept AS (
    SELECT run_id, count(*) AS pages FROM raw_pages GROUP BY run_id
  ), settled AS (
    SELECT date_trunc('milliseconds', settled_at) AS at FROM identity_settlements
    UNION
    SELECT date_trunc('milliseconds', settled_at) FROM identity_links WHERE settled_at IS NOT NULL
  ), known AS (
    SELECT EXISTS (SELECT 1 FROM etl_runs WHERE date_trunc('milliseconds', finished_at) IN (SELECT at FROM settled)) AS known
  ), numbered AS (
    SELECT r.source, r.run_id, r.status, r.finished_at, r.pages - coalesce(k.pages, 0) AS missing,
           lead(r.resumed) OVER of_source AS goes_on,
           count(*) FILTER (WHERE NOT r.resumed) OVER of_source AS pass
    FROM etl_runs r LEFT JOIN kept k USING (run_id)
    WINDOW of_source AS (PARTITION BY r.source ORDER BY r.run_id)
  )
  SELECT n.source, n.run_id, n.status, n.finished_at AS at,
         sum(n.missing) OVER (PARTITION BY n.source, n.pass ORDER BY n.run_id) <= 0 AS whole,
         NOT coalesce(n.goes_on, c.cursor IS NOT NULL) AS ends_pass,
         CASE WHEN (SELECT known FROM known)
              THEN date_trunc('milliseconds', n.finished_at) IN (SELECT at FROM settled) END AS settled
  FROM numbered n JOIN etl_checkpoints c ON c.source = n.source
  ORDER BY n.run_id`;

/** Whether each page that was ever loaded is kept. */
export const ALL_KEPT = `
  SELECT (SELECT count(*) FROM raw_pages) >= (SELECT coalesce(sum(pages), 0) FROM etl_runs) AS all_kept`;

export const PERSONS_WORDS = `
  SELECT decision_id, decided_at, undone_at FROM identity_decisions ORDER BY decision_id`;

/** $1 source, $2 raw page */
export const PAGE = `
  SELECT feed, body, fetched_at FROM raw_pages WHERE source = $1 AND raw_page_id = $2`;
