import { rowCount } from '../database/row-counts.js';
import { UTC } from './data.queries.js';

const quote = (alias: string): string => `
  json_build_object('source', ${alias}.source, 'source_coin_id', ${alias}.source_coin_id,
                    'current_price', ${alias}.price, 'quoted_at', ${UTC(`${alias}.quoted_at`)})`;

/**
 * The coins whose sources are furthest apart, as JSON text, so that prices keep every digit. The page is taken from
 * the index alone, so that a late one costs little more. A coin that was merged has no divergence. $1 limit, $2 offset
 */
export const DIVERGENCE_PAGE = `
  WITH page AS MATERIALIZED (
    SELECT coin_id, divergence FROM coins WHERE divergence IS NOT NULL
    ORDER BY divergence DESC, coin_id LIMIT $1 OFFSET $2
  ), rows AS (
    SELECT c.coin_id, c.symbol, c.name, c.rank, p.divergence AS divergence_percent, c.price_status,
           c.price AS current_price, ${quote('low')} AS lowest, ${quote('high')} AS highest, c.sources,
           ${UTC('c.as_of')} AS last_updated
    FROM page p
    JOIN coins c ON c.coin_id = p.coin_id
    JOIN listings low ON low.listing_id = c.lowest_listing_id
    JOIN listings high ON high.listing_id = c.highest_listing_id
  )
  SELECT (SELECT '[' || coalesce(string_agg(row_to_json(rows)::text, ',' ORDER BY divergence_percent DESC, coin_id), '') || ']'
          FROM rows) AS rows,
         ${rowCount('divergent_coins')} AS total,
         (SELECT ${UTC('max(data_as_of)')} FROM etl_checkpoints) AS data_as_of`;
