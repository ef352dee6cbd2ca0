import { isSettled } from './settled-links.queries.js';

/**
 * Two sources' pages must not decide at once: each would found the coin that the other is founding. Whoever writes coins
 * holds it, so that none waits for another's rows with rows of its own in hand.
 *
 * What follows looks up rows by their keys, and no table whole, not one that has grown since it was analysed either. It
 * does so often enough to seem dear to the planner; compiling it takes longer than doing it. While there is less than a
 * megabyte of listings or of contracts, what is prepared is planned anew each time until it is decided: by what the
 * planner believes of small tables several indexes cost the same, and a plan with the wrong one would be kept.
 */
export const ONE_AT_A_TIME = `
  LOCK TABLE identity_links IN SHARE ROW EXCLUSIVE MODE;
  SELECT set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true),
         set_config('plan_cache_mode', CASE
           WHEN least(pg_relation_size('listings'), pg_relation_size('listing_contracts')) < 1048576
           THEN 'force_custom_plan' ELSE 'auto' END, true)`;

/**
 * Whether PostgreSQL takes a table for empty that isn't: it was analysed while the transaction that filled it was still
 * open, which a first page or catalogue of thousands gives it time for. Any index is as good as another then, and each row
 * would be looked for among all of its source's.
 */
export const MISJUDGED = `
  SELECT EXISTS (
    SELECT 1 FROM pg_class
    WHERE oid = ANY (ARRAY['listings', 'listing_contracts', 'identity_links', 'coins']::regclass[])
      AND reltuples = 0 AND relpages > 0) AS misjudged`;

export const LOOK_AGAIN = `ANALYZE listings, listing_contracts, identity_links, coins`;

/** Before many rows are written: checks of foreign keys are planned anew for each of them otherwise. */
export const LOOKED_UP = `SET LOCAL plan_cache_mode = auto`;

/** Around what does read all of a table, and looks for each row in what it has made of all. */
export const WHOLE_TABLES = {
  begin: `SET LOCAL enable_seqscan = on; SET LOCAL work_mem = '64MB'`,
  end: 'SET LOCAL enable_seqscan = off; SET LOCAL work_mem TO DEFAULT',
};

const KEY = 'listing_id, source, source_coin_id, symbol_key, id_symbol_key';

/** The keys of listings. $1 listings */
export const KEYS = `SELECT ${KEY} FROM listings WHERE listing_id = ANY($1::bigint[])`;

/** As `coin-slug.ts` has it. */
const slugOf = (text: string): string => `
  nullif(rtrim(left(trim('-' FROM regexp_replace(regexp_replace(lower(normalize(${text}, NFKD)),
    '[\\u0300-\\u036f\\u1ab0-\\u1aff\\u1dc0-\\u1dff\\u20d0-\\u20ff\\ufe00-\\ufe0f\\ufe20-\\ufe2f''’]', '', 'g'),
    '[^a-z0-9]+', '-', 'g')), 100), '-'), '')`;

/** What a listing would call its coin first. Of most names the spaces are all that is another in an id. */
const NAME_IN_ID = `
  CASE WHEN replace(lower(l.name), ' ', '-') = l.coin_id THEN l.coin_id ELSE ${slugOf('l.name')} END`;

/** $1 up to which link all is settled */
const OPEN = `k.link_id > $1 AND k.revoked_at IS NULL AND k.settled_at IS NULL AND k.decided_by = 'matcher'`;

const UNSETTLED_LISTINGS = `
  SELECT ${KEY}, l.symbol, l.coin_id, ${NAME_IN_ID} AS name
  FROM listings l
  WHERE l.coin_id IS NULL
  UNION ALL
  SELECT ${KEY}, l.symbol, l.coin_id, ${NAME_IN_ID} AS name
  FROM identity_links k JOIN listings l USING (listing_id)
  WHERE ${OPEN}`;

/**
 * Listings whose link, if they have one, is the matcher's and may still change. $1 up to which link all is settled,
 * $2 how many
 */
export const UNSETTLED = `SELECT ${KEY} FROM (${UNSETTLED_LISTINGS}) u LIMIT $2`;

/**
 * Those of them that share their coin with another listing, or a symbol or a contract with another source, or whose coin
 * isn't called as they are though another coin is, or another listing has their symbol; with those whose coins are called
 * as any of these could call theirs, by its name or by that and its symbol. The rest could come out no other way.
 * None at all, but one row without an id, when there are more than $2. $1 up to which link all is settled
 */
