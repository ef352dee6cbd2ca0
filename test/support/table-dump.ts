import type { DataSource } from 'typeorm';

/**
 * What ingestion has written, without what differs between two runs that did the same: ids made by sequences and
 * the times of our own clock. Rows name each other by the sources' own ids.
 */
const TABLES: Readonly<Record<string, string>> = {
  listings: `
    SELECT source, source_coin_id, symbol, name, symbol_key, name_key, price::text, market_cap::text, volume_24h::text,
           price_change_24h::text, rank, source_updated_at, quoted_at, coin_id, implausible
    FROM listings ORDER BY source, source_coin_id`,
  quotes: `
    SELECT l.source, l.source_coin_id, q.quoted_at, q.price::text, q.market_cap::text, q.volume_24h::text,
           q.price_change_24h::text, q.rank, q.source_updated_at, q.tableoid::regclass::text AS partition
    FROM quotes q JOIN listings l USING (listing_id) ORDER BY l.source, l.source_coin_id, q.quoted_at`,
  links: `
    SELECT l.source, l.source_coin_id, k.coin_id, k.method, k.confidence, k.evidence, k.candidates, k.decided_by,
           k.revoked_at IS NULL AS in_force
    FROM identity_links k JOIN listings l USING (listing_id)
    ORDER BY l.source, l.source_coin_id, k.link_id`,
  coins: `
    SELECT coin_id, symbol, name, price::text, market_cap::text, volume_24h::text, price_change_24h::text, rank,
           price_status, sources, as_of, fresh_until, divergence, merged_into
    FROM coins ORDER BY coin_id`,
  contracts: `
    SELECT source, source_coin_id, chain, address, chain_key, address_key
    FROM listing_contracts ORDER BY source, source_coin_id, chain_key, address_key`,
  quarantine: `
    SELECT source, feed, reason, message, encode(record, 'escape') AS record
    FROM quarantine ORDER BY source, feed, reason, message, record`,
  shapes: `
    SELECT source, feed, field, type, null_share, change->>'kind' AS change
    FROM source_schemas ORDER BY source, feed, field`,
  raw_pages: `
    SELECT source, feed, url, status, hash, bytes FROM raw_pages ORDER BY source, feed, url, hash`,
  positions: `
    SELECT source, cursor, listings, data_as_of, lease_owner FROM etl_checkpoints ORDER BY source`,
};

export async function dumpTables(dataSource: DataSource): Promise<Record<string, unknown[]>> {
  const dump: Record<string, unknown[]> = {};
  for (const [table, query] of Object.entries(TABLES)) dump[table] = await dataSource.query(query);
  return dump;
}
