import { UTC } from './data.queries.js';

const quote = (alias: string): string => `
  json_build_object('source', ${alias}.source, 'source_coin_id', ${alias}.source_coin_id,
                    'current_price', ${alias}.price, 'quoted_at', ${UTC(`${alias}.quoted_at`)})`;

/**
 * The coins whose sources are furthest apart, as JSON text, so that prices keep every digit. The page is taken from
 * the index before anything is joined. A coin that was merged has no divergence. $1 limit, $2 offset
 */
export const DIVERGENCE_PAGE = `
  WITH page AS MATERIALIZED (
    SELECT coin_id, symbol, name, rank, price, price_status, sources, as_of, divergence, lowest_listing_id,
           highest_listing_id
    FROM coins WHERE divergence IS NOT NULL
    ORDER BY divergence DESC, coin_id LIMIT $1 OFFSET $2
  ), rows AS (
    SELECT p.coin_id, p.symbol, p.name, p.rank, p.divergence AS divergence_percent, p.price_status,
           p.price AS current_price, ${quote('low')} AS lowest, ${quote('high')} AS highest, p.sources,
           ${UTC('p.as_of')} AS last_updated
    FROM page p
    JOIN listings low ON low.listing_id = p.lowest_listing_id
    JOIN listings high ON high.listing_id = p.highest_listing_id
  )
  SELECT (SELECT '[' || coalesce(string_agg(row_to_json(rows)::text, ',' ORDER BY divergence_percent DESC, coin_id), '') || ']'
          FROM rows) AS rows,
         (SELECT count(*) FROM coins WHERE divergence IS NOT NULL) AS total,
         (SELECT ${UTC('max(data_as_of)')} FROM etl_checkpoints) AS data_as_of`;
