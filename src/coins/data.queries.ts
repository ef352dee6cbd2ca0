import { rowCount } from '../database/row-counts.js';
import type { DataQuery, Sort } from './data.query.js';
import { found, fromFound, fromItsBeginning, fromTheOtherEnd, orderOf } from './page-order.queries.js';
import type { RowSet } from './page-order.queries.js';

interface Statement {
  readonly text: string;
  readonly parameters: readonly unknown[];
}

export const UTC = (time: string): string =>
  `to_char(${time} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** The default order of each sort is that of its index; of one source's listings only the ranks have one. */
const SORT: Record<Sort, { key: string; descends: boolean; indexed: 'both' | 'coins' }> = {
  rank: { key: 'rank', descends: false, indexed: 'both' },
  market_cap: { key: 'market_cap', descends: true, indexed: 'coins' },
  volume_24h: { key: 'volume_24h', descends: true, indexed: 'coins' },
  current_price: { key: 'price', descends: true, indexed: 'coins' },
  price_change_24h: { key: 'price_change_24h', descends: true, indexed: 'coins' },
  name: { key: 'lower(name)', descends: false, indexed: 'coins' },
};

interface Listed extends RowSet {
  readonly symbol: string;
  /** How many rows there are without a filter. */
  readonly total: string;
  readonly priceStatus: string;
}

const NUMBERS = 'price, market_cap, volume_24h, price_change_24h, rank';

const COINS: Listed = {
  table: 'coins',
  condition: 'merged_into IS NULL',
  columns: `coin_id, symbol, name, ${NUMBERS}, as_of AS updated, sources, price_status`,
  ties: ['coin_id'],
  isFound: 'coin_id = found.coin_id',
  symbol: 'symbol',
  total: rowCount('coins'),
  priceStatus: 'price_status',
};

/**
 * The same from one source's listings. The coin says who else lists it and how far they agree; that is asked when the
 * page has been cut. Numbers that can't be right stay the source's own word, and say so. A person may have linked two
 * listings of one source to one coin. $1 source
 */
const LISTINGS: Listed = {
  table: 'listings',
  condition: 'source = $1 AND coin_id IS NOT NULL',
  columns: `coin_id, upper(symbol) AS symbol, name, ${NUMBERS}, quoted_at AS updated, implausible, source_coin_id`,
  ties: ['coin_id', 'source_coin_id'],
  isFound: 'source = $1 AND source_coin_id = found.source_coin_id',
  symbol: 'upper(symbol)',
  total: 'coalesce((SELECT listings FROM etl_checkpoints WHERE source = $1), 0)',
  priceStatus: `CASE WHEN implausible THEN 'implausible' ELSE price_status END`,
};

/** Rows before a page. */
const FARTHEST_BACKWARDS = 10_000;

/** The limit keeps the planner from reading all coins to join a page's to. */
const ITS_COIN = `
  CROSS JOIN LATERAL (SELECT sources, price_status FROM coins WHERE coin_id = page.coin_id LIMIT 1) AS coin`;

/**
 * One page of `/data` as JSON text, so that prices keep every digit, with the count of all pages' rows and the
 * time of the newest quote.
 */
export function dataPage(query: DataQuery, paging: { limit: number; offset: number }): Statement {
  const listed = query.source ? LISTINGS : COINS;
  const parameters: unknown[] = query.source ? [query.source] : [];
  const bind = (value: unknown): string => `$${parameters.push(value)}`;
  const filters = filtersOf(query, listed.symbol, bind);
  const rows = { ...listed, condition: [listed.condition, ...filters].join(' AND ') };
  const { key, descends, indexed } = SORT[query.sort];
  const descending = query.order ? query.order === 'desc' : descends;
  const order = { key, descending };
  const limits = { limit: `${bind(paging.limit)}::bigint`, offset: `${bind(paging.offset)}::bigint` };
  const page =
    filters.length > 0
      ? fromFound(rows, order, limits)
      : // Farther, reading up to the page takes longer than sorting everything.
        descending !== descends &&
          (!query.source || indexed === 'both') &&
          paging.offset <= FARTHEST_BACKWARDS
        ? fromTheOtherEnd(rows, order, limits)
        : fromItsBeginning(rows, order, limits);
  const text = `
    ${filters.length > 0 ? found(rows, key) : ''}
    SELECT (SELECT '[' || coalesce(string_agg(row_to_json(shown)::text, ','
                                              ORDER BY ${orderOf({ ...order, key: 'sort_key' }, listed.ties, 'page.')}), '') || ']'
            FROM (${page}) AS page ${query.source ? ITS_COIN : ''}
            CROSS JOIN LATERAL (
              SELECT coin_id, symbol, name, price AS current_price, market_cap, volume_24h, price_change_24h, rank,
                     sources, ${listed.priceStatus} AS price_status, ${UTC('updated')} AS last_updated
            ) AS shown) AS rows,
           ${filters.length > 0 ? '(SELECT count(*) FROM found)' : listed.total} AS total,
           (SELECT ${UTC('max(data_as_of)')} FROM etl_checkpoints ${query.source ? 'WHERE source = $1' : ''}) AS data_as_of`;
  return { text, parameters };
}

function filtersOf(query: DataQuery, symbol: string, bind: (value: unknown) => string): readonly string[] {
  const filters: string[] = [];
  if (query.symbol) filters.push(`${symbol} = ANY(${bind(query.symbol)}::text[])`);
  // The id of a coin that was merged goes on leading to the other.
  if (query.ids)
    filters.push(
      `coin_id IN (SELECT coalesce(merged_into, coin_id) FROM coins WHERE coin_id = ANY(${bind(query.ids)}::text[]))`,
    );
  if (query.q) {
    // As ILIKE does it, but the pattern once instead of for each row; ids are in lower case.
    const pattern = `lower(${bind(`%${query.q.replace(/[\\%_]/g, '\\$&')}%`)})`;
    filters.push(
      `(coin_id LIKE ${pattern} OR lower(${symbol}) LIKE ${pattern} OR lower(name) LIKE ${pattern})`,
    );
  }
  return filters;
}

/** A coin, or the one it was merged into. $1 coin */
export const COIN = `
  SELECT c.coin_id, c.symbol, c.name, c.price, c.market_cap, c.volume_24h, c.price_change_24h, c.rank, c.sources,
         c.price_status, c.as_of, now() AS now,
         (SELECT max(data_as_of) FROM etl_checkpoints) AS data_as_of
  FROM coins asked JOIN coins c ON c.coin_id = coalesce(asked.merged_into, asked.coin_id)
  WHERE asked.coin_id = $1`;

/** Since the doubt arose they may have become another coin, or had none yet. */
const CANDIDATES_NOW = `(
    SELECT jsonb_agg(e.candidate || jsonb_build_object('coinId', o.coin_id) ORDER BY e.place)
    FROM jsonb_array_elements(k.candidates) WITH ORDINALITY AS e(candidate, place)
    LEFT JOIN listings o ON o.source = e.candidate->>'source' AND o.source_coin_id = e.candidate->>'sourceCoinId')`;

/** Every listing behind a coin. $1 coin */
export const LISTINGS_OF_COIN = `
  SELECT l.listing_id, l.source, l.source_coin_id, l.symbol, l.name, l.price, l.market_cap, l.volume_24h,
         l.price_change_24h, l.rank, l.quoted_at, l.source_updated_at, l.fetched_at, l.run_id, l.raw_page_id,
         r.url AS raw_url, r.hash AS raw_hash,
         k.method, k.confidence, k.evidence, k.suspect, k.decided_by, k.decided_at,
         CASE WHEN k.candidates = '[]' THEN k.candidates ELSE ${CANDIDATES_NOW} END AS candidates,
         (SELECT coalesce(json_agg(json_build_object('chain', n.chain, 'address', n.address)
                                   ORDER BY n.chain_key, n.address_key), '[]')
          FROM listing_contracts n WHERE n.source = l.source AND n.source_coin_id = l.source_coin_id) AS contracts
  FROM listings l
  LEFT JOIN identity_links k ON k.listing_id = l.listing_id AND k.revoked_at IS NULL
  LEFT JOIN raw_pages r ON r.source = l.source AND r.raw_page_id = l.raw_page_id
  WHERE l.coin_id = $1
  ORDER BY l.source, l.source_coin_id`;
