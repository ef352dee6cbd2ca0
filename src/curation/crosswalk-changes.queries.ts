const LINKED = `
  l.listing_id, l.source, l.source_coin_id, l.coin_id, k.method, k.decided_by
  FROM listings l JOIN identity_links k ON k.listing_id = l.listing_id AND k.revoked_at IS NULL`;

/**
 * Listings that a line names, as they are linked, with the coin of the line, and the one that it means today.
 * $1 lines: `{line, source, source_coin_id, named, goal}`
 */
export const NAMED = `
  SELECT r.line, r.named, r.goal, ${LINKED}
  JOIN json_to_recordset($1::json) AS r(line integer, source text, source_coin_id text, named text, goal text)
    ON r.source = l.source AND r.source_coin_id = l.source_coin_id
  ORDER BY r.line`;

/** Listings linked by a line that isn't there any more. $1 lines */
export const NAMED_NO_MORE = `
  SELECT ${LINKED}
  WHERE k.method = 'crosswalk' AND NOT EXISTS (
    SELECT 1 FROM json_to_recordset($1::json) AS r(source text, source_coin_id text)
    WHERE r.source = l.source AND r.source_coin_id = l.source_coin_id)
  ORDER BY l.listing_id`;

/** Takes listings out of their coins, to be decided on anew. $1 listings */
export const RELEASE = `UPDATE listings SET coin_id = NULL WHERE listing_id = ANY($1::bigint[])`;

/** NOWAIT: see IdentityLock. $1 listings */
export const LOCK_LISTINGS = `
  SELECT listing_id, coin_id FROM listings WHERE listing_id = ANY($1::bigint[])
  ORDER BY listing_id FOR NO KEY UPDATE NOWAIT`;

/** Of these names, those that are a coin's. $1 names */
export const COINS = `SELECT coin_id FROM coins WHERE coin_id = ANY($1::text[])`;

/** $1 listings */
export const SETTLE = `
  UPDATE identity_links SET settled_at = now()
  WHERE listing_id = ANY($1::bigint[]) AND revoked_at IS NULL AND settled_at IS NULL`;
