import { rowCount } from '../database/row-counts.js';

/** What each list holds; word for word the condition of its index. */
const AMBIGUOUS = `k.revoked_at IS NULL AND k.candidates <> '[]'::jsonb`;
const SUSPECT = `k.revoked_at IS NULL AND k.suspect IS NOT NULL`;

/** Joined only where it is asked for: "or any source" would read all listings of the source first. */
const OF_SOURCE = 'JOIN listings s ON s.listing_id = k.listing_id AND s.source = $1';

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
 * $1 limit, $2 offset; with a source that is $1, limit and offset $2 and $3
 */
const page = (condition: string, own: string, ofSource: boolean): string => `
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
      SELECT k.* FROM identity_links k ${ofSource ? OF_SOURCE : ''}
      WHERE ${condition}
      ORDER BY k.decided_at DESC, k.link_id DESC ${ofSource ? 'LIMIT $2 OFFSET $3' : 'LIMIT $1 OFFSET $2'}
    ) k
    JOIN listings l ON l.listing_id = k.listing_id
    JOIN coins c ON c.coin_id = k.coin_id
  ) row`;

/** Of one source they are counted: it is asked for seldom. That is $1. */
const countOfSource = (condition: string): string =>
  `SELECT count(*)::int AS total FROM identity_links k ${OF_SOURCE} WHERE ${condition}`;

export interface DoubtStatements {
  readonly page: string;
  readonly count: string;
}

export function ambiguousListings(ofSource: boolean): DoubtStatements {
  return {
    page: page(AMBIGUOUS, CANDIDATES, ofSource),
    count: ofSource ? countOfSource(AMBIGUOUS) : `SELECT ${rowCount('ambiguous_listings')}::int AS total`,
  };
}

export function suspectListings(ofSource: boolean): DoubtStatements {
  return {
    page: page(SUSPECT, `'suspect', k.suspect`, ofSource),
    count: ofSource ? countOfSource(SUSPECT) : `SELECT ${rowCount('suspect_listings')}::int AS total`,
  };
}
