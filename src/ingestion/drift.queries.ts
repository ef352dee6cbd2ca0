/** $1 source, $2 feed */
export const BASELINE = `SELECT field, type, null_share FROM source_schemas WHERE source = $1 AND feed = $2`;

/**
 * Notes how the fields of a page looked. The baseline is how a field looked when it was first seen; a field
 * that looks like it again has no change any more. Rows are touched once an hour at most, unless something moved.
 * $1 fields, $2 source, $3 feed
 */
export const NOTE_FIELDS = `
  INSERT INTO source_schemas AS s (source, feed, field, type, null_share, change)
  SELECT $2, $3, r.field, r.type, r.null_share, r.change
  FROM json_to_recordset($1::json) AS r(field text, type text, null_share double precision, change jsonb)
  ON CONFLICT (source, feed, field) DO UPDATE
  SET last_seen_at = now(),
      type = CASE WHEN s.type = 'null' THEN excluded.type ELSE s.type END,
      change = CASE WHEN s.change->>'kind' = 'new' THEN s.change ELSE excluded.change END
  WHERE s.last_seen_at < now() - interval '1 hour'
     OR (s.type = 'null' AND excluded.type <> 'null')
     OR (s.change->>'kind' IS DISTINCT FROM excluded.change->>'kind' AND s.change->>'kind' IS DISTINCT FROM 'new')`;

/** A field that is gone keeps the time it was last seen. $1 changes, $2 source, $3 feed */
export const NOTE_GONE = `
  UPDATE source_schemas s
  SET change = r.change
  FROM json_to_recordset($1::json) AS r(field text, change jsonb)
  WHERE s.source = $2 AND s.feed = $3 AND s.field = r.field AND s.change->>'kind' IS DISTINCT FROM 'gone'`;
