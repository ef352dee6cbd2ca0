/** Two sources' pages must not decide at once: each would found the coin that the other is founding. */
export const ONE_AT_A_TIME = `LOCK TABLE identity_links IN SHARE ROW EXCLUSIVE MODE`;

/** The keys of listings. $1 listings */
export const KEYS = `SELECT source, source_coin_id FROM listings WHERE listing_id = ANY($1::bigint[])`;

/**
 * These listings and those that could decide on them: all that share a symbol, a contract or a crosswalk entry's
 * coin, and all other listings of the coins those are linked to. Free is a listing without a coin, or one that
 * stands alone in a coin that it founded: it may still find its own. $1 listings, $2 coins
 */
export const NEAR = `
  WITH fresh AS (
    SELECT listing_id, source, source_coin_id, symbol_key FROM listings WHERE listing_id = ANY($1::bigint[])
  ), near AS (
    SELECT l.listing_id, l.coin_id FROM listings l
    WHERE l.symbol_key IN (SELECT symbol_key FROM fresh)
    UNION
    SELECT l.listing_id, l.coin_id
    FROM fresh f
    JOIN listing_contracts mine ON mine.source = f.source AND mine.source_coin_id = f.source_coin_id
    JOIN listing_contracts theirs ON theirs.chain_key = mine.chain_key AND theirs.address_key = mine.address_key
    JOIN listings l ON l.source = theirs.source AND l.source_coin_id = theirs.source_coin_id
    UNION
    SELECT l.listing_id, l.coin_id FROM listings l WHERE l.coin_id = ANY($2::text[])
  )
  SELECT l.listing_id, l.source, l.source_coin_id, l.symbol, l.name, l.price, l.quoted_at, l.coin_id,
         (SELECT coalesce(json_agg(json_build_object('chain', n.chain, 'address', n.address)), '[]')
          FROM listing_contracts n WHERE n.source = l.source AND n.source_coin_id = l.source_coin_id) AS contracts,
         l.coin_id IS NULL OR (
           k.method = 'own'
           AND NOT EXISTS (SELECT 1 FROM listings o WHERE o.coin_id = l.coin_id AND o.listing_id <> l.listing_id)
         ) AS free,
         k.evidence, k.candidates
  FROM listings l
  LEFT JOIN identity_links k ON k.listing_id = l.listing_id AND k.revoked_at IS NULL
  WHERE l.listing_id IN (SELECT listing_id FROM near)
     OR l.coin_id IN (SELECT coin_id FROM near WHERE coin_id IS NOT NULL)
  ORDER BY l.listing_id`;

/** $1 slugs */
export const TAKEN_SLUGS = `SELECT coin_id FROM coins WHERE coin_id = ANY($1::text[])`;

/** Takes the decisions in force back. $1 listings */
export const REVOKE = `
  UPDATE identity_links SET revoked_at = now() WHERE listing_id = ANY($1::bigint[]) AND revoked_at IS NULL`;

/** $1 links */
export const DECIDE = `
  INSERT INTO identity_links (listing_id, coin_id, method, confidence, evidence, candidates, decided_by)
  SELECT listing_id, coin_id, method, confidence, evidence, candidates, 'matcher'
  FROM json_to_recordset($1::json) AS r(
    listing_id bigint, coin_id text, method text, confidence double precision, evidence jsonb, candidates jsonb)`;

/** $1 links */
export const LINK_LISTINGS = `
  UPDATE listings l SET coin_id = r.coin_id
  FROM json_to_recordset($1::json) AS r(listing_id bigint, coin_id text)
  WHERE l.listing_id = r.listing_id AND l.coin_id IS DISTINCT FROM r.coin_id`;
