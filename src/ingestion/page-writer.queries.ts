export const NEXT_RAW_PAGE = `SELECT nextval('raw_page_ids')::text AS raw_page_id`;

/** $1 raw page, $2 source, $3 run, $4 feed, $5 url, $6 status, $7 hash, $8 bytes, $9 body, $10 fetched at */
export const KEEP_RAW_PAGE = `
  INSERT INTO raw_pages (raw_page_id, source, run_id, feed, url, status, hash, bytes, body, fetched_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`;

export const NUMBER_COLUMNS = ['price', 'market_cap', 'volume_24h', 'price_change_24h', 'rank'] as const;
const NUMBERS = NUMBER_COLUMNS.join(', ');
const numbersOf = (alias: string): string => NUMBER_COLUMNS.map((column) => `${alias}.${column}`).join(', ');

/** What of a listing is in its record. */
export const RECORD_COLUMNS = [
  'source_coin_id',
  'symbol',
  'name',
  'symbol_key',
  'name_key',
  'id_symbol_key',
  'id_name',
  ...NUMBER_COLUMNS,
  'source_updated_at',
  'quoted_at',
] as const;
export const NEW_LISTING_COLUMNS = [
  'listing_id',
  'source',
  'fetched_at',
  'run_id',
  'raw_page_id',
  'coin_id',
  'implausible',
  ...RECORD_COLUMNS,
] as const;
export const NEW_QUOTE_COLUMNS = [
  'listing_id',
  'quoted_at',
  'source_updated_at',
  'fetched_at',
  'raw_page_id',
  ...NUMBER_COLUMNS,
] as const;

const RECORD = `
      source_coin_id text, symbol text, name text, symbol_key text, name_key text, id_symbol_key text, id_name text,
      price numeric, market_cap numeric, volume_24h numeric, price_change_24h numeric, rank integer,
      source_updated_at timestamptz, quoted_at timestamptz`;

/**
 * Ids of one source, $1. Its name is a column, not a constant: of a source that came after the tables were analysed the
 * planner believes that it has no rows, and would look them up by the source alone.
 */
const IDS = `(SELECT $1::text AS source, unnest($2::text[]) AS source_coin_id OFFSET 0) i`;

/** Of these ids, those of listings that are there. $1 source, $2 ids */
export const STORED_IDS = `
  SELECT now() AS now, coalesce(json_agg(l.source_coin_id), '[]') AS ids
  FROM ${IDS},
       LATERAL (SELECT source_coin_id FROM listings
                WHERE source = i.source AND source_coin_id = i.source_coin_id OFFSET 0) l`;

/**
 * What a page says of listings that are there, with their quotes. An unchanged row isn't rewritten, an older word never
 * overwrites a newer one, a quote is written when its numbers changed. A time ahead of our own is a wrong clock: it must
 * not keep out what is said until then. Nor must our own, when it was ahead of the database's.
 * $1 records, $2 source, $3 fetched at, $4 run, $5 raw page, $6 oldest quote that is kept
 */
export const LOAD_LISTINGS = `
  WITH incoming AS MATERIALIZED (
    SELECT *, $2::text AS source FROM json_to_recordset($1::json) AS r(${RECORD})
  ), before AS MATERIALIZED (
    SELECT l.listing_id, i.source_coin_id, l.symbol, l.name, ${numbersOf('l')},
           l.source_updated_at, l.quoted_at, l.fetched_at
    FROM incoming i,
         LATERAL (SELECT * FROM listings WHERE source = i.source AND source_coin_id = i.source_coin_id OFFSET 0) l
  ), updated AS (
    UPDATE listings l
    SET symbol = i.symbol, name = i.name, symbol_key = i.symbol_key, name_key = i.name_key,
        id_symbol_key = i.id_symbol_key, id_name = i.id_name,
        price = i.price, market_cap = i.market_cap, volume_24h = i.volume_24h,
        price_change_24h = i.price_change_24h, rank = i.rank,
        source_updated_at = i.source_updated_at, quoted_at = i.quoted_at, fetched_at = $3,
        run_id = $4, raw_page_id = $5
    FROM incoming i JOIN before b ON b.source_coin_id = i.source_coin_id
    WHERE l.listing_id = b.listing_id
      AND (b.symbol, b.name, ${numbersOf('b')}, b.source_updated_at, b.quoted_at)
          IS DISTINCT FROM (i.symbol, i.name, ${numbersOf('i')}, i.source_updated_at, i.quoted_at)
      AND (b.fetched_at > now() + interval '5 minutes'
           OR CASE WHEN i.quoted_at IS NULL OR b.quoted_at IS NULL THEN $3 >= b.fetched_at
                   ELSE i.quoted_at >= least(b.quoted_at, b.fetched_at) END)
    RETURNING l.listing_id, l.source_coin_id, l.coin_id,
              (${numbersOf('b')}) IS DISTINCT FROM (${numbersOf('i')}) AS numbers_changed,
              (b.symbol, b.name) IS DISTINCT FROM (i.symbol, i.name) AS renamed
  ), quoted AS (
    INSERT INTO quotes (listing_id, quoted_at, ${NUMBERS}, source_updated_at, fetched_at, raw_page_id)
    SELECT c.listing_id, coalesce(i.quoted_at, $3), ${numbersOf('i')}, i.source_updated_at, $3, $5
    FROM incoming i JOIN updated c ON c.source_coin_id = i.source_coin_id
    WHERE c.numbers_changed
      AND coalesce(i.quoted_at, $3) >= $6
      -- A quote of nothing is none.
      AND num_nonnulls(${numbersOf('i')}) > 0
    ON CONFLICT (listing_id, quoted_at) DO UPDATE
    SET price = excluded.price, market_cap = excluded.market_cap, volume_24h = excluded.volume_24h,
        price_change_24h = excluded.price_change_24h, rank = excluded.rank,
        source_updated_at = excluded.source_updated_at, fetched_at = excluded.fetched_at,
        raw_page_id = excluded.raw_page_id
  )
  SELECT listing_id, coin_id, renamed FROM updated`;