export const CONTESTED = `
  WITH RECURSIVE symbols AS (
    SELECT symbol, min(source) <> max(source) AS shared FROM (
      SELECT symbol_key AS symbol, source FROM listings
      UNION ALL
      SELECT id_symbol_key, source FROM listings WHERE id_symbol_key IS NOT NULL
    ) s GROUP BY symbol HAVING count(*) > 1
  ), contracts AS (
    SELECT chain_key, address_key FROM listing_contracts
    GROUP BY chain_key, address_key HAVING min(source) <> max(source)
  ), owners AS (
    SELECT source, source_coin_id FROM contracts JOIN listing_contracts USING (chain_key, address_key)
  ), shared AS (
    SELECT coin_id FROM listings WHERE coin_id IS NOT NULL GROUP BY coin_id HAVING count(*) > 1
  ), unlike AS MATERIALIZED (
    SELECT * FROM (${UNSETTLED_LISTINGS}) u
    WHERE (u.name IS DISTINCT FROM u.coin_id AND (
             EXISTS (SELECT 1 FROM coins c WHERE c.coin_id = u.name)
             OR u.symbol_key IN (SELECT symbol FROM symbols)
             OR u.id_symbol_key IN (SELECT symbol FROM symbols)))
       OR u.symbol_key IN (SELECT symbol FROM symbols WHERE shared)
       OR u.id_symbol_key IN (SELECT symbol FROM symbols WHERE shared)
       OR (u.source, u.source_coin_id) IN (SELECT source, source_coin_id FROM owners)
       OR u.coin_id IN (SELECT coin_id FROM shared)
    LIMIT $2 + 1
  ), namesakes AS (
    SELECT ${KEY}, name, symbol FROM unlike
    UNION
    SELECT l.*
    FROM namesakes n,
         LATERAL (SELECT ${slugOf('n.symbol')} AS symbol OFFSET 0) s,
         LATERAL (SELECT nullif(rtrim(left(n.name, greatest(99 - length(s.symbol), 0)), '-'), '') AS name) t,
         LATERAL (SELECT ${KEY}, ${NAME_IN_ID} AS name, symbol FROM listings l
                  WHERE coin_id IN (n.name, concat_ws('-', t.name, s.symbol)) OFFSET 0) l
  ), contested AS MATERIALIZED (
    SELECT ${KEY} FROM unlike
    UNION
    SELECT ${KEY}
    FROM namesakes n,
         LATERAL (SELECT 1 FROM identity_links k WHERE k.listing_id = n.listing_id AND ${OPEN} OFFSET 0) k
    LIMIT $2 + 1
  )
  SELECT contested.* FROM (SELECT count(*) > $2 AS too_many FROM contested) n
  LEFT JOIN contested ON NOT too_many
  WHERE too_many OR listing_id IS NOT NULL`;

/**
 * These listings and those that could decide on them: all that share a symbol that more than one source uses, a contract or
 * a crosswalk entry's coin, and all other listings of the coins those are linked to.
 *
 * `OFFSET 0` keeps each look-up by its index: for a few hundred rows of a table that grew since it was analysed the
 * planner would rather read all of it, at every page.
 * $1 symbols, $2 the source of each, null: several; $3 coins; $4 listings; $5 sources and $6 ids there
 */
const CHOSEN = `
  WITH symbols AS MATERIALIZED (
    SELECT symbol
    FROM unnest($1::text[], $2::text[]) AS a(symbol, asker)
    WHERE a.asker IS NULL
       OR EXISTS (SELECT 1 FROM listings WHERE symbol_key = a.symbol AND source <> a.asker OFFSET 0)
       OR EXISTS (SELECT 1 FROM listings WHERE id_symbol_key = a.symbol AND source <> a.asker OFFSET 0)
  ), near AS (
    SELECT l.listing_id, l.coin_id
    FROM unnest($4::bigint[]) AS a(listing_id),
         LATERAL (SELECT listing_id, coin_id FROM listings WHERE listing_id = a.listing_id OFFSET 0) l
    UNION
    SELECT l.listing_id, l.coin_id
    FROM symbols s,
         LATERAL (SELECT listing_id, coin_id FROM listings WHERE symbol_key = s.symbol OFFSET 0) l
    UNION
    SELECT l.listing_id, l.coin_id
    FROM symbols s,
         LATERAL (SELECT listing_id, coin_id FROM listings WHERE id_symbol_key = s.symbol OFFSET 0) l
    UNION
    SELECT l.listing_id, l.coin_id
    FROM unnest($5::text[], $6::text[]) AS f(source, source_coin_id),
         LATERAL (SELECT chain_key, address_key FROM listing_contracts
                  WHERE source = f.source AND source_coin_id = f.source_coin_id OFFSET 0) mine,
         LATERAL (SELECT source, source_coin_id FROM listing_contracts
                  WHERE chain_key = mine.chain_key AND address_key = mine.address_key OFFSET 0) theirs,
         LATERAL (SELECT listing_id, coin_id FROM listings
                  WHERE source = theirs.source AND source_coin_id = theirs.source_coin_id OFFSET 0) l
    UNION
    SELECT l.listing_id, l.coin_id
    FROM unnest($3::text[]) AS c(coin_id),
         LATERAL (SELECT listing_id, coin_id FROM listings WHERE coin_id = c.coin_id OFFSET 0) l
  ), chosen AS (
    SELECT listing_id FROM near
    UNION
    SELECT l.listing_id
    FROM (SELECT DISTINCT coin_id FROM near WHERE coin_id IS NOT NULL) c,
         LATERAL (SELECT listing_id FROM listings WHERE coin_id = c.coin_id OFFSET 0) l
  )`;

