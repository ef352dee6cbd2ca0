/** `OFFSET 0`: by index, however the table has grown since it was analysed. $1 coins */
export const LISTINGS_OF_COINS = `
  SELECT l.*, now() AS now
  FROM (SELECT DISTINCT unnest($1::text[]) AS coin_id) c,
       LATERAL (SELECT coin_id, listing_id, source, source_coin_id, symbol, name, price, market_cap, volume_24h,
                       price_change_24h, rank, quoted_at, implausible
                FROM listings WHERE coin_id = c.coin_id OFFSET 0) l`;

const DERIVED = [
  'symbol',
  'name',
  'price',
  'market_cap',
  'volume_24h',
  'price_change_24h',
  'rank',
  'price_status',
  'sources',
  'as_of',
  'fresh_until',
  'divergence',
  'lowest_listing_id',
  'highest_listing_id',
] as const;
/** What of a coin is not filled by its table. */
export const COIN = ['coin_id', ...DERIVED] as const;
const derivedOf = (alias: string): string => DERIVED.map((column) => `${alias}.${column}`).join(', ');

const DERIVED_ROW = `r(
    coin_id text, symbol text, name text, price numeric, market_cap numeric, volume_24h numeric,
    price_change_24h numeric, rank integer, price_status text, sources text[], as_of timestamptz,
    fresh_until timestamptz, divergence double precision, lowest_listing_id bigint, highest_listing_id bigint)`;

/**
 * Writes what was derived; a coin that came out as it was isn't rewritten. A coin with listings is no signpost,
 * whatever it was before. $1 coins
 */
export const WRITE_COINS = `
  UPDATE coins c
  SET ${DERIVED.map((column) => `${column} = r.${column}`).join(', ')}, merged_into = NULL, updated_at = now()
  FROM json_to_recordset($1::json) AS ${DERIVED_ROW}
  WHERE c.coin_id = r.coin_id
    AND (${derivedOf('c')}, c.merged_into) IS DISTINCT FROM (${derivedOf('r')}, NULL)`;

/** $1 listings: `{listing_id, implausible}` */
export const FLAG_LISTINGS = `
  UPDATE listings l SET implausible = r.implausible
  FROM json_to_recordset($1::json) AS r(listing_id bigint, implausible boolean)
  WHERE l.listing_id = r.listing_id`;

/** Coins whose consensus changes by time alone. $1 at most */
export const EXPIRED_COINS = `
  SELECT coin_id FROM coins WHERE fresh_until <= now() ORDER BY fresh_until, coin_id LIMIT $1`;

/** $1 coins: `{coin_id, symbol, name}` */
export const FOUND_COINS = `
  INSERT INTO coins (coin_id, symbol, name)
  SELECT coin_id, symbol, name FROM json_to_recordset($1::json) AS r(coin_id text, symbol text, name text)
  ON CONFLICT (coin_id) DO NOTHING`;

/** A coin that has lost its last listing to another is kept as a signpost. $1 `{coin_id, merged_into}` */
export const MERGE_COINS = `
  UPDATE coins c
  SET merged_into = r.merged_into, price = NULL, market_cap = NULL, volume_24h = NULL, price_change_24h = NULL,
      rank = NULL, price_status = 'unpriced', sources = '{}', as_of = NULL, fresh_until = NULL, divergence = NULL,
      lowest_listing_id = NULL, highest_listing_id = NULL, updated_at = now()
  FROM json_to_recordset($1::json) AS r(coin_id text, merged_into text)
  WHERE c.coin_id = r.coin_id`;

/** Signposts to a coin that became one itself point to where that points. $1 `{coin_id, merged_into}` */
export const FOLLOW_SIGNPOSTS = `
  UPDATE coins c SET merged_into = r.merged_into
  FROM json_to_recordset($1::json) AS r(coin_id text, merged_into text)
  WHERE c.merged_into = r.coin_id`;

/** Lets coins without listings lead elsewhere. $1 `{coin_id, merged_into}` */
export const POINT_SIGNPOSTS = `
  UPDATE coins c SET merged_into = r.merged_into
  FROM json_to_recordset($1::json) AS r(coin_id text, merged_into text)
  WHERE c.coin_id = r.coin_id AND c.merged_into IS NOT NULL`;
