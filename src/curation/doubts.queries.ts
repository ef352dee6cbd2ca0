/** What each list holds; word for word the condition of its index. */
const AMBIGUOUS = `k.revoked_at IS NULL AND k.candidates <> '[]'::jsonb`;
const SUSPECT = `k.revoked_at IS NULL AND k.suspect IS NOT NULL`;

const OF_SOURCE = `($1::text IS NULL OR EXISTS (
  SELECT 1 FROM listings l WHERE l.listing_id = k.listing_id AND l.source = $1))`;

const compared = (alias: string): string => `
  'symbol', ${alias}.symbol, 'name', ${alias}.name, 'current_price', ${alias}.price,
  'market_cap', ${alias}.market_cap, 'volume_24h', ${alias}.volume_24h, 'rank', ${alias}.rank`;

/** Candidates as they are now: since the doubt arose they may have become another coin, or have gone. */
const CANDIDATES = `
  'candidates', (
    SELECT coalesce(json_agg(json_build_object(
             'source', e.candidate->>'source', 'source_coin_id', e.candidate->>'sourceCoinId', ${compared('o')},
             'coin_id', o.coin_id, 'why', e.candidate->>'why') ORDER BY e.place), '[]')
    FROM jsonb_array_elements(k.candidates) WITH ORDINALITY AS e(candidate, place)
    LEFT JOIN listings o ON o.source = e.candidate->>'source' AND o.source_coin_id = e.candidate->>'sourceCoinId')`;

/**
 * One page as JSON text, so that prices keep every digit. The page is cut before anything is joined to it.
 * $1 source or null, $2 limit, $3 offset
 */
const page = (condition: string, own: string): string => `
  SELECT '[' || coalesce(string_agg(row.value::text, ',' ORDER BY row.decided_at DESC, row.link_id DESC), '') || ']'
         AS rows
  FROM (
    SELECT k.decided_at, k.link_id, json_build_object(
             'source', l.source, 'source_coin_id', l.source_coin_id, ${compared('l')},
             'coin', json_build_object('coin_id', c.coin_id, 'symbol', c.symbol, 'name', c.name,
                                       'current_price', c.price, 'rank', c.rank, 'price_status', c.price_status,
                                       'sources', c.sources),
             'method', k.method, 'confidence', k.confidence, 'evidence', k.evidence,
             'decided_at', to_char(k.decided_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
             ${own}) AS value
    FROM (
      SELECT k.* FROM identity_links k
      WHERE ${condition} AND ${OF_SOURCE}
      ORDER BY k.decided_at DESC, k.link_id DESC LIMIT $2 OFFSET $3
    ) k
    JOIN listings l ON l.listing_id = k.listing_id
    JOIN coins c ON c.coin_id = k.coin_id
  ) row`;

/** $1 source or null */
const count = (condition: string): string =>
  `SELECT count(*)::int AS total FROM identity_links k WHERE ${condition} AND ${OF_SOURCE}`;

export interface DoubtStatements {
  readonly page: string;
  readonly count: string;
}

export const AMBIGUOUS_LISTINGS: DoubtStatements = {
  page: page(AMBIGUOUS, CANDIDATES),
  count: count(AMBIGUOUS),
};

export const SUSPECT_LISTINGS: DoubtStatements = {
  page: page(SUSPECT, `'suspect', k.suspect`),
  count: count(SUSPECT),
};
