/** What is known of a schema's fields. $1 source, $2 schema */
export const KNOWN_FIELDS = `
  SELECT field, type, null_share, most_null, pass, last_seen_at FROM source_schemas
  WHERE source = $1 AND feed = $2 ORDER BY field`;

/** A note of the same kind keeps the run and the time that it was first made. */
const NEWER_NOTE = `
  CASE WHEN excluded.change IS NULL OR excluded.change->>'kind' = s.change->>'kind' THEN s.change
       ELSE excluded.change END`;

/**
 * What the pass showed with one page more. A note is taken back at the end of a pass, not by a page: another may
 * show it. A field that isn't in the page keeps the time it was last seen.
 * $1 fields, $2 source, $3 schema
 */
export const NOTE_PASS = `
  INSERT INTO source_schemas AS s (source, feed, field, pass, change, last_seen_at)
  SELECT $2, $3, r.field, r.pass, r.change, coalesce(r.last_seen_at, now())
  FROM json_to_recordset($1::json) AS r(field text, pass jsonb, change jsonb, last_seen_at timestamptz)
  ORDER BY r.field
  ON CONFLICT (source, feed, field) DO UPDATE
  SET pass = excluded.pass, last_seen_at = excluded.last_seen_at, change = ${NEWER_NOTE}`;

/** Notes of a page that was not loaded. $1 changes, $2 source, $3 schema */
export const NOTE_CHANGES = `
  INSERT INTO source_schemas AS s (source, feed, field, change)
  SELECT $2, $3, r.field, r.change FROM json_to_recordset($1::json) AS r(field text, change jsonb)
  ORDER BY r.field
  ON CONFLICT (source, feed, field) DO UPDATE SET change = ${NEWER_NOTE}`;

const KEEPS_BASELINE = `(pass->>'odd')::boolean AND type IS NOT NULL`;

/**
 * The end of a complete pass. Of a field that moved, the baseline stays: else the next pass would find nothing. One
 * that looks like before has no note any more; that it once was new stays on record.
 * $1 source
 */
export const SETTLE_PASS = `
  UPDATE source_schemas
  SET type = CASE WHEN ${KEEPS_BASELINE} THEN type ELSE pass->>'type' END,
      null_share = CASE WHEN ${KEEPS_BASELINE} THEN null_share ELSE (pass->>'null_share')::float8 END,
      most_null = CASE WHEN ${KEEPS_BASELINE} THEN most_null ELSE (pass->>'most_null')::float8 END,
      change = CASE WHEN (pass->>'odd')::boolean OR change->>'kind' = 'new' THEN change END,
      pass = NULL
  WHERE source = $1 AND pass IS NOT NULL`;

/** Fields that only a page had that was never loaded, now that its schema is loaded without them. $1 source */
export const DROP_UNSEEN = `
  DELETE FROM source_schemas s
  WHERE source = $1 AND type IS NULL AND pass IS NULL
    AND EXISTS (SELECT 1 FROM source_schemas o WHERE o.source = $1 AND o.feed = s.feed AND o.pass IS NOT NULL)`;

/** $1 source */
export const FORGET_PASS = `UPDATE source_schemas SET pass = NULL WHERE source = $1 AND pass IS NOT NULL`;
