/** $1 kind, $2 reason, $3 request */
export const BEGIN = `
  INSERT INTO identity_decisions (kind, reason, request_id, moves, signposts, doubts)
  VALUES ($1, $2, $3, '[]', '[]', '[]') RETURNING decision_id`;

/** $1 decision, $2 moves, $3 signposts, $4 doubts */
export const COMPLETE = `
  UPDATE identity_decisions SET moves = $2::jsonb, signposts = $3::jsonb, doubts = $4::jsonb WHERE decision_id = $1 RETURNING *`;

/** Doubts in force of the listings of these coins, and of these. $1 coins, $2 `{source, sourceCoinId}` */
export const DOUBTS = `
  WITH near AS (
    SELECT listing_id FROM listings WHERE coin_id = ANY($1::text[])
    UNION
    SELECT l.listing_id
    FROM json_to_recordset($2::json) AS r(source text, "sourceCoinId" text)
    JOIN listings l ON l.source = r.source AND l.source_coin_id = r."sourceCoinId"
  )
  SELECT k.link_id, k.listing_id, k.coin_id, k.candidates
  FROM near JOIN identity_links k USING (listing_id)
  WHERE k.revoked_at IS NULL AND k.candidates <> '[]'::jsonb
  ORDER BY k.link_id`;

/** $1 coins */
export const SOURCES_OF_COINS = `SELECT DISTINCT coin_id, source FROM listings WHERE coin_id = ANY($1::text[])`;

/** $1 `{link_id, candidates}` */
export const SET_CANDIDATES = `
  UPDATE identity_links k SET candidates = r.candidates
  FROM json_to_recordset($1::json) AS r(link_id bigint, candidates jsonb)
  WHERE k.link_id = r.link_id`;

/** $1 limit, $2 offset */
export const DECISIONS = `SELECT * FROM identity_decisions ORDER BY decision_id DESC LIMIT $1 OFFSET $2`;

export const COUNT_DECISIONS = `SELECT count(*)::int AS total FROM identity_decisions`;

/** $1 decision */
export const DECISION = `SELECT * FROM identity_decisions WHERE decision_id = $1`;

/** The newest decision on one of these listings that holds and is later than this one. $1 decision, $2 listings */
export const LATER = `
  SELECT decision_id FROM identity_decisions d
  WHERE decision_id > $1 AND undone_at IS NULL
    AND EXISTS (SELECT 1 FROM jsonb_array_elements(d.moves) m
                WHERE (m->>'listing_id')::bigint = ANY($2::bigint[]))
  ORDER BY decision_id DESC LIMIT 1`;

/** A merge since, not undone, of a coin that undoing would bring listings back to. $1 decision, $2 coins */
export const MERGED_SINCE = `
  SELECT decision_id FROM identity_decisions d
  WHERE decision_id > $1 AND undone_at IS NULL AND kind = 'merge'
    AND EXISTS (SELECT 1 FROM jsonb_array_elements(d.moves) m WHERE m->>'coin_before' = ANY($2::text[]))
  ORDER BY decision_id DESC LIMIT 1`;

/** What the matcher has put into the place of these listings since they were moved. $1 moves */
export const REPLACED = `
  SELECT l.source, l.source_coin_id, l.coin_id
  FROM json_to_recordset($1::json) AS m(listing_id bigint, source text, coin_before text, coin_after text, link_after bigint)
  JOIN listings l ON l.coin_id = m.coin_before AND l.source = m.source AND l.listing_id <> m.listing_id
  JOIN identity_links k ON k.listing_id = l.listing_id AND k.revoked_at IS NULL
  WHERE m.coin_before <> m.coin_after AND k.decided_by = 'matcher' AND k.link_id > m.link_after
  ORDER BY l.listing_id LIMIT 1`;

/** $1 decision, $2 request */
export const UNDONE = `
  UPDATE identity_decisions SET undone_at = now(), undone_request_id = $2 WHERE decision_id = $1 RETURNING *`;
