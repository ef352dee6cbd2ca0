import type { DataQuery, Sort } from './data.query.js';

export interface Statement {
  readonly text: string;
  readonly parameters: readonly unknown[];
}

export const UTC = (time: string): string =>
  `to_char(${time} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

const COLUMN: Record<Sort, string> = {
  rank: 'rank',
  market_cap: 'market_cap',
  volume_24h: 'volume_24h',
  current_price: 'price',
  price_change_24h: 'price_change_24h',
  name: 'lower(name)',
};

const COINS = `
  SELECT coin_id, symbol, name, price, market_cap, volume_24h, price_change_24h, rank, sources, price_status,
         as_of AS updated
  FROM coins WHERE merged_into IS NULL`;

/**
 * The same columns from one source's listings; the coin says who else lists it and how far they agree. Numbers that
 * can't be right stay the source's own word, and say so.
 */
const LISTINGS = `
  SELECT l.coin_id, upper(l.symbol) AS symbol, l.name, l.price, l.market_cap, l.volume_24h, l.price_change_24h, l.rank,
         c.sources, CASE WHEN l.implausible THEN 'implausible' ELSE c.price_status END AS price_status,
         l.quoted_at AS updated, l.source_coin_id
  FROM listings l JOIN coins c ON c.coin_id = l.coin_id WHERE l.source = $1`;

const ROW = `coin_id, symbol, name, price AS current_price, market_cap, volume_24h, price_change_24h, rank, sources,
  price_status, ${UTC('updated')} AS last_updated`;

/**
 * One page of `/data` as JSON text, so that prices keep every digit, with the count of all pages' rows and the
 * time of the newest quote.
 */
export function dataPage(query: DataQuery, paging: { limit: number; offset: number }): Statement {
  const parameters: unknown[] = query.source ? [query.source] : [];
  const bind = (value: unknown): string => `$${parameters.push(value)}`;
  const conditions: string[] = [];
  if (query.symbol) conditions.push(`symbol = ANY(${bind(query.symbol)}::text[])`);
  // The id of a coin that was merged goes on leading to the other.
  if (query.ids)
    conditions.push(
      `coin_id IN (SELECT coalesce(merged_into, coin_id) FROM coins WHERE coin_id = ANY(${bind(query.ids)}::text[]))`,
    );
  if (query.q) {
    const pattern = bind(`%${query.q.replace(/[\\%_]/g, '\\$&')}%`);
    conditions.push(`(name ILIKE ${pattern} OR symbol ILIKE ${pattern} OR coin_id ILIKE ${pattern})`);
  }
  const from = `(${query.source ? LISTINGS : COINS}) AS row${conditions.length ? ` WHERE ${conditions.join(' AND ')}` : ''}`;
  const descending = query.order ? query.order === 'desc' : query.sort !== 'rank' && query.sort !== 'name';
  // A person may have linked two listings of one source to one coin.
  const ties = query.source ? 'coin_id, source_coin_id' : 'coin_id';
  const order = `${COLUMN[query.sort]} ${descending ? 'DESC' : 'ASC'} NULLS LAST, ${ties}`;
  const page = `SELECT ${ROW} FROM ${from} ORDER BY ${order} LIMIT ${bind(paging.limit)} OFFSET ${bind(paging.offset)}`;
  return {
    text: `
      SELECT (SELECT '[' || coalesce(string_agg(row_to_json(page)::text, ','), '') || ']' FROM (${page}) AS page) AS rows,
             (SELECT count(*) FROM ${from}) AS total,
             (SELECT ${UTC('max(data_as_of)')} FROM etl_checkpoints) AS data_as_of`,
    parameters,
  };
}

/** A coin, or the one it was merged into. $1 coin */
export const COIN = `
  SELECT c.coin_id, c.symbol, c.name, c.price, c.market_cap, c.volume_24h, c.price_change_24h, c.rank, c.sources,
         c.price_status, c.as_of, c.created_at, now() AS now,
         (SELECT max(data_as_of) FROM etl_checkpoints) AS data_as_of
  FROM coins asked JOIN coins c ON c.coin_id = coalesce(asked.merged_into, asked.coin_id)
  WHERE asked.coin_id = $1`;

/** Every listing behind a coin. $1 coin */
export const LISTINGS_OF_COIN = `
  SELECT l.listing_id, l.source, l.source_coin_id, l.symbol, l.name, l.price, l.market_cap, l.volume_24h,
         l.price_change_24h, l.rank, l.quoted_at, l.source_updated_at, l.fetched_at, l.run_id, l.raw_page_id,
         r.url AS raw_url, r.hash AS raw_hash,
         k.method, k.confidence, k.evidence, k.candidates, k.suspect, k.decided_by, k.decided_at,
         (SELECT coalesce(json_agg(json_build_object('chain', n.chain, 'address', n.address)
                                   ORDER BY n.chain_key, n.address_key), '[]')
          FROM listing_contracts n WHERE n.source = l.source AND n.source_coin_id = l.source_coin_id) AS contracts
  FROM listings l
  LEFT JOIN identity_links k ON k.listing_id = l.listing_id AND k.revoked_at IS NULL
  LEFT JOIN raw_pages r ON r.source = l.source AND r.raw_page_id = l.raw_page_id
  WHERE l.coin_id = $1
  ORDER BY l.source, l.source_coin_id`;
