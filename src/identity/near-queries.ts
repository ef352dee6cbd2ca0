import type { EntityManager } from 'typeorm';
import { askPrepared } from '../database/prepared.js';
import type { CrosswalkBook } from './crosswalk-book.js';
import * as sql from './identity-links.queries.js';
import type { ListingKeys, NearListing } from './near-listing.js';

export function keysOf(manager: EntityManager, listingIds: readonly string[]): Promise<ListingKeys[]> {
  return manager.query(sql.KEYS, [listingIds]);
}

/** What is stored of these listings, and what could decide on them and `newcomers`. Before anything was decided. */
export function near(
  manager: EntityManager,
  crosswalk: CrosswalkBook,
  stored: readonly ListingKeys[],
  newcomers: readonly ListingKeys[] = [],
): Promise<NearListing[]> {
  return askPrepared(manager, sql.NEAR, nearParameters(crosswalk, stored, newcomers));
}

/** The same afterwards, when plans are kept whatever they are made for: by none that is. */
export function nearNow(
  manager: EntityManager,
  crosswalk: CrosswalkBook,
  keys: readonly ListingKeys[],
): Promise<NearListing[]> {
  return manager.query(sql.NEAR, nearParameters(crosswalk, keys));
}

/** How many that would be. */
export async function countNear(
  manager: EntityManager,
  crosswalk: CrosswalkBook,
  keys: readonly ListingKeys[],
): Promise<number> {
  const rows: { near: number }[] = await manager.query(sql.COUNT_NEAR, nearParameters(crosswalk, keys));
  return rows[0]?.near ?? 0;
}

function nearParameters(
  crosswalk: CrosswalkBook,
  stored: readonly ListingKeys[],
  newcomers: readonly ListingKeys[] = [],
): unknown[] {
  const keys = [...stored, ...newcomers];
  const askers = new Map<string, string | null>();
  for (const { source, symbol_key, id_symbol_key } of keys)
    for (const symbol of [symbol_key, id_symbol_key ?? symbol_key])
      askers.set(symbol, (askers.has(symbol) ? askers.get(symbol) : source) === source ? source : null);
  const curated = crosswalk.coinsOf(
    keys.map((row) => ({ source: row.source, sourceCoinId: row.source_coin_id })),
  );
  return [
    [...askers.keys()],
    [...askers.values()],
    curated,
    stored.map((row) => row.listing_id),
    keys.map((row) => row.source),
    keys.map((row) => row.source_coin_id),
  ];
}
