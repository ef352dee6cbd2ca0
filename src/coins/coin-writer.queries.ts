/** Locks coins in one order, so that two sources' pages can't wait for each other. $1 coins */
export const LOCK_COINS = `
  SELECT coin_id FROM coins WHERE coin_id = ANY($1::text[]) ORDER BY coin_id FOR NO KEY UPDATE`;

/** $1 coins */
export const LISTINGS_OF_COINS = `
  SELECT coin_id, listing_id, source, symbol, name, price, market_cap, volume_24h, price_change_24h, rank, quoted_at,
         now() AS now
  FROM listings WHERE coin_id = ANY($1::text[])
  ORDER BY coin_id, listing_id`;

/** Writes what was derived; a coin that came out as it was isn't rewritten. $1 coins */
export const WRITE_COINS = `
  UPDATE coins c
  SET symbol = r.symbol, name = r.name, price = r.price, market_cap = r.market_cap, volume_24h = r.volume_24h,
      price_change_24h = r.price_change_24h, rank = r.rank, price_status = r.price_status, sources = r.sources,
      as_of = r.as_of, fresh_until = r.fresh_until, updated_at = now()
  FROM json_to_recordset($1::json) AS r(
    coin_id text, symbol text, name text, price numeric, market_cap numeric, volume_24h numeric,
    price_change_24h numeric, rank integer, price_status text, sources text[], as_of timestamptz,
    fresh_until timestamptz)
  WHERE c.coin_id = r.coin_id
    AND (c.symbol, c.name, c.price, c.market_cap, c.volume_24h, c.price_change_24h, c.rank, c.price_status,
         c.sources, c.as_of, c.fresh_until)
        IS DISTINCT FROM
        (r.symbol, r.name, r.price, r.market_cap, r.volume_24h, r.price_change_24h, r.rank, r.price_status,
         r.sources, r.as_of, r.fresh_until)`;

/** Coins whose consensus changes by time alone. $1 at most */
export const EXPIRED_COINS = `
  SELECT coin_id FROM coins WHERE fresh_until <= now() ORDER BY fresh_until, coin_id LIMIT $1`;

/** $1 coins: `{coin_id, symbol, name}` */
export const FOUND_COINS = `
  INSERT INTO coins (coin_id, symbol, name)
  SELECT coin_id, symbol, name FROM json_to_recordset($1::json) AS r(coin_id text, symbol text, name text)`;

/** A coin that has lost its last listing to another is kept as a signpost. $1 `{coin_id, merged_into}` */
export const MERGE_COINS = `
  UPDATE coins c
  SET merged_into = r.merged_into, price = NULL, market_cap = NULL, volume_24h = NULL, price_change_24h = NULL,
      rank = NULL, price_status = 'unpriced', sources = '{}', as_of = NULL, fresh_until = NULL, updated_at = now()
  FROM json_to_recordset($1::json) AS r(coin_id text, merged_into text)
  WHERE c.coin_id = r.coin_id`;

/** Signposts to a coin that became one itself point to where that points. $1 `{coin_id, merged_into}` */
export const FOLLOW_SIGNPOSTS = `
  UPDATE coins c SET merged_into = r.merged_into
  FROM json_to_recordset($1::json) AS r(coin_id text, merged_into text)
  WHERE c.merged_into = r.coin_id`;
