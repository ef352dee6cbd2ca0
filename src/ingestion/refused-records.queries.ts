/** $1 source or null, $2 reason or null, $3 limit, $4 offset */
export const QUARANTINED = `
  SELECT q.quarantine_id, q.source, q.feed, q.reason, q.message, q.record, q.run_id, q.raw_page_id, q.quarantined_at,
         r.url
  FROM quarantine q
  LEFT JOIN raw_pages r ON r.source = q.source AND r.raw_page_id = q.raw_page_id
  WHERE ($1::text IS NULL OR q.source = $1) AND ($2::text IS NULL OR q.reason = $2)
  ORDER BY q.quarantine_id DESC LIMIT $3 OFFSET $4`;

/** $1 source or null, $2 reason or null */
export const COUNT_QUARANTINED = `
  SELECT count(*)::int AS total FROM quarantine
  WHERE ($1::text IS NULL OR source = $1) AND ($2::text IS NULL OR reason = $2)`;

/** $1 source or null, $2 limit, $3 offset */
export const DRIFT = `
  SELECT source, feed, field, change, last_seen_at FROM source_schemas
  WHERE change IS NOT NULL AND ($1::text IS NULL OR source = $1)
  ORDER BY change->>'detected_at' DESC, source, feed, field LIMIT $2 OFFSET $3`;

/** $1 source or null */
export const COUNT_DRIFT = `
  SELECT count(*)::int AS total FROM source_schemas
  WHERE change IS NOT NULL AND ($1::text IS NULL OR source = $1)`;