/**
 * The ids that new listings get, in the order of $2, and the contracts that are known of them. `newId`: of the listing
 * `i.source_coin_id`. $1 source, $2 ids
 */
export const newListings = (newId: string): string => `
  SELECT (SELECT json_agg((${newId})::text ORDER BY i.at)
          FROM unnest($2::text[]) WITH ORDINALITY AS i(source_coin_id, at)) AS listing_ids,
         (SELECT coalesce(json_agg(n), '[]')
          FROM ${IDS},
               LATERAL (
                 SELECT i.source_coin_id, max(seen_at) AS seen_at,
                        json_agg(json_build_object('chain', chain, 'address', address)) AS contracts
                 FROM listing_contracts WHERE source = i.source AND source_coin_id = i.source_coin_id
                 HAVING count(*) > 0
               ) n) AS contracts,
         (SELECT data_as_of FROM etl_checkpoints WHERE source = $1) AS data_as_of`;

/** Whether any contract is known of a source's assets. Nobody may enter any between this and what follows. $1 source */
export const HAS_CONTRACTS = `SELECT EXISTS (SELECT 1 FROM listing_contracts WHERE source = $1) AS some`;

export const CONTRACT_COLUMNS = ['source_coin_id', 'chain', 'address', 'chain_key', 'address_key'] as const;

/**
 * Contract addresses of one catalogue, which is one page: what it no longer gives is gone. A row that stays as it
 * is isn't rewritten, but for the week it was seen in. Returns the assets whose contracts changed.
 * $1 rows, none of them twice, $2 source, $3 feed, $4 fetched at, $5 assets of which nothing is gone; null: of no asset anything is
 */
export const LOAD_CONTRACTS = `
  WITH incoming AS MATERIALIZED (
    SELECT * FROM json_to_recordset($1::json) AS r(
      source_coin_id text, chain text, address text, chain_key text, address_key text)
  ), known AS (
    SELECT DISTINCT c.source_coin_id FROM listing_contracts c WHERE c.source = $2 AND c.feed = $3
  ), seen AS (
    INSERT INTO listing_contracts AS c (source, source_coin_id, chain, address, chain_key, address_key, feed, seen_at)
    SELECT $2, source_coin_id, chain, address, chain_key, address_key, $3, $4::timestamptz FROM incoming
    ON CONFLICT (source, source_coin_id, chain_key, address_key) DO UPDATE
    SET feed = excluded.feed, seen_at = excluded.seen_at
    WHERE c.seen_at < excluded.seen_at - interval '7 days' OR (c.feed <> excluded.feed AND c.seen_at <= excluded.seen_at)
    RETURNING source_coin_id, xmax = 0 AS added
  ), gone AS (
    DELETE FROM listing_contracts c
    WHERE c.source_coin_id <> ALL($5::text[]) AND c.source = $2 AND c.feed = $3 AND c.seen_at <= $4
      AND NOT EXISTS (SELECT 1 FROM incoming i
                      WHERE i.source_coin_id = c.source_coin_id AND i.chain_key = c.chain_key
                        AND i.address_key = c.address_key)
    RETURNING source_coin_id
  ), changed AS (
    SELECT source_coin_id FROM seen WHERE added
    UNION
    SELECT source_coin_id FROM gone
  )
  SELECT source_coin_id, EXISTS (SELECT 1 FROM known k WHERE k.source_coin_id = c.source_coin_id) AS known
  FROM changed c`;

/** Listings of coins in a catalogue's rows. $1 source, $2 ids */
export const LISTINGS_WITH_IDS = `
  SELECT l.listing_id
  FROM ${IDS},
       LATERAL (SELECT listing_id FROM listings
                WHERE source = i.source AND source_coin_id = i.source_coin_id OFFSET 0) l
  ORDER BY l.listing_id`;

/** $1 rows, $2 source, $3 feed, $4 run, $5 raw page */
export const QUARANTINE = `
  INSERT INTO quarantine (source, feed, reason, message, record, run_id, raw_page_id)
  SELECT $2, $3, r.reason, r.message, decode(r.record, 'base64'), $4, $5
  FROM json_to_recordset($1::json) AS r(reason text, message text, record text)`;

/** $1 run, $2 extracted, $3 inserted, $4 updated, $5 unchanged, $6 quarantined, $7 duplicates */
export const COUNT_PAGE = `
  UPDATE etl_runs
  SET pages = pages + 1, extracted = extracted + $2, inserted = inserted + $3, updated = updated + $4,
      unchanged = unchanged + $5, quarantined = quarantined + $6, duplicates = duplicates + $7,
      heartbeat_at = clock_timestamp()
  WHERE run_id = $1`;
