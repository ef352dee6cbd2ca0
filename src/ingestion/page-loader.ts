import type { EntityManager } from 'typeorm';
import { normaliseAddress, normaliseChain, normaliseName, normaliseSymbol } from '../identity/normalise.js';
import * as sql from './page-writer.queries.js';
import type { ReadContracts, ReadListings } from './read-page.js';
import type { SourceAdapter } from './source-adapter.js';

export interface LoadedRecords {
  readonly inserted: number;
  readonly updated: number;
  /** Listings that identity has to look at: new ones, and those with new evidence. */
  readonly undecided: readonly string[];
  readonly touchedCoins: ReadonlySet<string>;
  readonly newListings: number;
  readonly dataAsOf: Date | null;
}

interface ListingsOrigin {
  readonly adapter: SourceAdapter;
  readonly runId: string;
  readonly rawPageId: string;
  readonly fetchedAt: Date;
  readonly oldestQuote: Date;
}

/** Loads a page's listings and their quotes, in one statement. */
export async function loadListings(
  manager: EntityManager,
  read: ReadListings,
  { adapter, runId, rawPageId, fetchedAt, oldestQuote }: ListingsOrigin,
): Promise<LoadedRecords> {
  // Reference data has no time but its own.
  const undated = adapter.reference ? null : fetchedAt;
  let dataAsOf: Date | null = null;
  const rows = read.listings.map((listing) => {
    const quotedAt = listing.sourceUpdatedAt ?? undated;
    const asOf = quotedAt && quotedAt > fetchedAt ? fetchedAt : quotedAt;
    if (asOf && (!dataAsOf || asOf > dataAsOf)) dataAsOf = asOf;
    const inId = adapter.nameInId?.(listing.sourceCoinId);
    const symbolKey = normaliseSymbol(listing.symbol);
    const idSymbolKey = inId?.symbol ? normaliseSymbol(inId.symbol) : symbolKey;
    return {
      source_coin_id: listing.sourceCoinId,
      symbol: listing.symbol,
      name: listing.name,
      symbol_key: symbolKey,
      name_key: normaliseName(listing.name),
      id_symbol_key: idSymbolKey === symbolKey ? null : idSymbolKey,
      id_name: inId?.name ?? null,
      price: listing.price,
      market_cap: listing.marketCap,
      volume_24h: listing.volume24h,
      price_change_24h: listing.priceChange24h,
      rank: listing.rank,
      source_updated_at: listing.sourceUpdatedAt,
      quoted_at: quotedAt,
    };
  });
  const changed: {
    listing_id: string;
    coin_id: string | null;
    inserted: boolean;
    renamed: boolean;
  }[] = await manager.query(sql.LOAD_LISTINGS, [
    JSON.stringify(rows),
    adapter.source,
    fetchedAt,
    runId,
    rawPageId,
    oldestQuote,
  ]);
  const inserted = changed.filter((row) => row.inserted).length;
  return {
    inserted,
    updated: changed.length - inserted,
    undecided: changed.filter((row) => row.coin_id === null || row.renamed).map((row) => row.listing_id),
    touchedCoins: new Set(changed.flatMap((row) => row.coin_id ?? [])),
    newListings: inserted,
    dataAsOf,
  };
}

/** Loads what a catalogue's page says of contracts: evidence for the listings there are, and for those to come. */
export async function loadContracts(
  manager: EntityManager,
  { source, feed, fetchedAt }: { source: string; feed: string; fetchedAt: Date },
  read: ReadContracts,
): Promise<LoadedRecords> {
  const rows = read.contracts
    .flatMap((record) =>
      record.contracts.map(({ chain, address }) => ({
        source_coin_id: record.sourceCoinId,
        chain,
        address,
        chain_key: normaliseChain(chain),
        address_key: normaliseAddress(chain, address),
      })),
    )
    // What names no chain or no contract is no evidence.
    .filter((row) => row.chain_key !== '' && row.address_key !== '');
  const changed: { source_coin_id: string; known: boolean }[] = await manager.query(sql.LOAD_CONTRACTS, [
    JSON.stringify(rows),
    source,
    feed,
    fetchedAt,
    // What a record says that can't be read may be just what would be missed.
    read.refused.length === 0,
  ]);
  const known = new Map(changed.map((row) => [row.source_coin_id, row.known]));
  // A record counts once, however many addresses it brings; a second record of the same asset changes it.
  const first = new Set<string>();
  let inserted = 0;
  let updated = 0;
  for (const { sourceCoinId } of read.contracts) {
    const wasKnown = known.get(sourceCoinId);
    if (wasKnown === undefined) continue;
    if (wasKnown || first.has(sourceCoinId)) updated += 1;
    else inserted += 1;
    first.add(sourceCoinId);
  }
  const listings: { listing_id: string }[] =
    known.size === 0 ? [] : await manager.query(sql.LISTINGS_WITH_IDS, [source, [...known.keys()]]);
  return {
    inserted,
    updated,
    undecided: listings.map((row) => row.listing_id),
    touchedCoins: new Set(),
    newListings: 0,
    dataAsOf: null,
  };
}