/**
 * Those, with what is decided on them. Alone is one that no other shares its coin with. A listing is active while its
 * quotes keep up with its source. The same parameters
 */
export const NEAR = `${CHOSEN}
  SELECT l.*, coalesce(n.contracts, '[]'::json) AS contracts, n.contracts_seen_at,
         coalesce(l.quoted_at > s.data_as_of - interval '30 days', true) AS active,
         NOT EXISTS (SELECT 1 FROM listings o
                     WHERE o.coin_id = l.coin_id AND o.listing_id <> l.listing_id OFFSET 0) AS alone,
         k.method, coalesce(k.decided_by, 'matcher') AS decided_by, coalesce(${isSettled('k')}, false) AS settled,
         k.evidence, k.candidates, k.suspect, k.apart_from
  FROM chosen c
  CROSS JOIN LATERAL (
    SELECT ${KEY}, symbol, name, id_name, price, market_cap, rank, quoted_at, coin_id
    FROM listings WHERE listing_id = c.listing_id OFFSET 0
  ) l
  LEFT JOIN LATERAL (
    SELECT max(seen_at) AS contracts_seen_at,
           json_agg(json_build_object('chain', chain, 'address', address)) AS contracts
    FROM listing_contracts WHERE source = l.source AND source_coin_id = l.source_coin_id
  ) n ON true
  LEFT JOIN etl_checkpoints s ON s.source = l.source
  LEFT JOIN LATERAL (
    SELECT link_id, method, decided_by, settled_at, evidence, candidates, suspect, apart_from
    FROM identity_links WHERE listing_id = l.listing_id AND revoked_at IS NULL OFFSET 0
  ) k ON true
  ORDER BY l.listing_id`;

/** How many those are. The same parameters */
export const COUNT_NEAR = `${CHOSEN} SELECT count(*)::int AS near FROM chosen`;

/** $1 slugs */
export const TAKEN_SLUGS = `
  SELECT c.coin_id
  FROM unnest($1::text[]) AS s(slug), LATERAL (SELECT coin_id FROM coins WHERE coin_id = s.slug OFFSET 0) c`;

/**
 * Of these, those that a person or a settled decision has named, and those whose coin has other listings than the
 * ones decided on: they stay what they are. $1 slugs, $2 the listings decided on
 */
export const NAMES_THAT_STAY = `
  SELECT k.coin_id FROM identity_links k
  WHERE k.coin_id = ANY($1::text[])
    AND (k.decided_by <> 'matcher' OR k.settled_at IS NOT NULL OR (k.revoked_at IS NULL AND ${isSettled('k')}))
  UNION
  SELECT coin_id FROM listings WHERE coin_id = ANY($1::text[]) AND listing_id <> ALL($2::bigint[])`;

/** $1 links */
export const DECIDE = `
  INSERT INTO identity_links (listing_id, coin_id, method, confidence, evidence, candidates, decided_by)
  SELECT listing_id, coin_id, method, confidence, evidence, candidates, 'matcher'
  FROM json_to_recordset($1::json) AS r(
    listing_id bigint, coin_id text, method text, confidence double precision, evidence jsonb, candidates jsonb)`;

/** $1 links */
export const LINK_LISTINGS = `
  UPDATE listings l SET coin_id = r.coin_id
  FROM json_to_recordset($1::json) AS r(listing_id bigint, coin_id text)
  WHERE l.listing_id = r.listing_id AND l.coin_id IS DISTINCT FROM r.coin_id`;

/** $1 doubts: listing, and what speaks against its link (null: nothing any more) */
export const SUSPECT = `
  UPDATE identity_links k SET suspect = r.suspect
  FROM json_to_recordset($1::json) AS r(listing_id bigint, suspect jsonb)
  WHERE k.listing_id = r.listing_id AND k.revoked_at IS NULL AND k.suspect IS DISTINCT FROM r.suspect`;

/** Of these coins, listings whose prices are so far apart that they can't be one, or that were in doubt. $1 coins */
export const QUESTIONABLE = `
  WITH theirs AS MATERIALIZED (
    SELECT c.coin_id, l.listing_id, l.price
    FROM (SELECT DISTINCT unnest($1::text[]) AS coin_id) c,
         LATERAL (SELECT listing_id, price FROM listings WHERE coin_id = c.coin_id OFFSET 0) l
  )
  SELECT listing_id FROM theirs
  WHERE coin_id IN (
    SELECT coin_id FROM theirs WHERE price > 0
    GROUP BY coin_id HAVING count(*) > 1 AND max(price) > 2 * min(price))
  UNION
  SELECT t.listing_id
  FROM theirs t,
       LATERAL (SELECT 1 FROM identity_links
                WHERE listing_id = t.listing_id AND revoked_at IS NULL AND suspect IS NOT NULL OFFSET 0) k`;
