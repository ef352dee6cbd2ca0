/*
 * A settled link stays, whatever comes. The end of a pass settles every link that is in force, and touches none: a first
 * pass leaves as many as there are listings. `identity_settlements` says up to which link that was; a link that was
 * settled by itself, or is not in force any more, says so in its own `settled_at`.
 */

const LAST_SETTLED = '(SELECT coalesce(max(last_link_id), 0) FROM identity_settlements)';

/** Up to which link all that are in force are settled. */
export const SETTLED_THROUGH = `SELECT ${LAST_SETTLED}::text AS last`;

/** Of a link in force. */
export const isSettled = (link: string): string =>
  `(${link}.settled_at IS NOT NULL
    OR ${link}.link_id <= ${LAST_SETTLED})`;

/** When a link in force was settled; null: it isn't. */
export const settledAt = (link: string, schema = ''): string =>
  `coalesce(${link}.settled_at, (
    SELECT s.settled_at FROM ${schema}identity_settlements s
    WHERE s.last_link_id >= ${link}.link_id ORDER BY s.last_link_id LIMIT 1))`;

/**
 * Of these listings, those whose coin was theirs when that was settled: it goes by its name, whatever was decided on them
 * since. $1 listings, $2 the coin of each
 */
export const KNOWN_BY_NAME = `
  SELECT a.listing_id
  FROM unnest($1::bigint[], $2::text[]) AS a(listing_id, coin_id),
       LATERAL (SELECT 1 FROM identity_links
                WHERE coin_id = a.coin_id AND listing_id = a.listing_id AND settled_at IS NOT NULL LIMIT 1) k`;

/** From now on whatever is in force stays. Links get their ids under the lock that whoever settles holds too. */
export const SETTLE = `
  INSERT INTO identity_settlements (last_link_id)
  SELECT max(link_id) FROM identity_links
  HAVING max(link_id) > ${LAST_SETTLED}`;

/** Takes the decisions in force back. $1 listings */
export const REVOKE = `
  UPDATE identity_links k SET revoked_at = now(), settled_at = ${settledAt('k')}
  WHERE k.listing_id = ANY($1::bigint[]) AND k.revoked_at IS NULL`;
