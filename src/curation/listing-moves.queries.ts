import { isSettled } from '../identity/settled-links.queries.js';

/** NOWAIT: see IdentityLock. A listing has a decision from the page on that brought it. */
const held = (condition: string): string => `
  SELECT l.listing_id, l.source, l.source_coin_id, l.symbol, l.name, l.coin_id, k.link_id, k.method, k.candidates,
         k.decided_by, ${isSettled('k')} AS settled
  FROM listings l JOIN identity_links k ON k.listing_id = l.listing_id AND k.revoked_at IS NULL
  WHERE ${condition}
  ORDER BY l.listing_id
  FOR NO KEY UPDATE OF l NOWAIT`;

/** $1 source, $2 id */
export const LISTING = held('l.source = $1 AND l.source_coin_id = $2');

/** $1 coins */
export const LISTINGS_OF_COINS = held('l.coin_id = ANY($1::text[])');

/** $1 listings */
export const LISTINGS = held('l.listing_id = ANY($1::bigint[])');

/** A coin, and what it was merged into. $1 coin */
export const COIN = `SELECT coin_id, merged_into FROM coins WHERE coin_id = $1`;

/** $1 links, $2 who decided */
export const DECIDE = `
  INSERT INTO identity_links (listing_id, coin_id, method, confidence, evidence, apart_from, decided_by, settled_at)
  SELECT listing_id, coin_id, method, 1, evidence, apart_from, $2, now()
  FROM json_to_recordset($1::json) AS r(
    listing_id bigint, coin_id text, method text, evidence jsonb, apart_from jsonb)
  RETURNING listing_id, link_id`;

/** Puts earlier decisions into force again; those of now must have been revoked. $1 links */
export const REINSTATE = `UPDATE identity_links SET revoked_at = NULL WHERE link_id = ANY($1::bigint[])`;

/** $1 `{listing_id, coin_id}` */
export const LINK_LISTINGS = `
  UPDATE listings l SET coin_id = r.coin_id
  FROM json_to_recordset($1::json) AS r(listing_id bigint, coin_id text)
  WHERE l.listing_id = r.listing_id AND l.coin_id IS DISTINCT FROM r.coin_id`;

/**
 * What a person has decided on stays as it was seen then: the matcher gives none of these coins' listings another
 * coin, and none of their names to another. $1 coins
 */
export const SETTLE_COINS = `
  UPDATE identity_links SET settled_at = now() WHERE coin_id = ANY($1::text[]) AND settled_at IS NULL`;

/** Of these coins, those that have listings. $1 coins */
export const COINS_WITH_LISTINGS = `SELECT DISTINCT coin_id FROM listings WHERE coin_id = ANY($1::text[])`;

/** $1 coins */
export const SIGNPOSTS_TO = `
  SELECT coin_id, merged_into FROM coins WHERE merged_into = ANY($1::text[]) ORDER BY coin_id`;

/** The first of a coin's listings, of those that were not linked to it just in passing while a first pass went on. */
const founderOf = (coin: string): string => `(
    SELECT listing_id FROM identity_links WHERE coin_id = ${coin}
    GROUP BY listing_id
    HAVING bool_or(settled_at IS NOT NULL AND (revoked_at IS NULL OR settled_at <= revoked_at))
    ORDER BY min(link_id) LIMIT 1)`;

/** Whether a coin without listings was founded for this one. $1 coin, $2 listing */
export const WAS_FOUNDED_FOR = `
  SELECT 1 FROM coins c
  WHERE c.coin_id = $1 AND c.merged_into IS NOT NULL AND ${founderOf('c.coin_id')} = $2::bigint`;

/** Coins that were founded for this listing and lead to the one it is in now, the latest first. $1 listing */
export const FOUNDED_FOR = `
  SELECT c.coin_id
  FROM listings l JOIN coins c ON c.merged_into = l.coin_id
  WHERE l.listing_id = $1 AND ${founderOf('c.coin_id')} = l.listing_id
  ORDER BY (SELECT max(link_id) FROM identity_links WHERE coin_id = c.coin_id) DESC`;

/**
 * Signposts to these coins that are to lead elsewhere: to where most of those are now who left them last, or else to where
 * the one is they were founded for. $1 coins
 */
export const ASTRAY = `
  SELECT s.coin_id, went.coin_id AS merged_into
  FROM coins s
  CROSS JOIN LATERAL (
    SELECT l.coin_id
    FROM identity_links k JOIN listings l ON l.listing_id = k.listing_id
    WHERE k.coin_id = s.coin_id AND l.coin_id IS NOT NULL
      AND k.revoked_at = (SELECT max(revoked_at) FROM identity_links WHERE coin_id = s.coin_id)
    GROUP BY l.coin_id
    ORDER BY count(DISTINCT l.listing_id) DESC, bool_or(l.listing_id = ${founderOf('s.coin_id')}) DESC, l.coin_id LIMIT 1
  ) went
  WHERE s.merged_into = ANY($1::text[]) AND went.coin_id <> s.merged_into`;
