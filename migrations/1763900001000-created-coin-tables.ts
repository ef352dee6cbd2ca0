import type { MigrationInterface, QueryRunner } from 'typeorm';
import { COUNTING_FUNCTIONS, KEPT_COUNTS } from './kept-counts.js';

/** Numbers every source gives and every table of numbers holds. NaN and Infinity pass a plain `>= 0`. */
const numbers = (table: string): string => `
  price numeric,
  market_cap numeric,
  volume_24h numeric,
  price_change_24h numeric,
  rank integer,
  CONSTRAINT ${table}_price_is_a_number CHECK (price >= 0 AND price < 'Infinity'::numeric),
  CONSTRAINT ${table}_market_cap_is_a_number CHECK (market_cap >= 0 AND market_cap < 'Infinity'::numeric),
  CONSTRAINT ${table}_volume_24h_is_a_number CHECK (volume_24h >= 0 AND volume_24h < 'Infinity'::numeric),
  CONSTRAINT ${table}_price_change_24h_is_a_number
    CHECK (price_change_24h > '-Infinity'::numeric AND price_change_24h < 'Infinity'::numeric),
  CONSTRAINT ${table}_rank_is_positive CHECK (rank > 0)`;

/** Listings, the coins they are, and why. */
export class CreatedCoinTables1763900001000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE coins (
        coin_id text PRIMARY KEY,
        symbol text NOT NULL,
        name text NOT NULL,${numbers('coins')},
        price_status text NOT NULL DEFAULT 'unpriced',
        sources text[] NOT NULL DEFAULT '{}',
        as_of timestamptz,
        fresh_until timestamptz,
        divergence double precision,
        lowest_listing_id bigint,
        highest_listing_id bigint,
        merged_into text REFERENCES coins (coin_id),
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT coins_coin_id_is_a_slug CHECK (coin_id ~ '^[a-z0-9][a-z0-9-]*$' AND length(coin_id) <= 120),
        CONSTRAINT coins_price_status
          CHECK (price_status IN ('agreed', 'single', 'disputed', 'implausible', 'stale', 'unpriced'))
      )`);
    // One index a sort of /data, in its default order; the other order reads it from its other end.
    await runner.query(
      `CREATE INDEX coins_by_rank ON coins (rank ASC NULLS LAST, coin_id) WHERE merged_into IS NULL`,
    );
    await runner.query(
      `CREATE INDEX coins_by_market_cap ON coins (market_cap DESC NULLS LAST, coin_id) WHERE merged_into IS NULL`,
    );
    await runner.query(
      `CREATE INDEX coins_by_volume ON coins (volume_24h DESC NULLS LAST, coin_id) WHERE merged_into IS NULL`,
    );
    await runner.query(
      `CREATE INDEX coins_by_price ON coins (price DESC NULLS LAST, coin_id) WHERE merged_into IS NULL`,
    );
    await runner.query(
      `CREATE INDEX coins_by_change ON coins (price_change_24h DESC NULLS LAST, coin_id) WHERE merged_into IS NULL`,
    );
    await runner.query(
      `CREATE INDEX coins_by_name ON coins (lower(name), coin_id) WHERE merged_into IS NULL`,
    );
    // /data?symbol=
    await runner.query(`CREATE INDEX coins_by_symbol ON coins (symbol)`);
    // Few coins are signposts, and each merge looks for those that lead to what it ends.
    await runner.query(`CREATE INDEX coins_merged_into ON coins (merged_into) WHERE merged_into IS NOT NULL`);
    await runner.query(`CREATE INDEX coins_fresh_until ON coins (fresh_until) WHERE fresh_until IS NOT NULL`);
    // /divergence
    await runner.query(
      `CREATE INDEX coins_by_divergence ON coins (divergence DESC, coin_id) WHERE divergence IS NOT NULL`,
    );

    // Half of each page is left for the listings' next numbers: beside the old ones they need no index entries.
    await runner.query(`
      CREATE TABLE listings (
        listing_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        source text NOT NULL,
        source_coin_id text NOT NULL,
        symbol text NOT NULL,
        name text NOT NULL,
        symbol_key text NOT NULL,
        name_key text NOT NULL,
        id_symbol_key text,
        id_name text,${numbers('listings')},
        source_updated_at timestamptz,
        quoted_at timestamptz,
        fetched_at timestamptz NOT NULL,
        coin_id text REFERENCES coins (coin_id),
        implausible boolean NOT NULL DEFAULT false,
        run_id bigint NOT NULL,
        raw_page_id bigint NOT NULL,
        CONSTRAINT listings_source_key UNIQUE (source, source_coin_id)
      ) WITH (fillfactor = 50)`);
    await runner.query(`CREATE INDEX listings_of_coin ON listings (coin_id)`);
    await runner.query(`CREATE INDEX listings_symbol_key ON listings (symbol_key, name_key)`);
    await runner.query(
      `CREATE INDEX listings_id_symbol_key ON listings (id_symbol_key) WHERE id_symbol_key IS NOT NULL`,
    );
    // /data?source=, in the order of ranks, and of the symbols asked for. Orders by what changes with each quote have
    // none: they would have to be written with each quote, and no update of a listing could stay on its page.
    await runner.query(
      `CREATE INDEX listings_by_rank ON listings (source, rank, coin_id, source_coin_id) WHERE coin_id IS NOT NULL`,
    );
    await runner.query(`CREATE INDEX listings_by_symbol ON listings (source, upper(symbol))`);

    await runner.query(`
      CREATE TABLE listing_contracts (
        source text NOT NULL,
        source_coin_id text NOT NULL,
        chain text NOT NULL,
        address text NOT NULL,
        chain_key text NOT NULL,
        address_key text NOT NULL,
        feed text NOT NULL,
        seen_at timestamptz NOT NULL,
        PRIMARY KEY (source, source_coin_id, chain_key, address_key)
      )`);
    await runner.query(
      `CREATE INDEX listing_contracts_contract ON listing_contracts (chain_key, address_key)`,
    );
    await runner.query(`CREATE INDEX listing_contracts_of_feed ON listing_contracts (source, feed)`);

    // No foreign key to listings: a quote is only ever written by the statement that writes its listing.
    await runner.query(`
      CREATE TABLE quotes (
        listing_id bigint NOT NULL,
        quoted_at timestamptz NOT NULL,${numbers('quotes')},
        source_updated_at timestamptz,
        fetched_at timestamptz NOT NULL,
        raw_page_id bigint NOT NULL,
        CONSTRAINT quotes_pkey PRIMARY KEY (listing_id, quoted_at)
      ) PARTITION BY RANGE (quoted_at)`);

    // No foreign keys, which would lock two rows a link: the transaction that writes a link writes its listing with the
    // same coin, and that has one.
    await runner.query(`
      CREATE TABLE identity_links (
        link_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        listing_id bigint NOT NULL,
        coin_id text NOT NULL,
        method text NOT NULL,
        confidence double precision NOT NULL,
        evidence jsonb NOT NULL,
        candidates jsonb NOT NULL DEFAULT '[]',
        suspect jsonb,
        apart_from jsonb,
        decided_by text NOT NULL,
        decided_at timestamptz NOT NULL DEFAULT now(),
        settled_at timestamptz,
        revoked_at timestamptz,
        CONSTRAINT identity_links_confidence CHECK (confidence >= 0 AND confidence <= 1)
      )`);
    await runner.query(
      `CREATE UNIQUE INDEX identity_links_in_force ON identity_links (listing_id) WHERE revoked_at IS NULL`,
    );
    await runner.query(
      `CREATE INDEX identity_links_unsettled ON identity_links (listing_id)
       WHERE revoked_at IS NULL AND settled_at IS NULL AND decided_by = 'matcher'`,
    );
    await runner.query(`CREATE INDEX identity_links_of_coin ON identity_links (coin_id)`);
    // What wants a person, newest first; and what the crosswalk's file is held against at each start.
    await runner.query(
      `CREATE INDEX identity_links_ambiguous ON identity_links (decided_at DESC, link_id DESC)
       WHERE revoked_at IS NULL AND candidates <> '[]'::jsonb`,
    );
    await runner.query(
      `CREATE INDEX identity_links_suspect ON identity_links (decided_at DESC, link_id DESC)
       WHERE revoked_at IS NULL AND suspect IS NOT NULL`,
    );
    await runner.query(
      `CREATE INDEX identity_links_curated ON identity_links (listing_id)
       WHERE revoked_at IS NULL AND method = 'crosswalk'`,
    );

    await runner.query(`
      CREATE TABLE identity_decisions (
        decision_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        kind text NOT NULL,
        reason text,
        moves jsonb NOT NULL,
        signposts jsonb NOT NULL,
        doubts jsonb NOT NULL,
        request_id text NOT NULL,
        decided_at timestamptz NOT NULL DEFAULT now(),
        undone_at timestamptz,
        undone_request_id text,
        CONSTRAINT identity_decisions_kind CHECK (kind IN ('pin', 'split', 'merge'))
      )`);

    for (const statement of KEPT_COUNTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `DROP TABLE identity_decisions, identity_links, quotes, listing_contracts, listings, coins, row_counts`,
    );
    for (const name of COUNTING_FUNCTIONS) await runner.query(`DROP FUNCTION ${name}`);
  }
}
