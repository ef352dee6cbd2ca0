import type { EntityManager } from 'typeorm';
import type { EnteringListing, EnterListings } from './coin-decisions.js';
import { normaliseAddress, normaliseChain, normaliseName, normaliseSymbol } from '../identity/normalise.js';
import * as sql from './page-writer.queries.js';
import type { ReadContracts, ReadListings } from './read-page.js';
import type { ListingRecord, SourceAdapter } from './source-adapter.js';

export interface LoadedRecords {
  readonly inserted: number;
  readonly updated: number;
  /** Stored listings with new evidence, which identity has to look at again. */
  readonly undecided: readonly string[];
  readonly touchedCoins: ReadonlySet<string>;
  readonly newListings: readonly LoadingListing[];
  readonly dataAsOf: Date | null;
}

export interface ListingsOrigin {
  readonly adapter: SourceAdapter;
  readonly runId: string;
  readonly rawPageId: string;
  readonly fetchedAt: Date;
  readonly oldestQuote: Date;
}

/** A new listing, as it is decided on and as it is to be entered. */
type LoadingListing = EnteringListing & { readonly record: ListingRow };
type ListingRow = ReturnType<typeof rowOf>;

interface LoadedRow {
  readonly source_coin_id: string;
  /** Null: it is a new one, and has what follows. */
  readonly listing_id: string | null;
  readonly coin_id: string | null;
  readonly renamed: boolean;
  readonly now: Date;
  readonly active: boolean;
  readonly contracts: LoadingListing['contracts'];
  readonly contracts_seen_at: Date | null;
}

/** Loads what a page says of listings that are there, with their quotes, and finds those that are new. */
export async function loadListings(
  manager: EntityManager,
  read: ReadListings,
  origin: ListingsOrigin,
): Promise<LoadedRecords> {
  const { adapter, fetchedAt } = origin;
  let dataAsOf: Date | null = null;
  const records = new Map<string, ListingRow>();
  for (const listing of read.listings) {
    // Reference data has no time but its own.
    const quotedAt = listing.sourceUpdatedAt ?? (adapter.reference ? null : fetchedAt);
    const asOf = quotedAt && quotedAt > fetchedAt ? fetchedAt : quotedAt;
    if (asOf && (!dataAsOf || asOf > dataAsOf)) dataAsOf = asOf;
    records.set(listing.sourceCoinId, rowOf(listing, adapter, quotedAt));
  }
  const loaded: LoadedRow[] = await manager.query(
    sql.LOAD_LISTINGS,
    parametersOf([...records.values()], origin),
  );
  const newListings = loaded.flatMap((row) => {
    const record = records.get(row.source_coin_id);
    return row.listing_id === null && record ? enteringOf(row, record, adapter.source) : [];
  });
  const updated = loaded.filter(isStored);
  return {
    inserted: newListings.length,
    updated: updated.length,
    undecided: updated.filter((row) => row.coin_id === null || row.renamed).map((row) => row.listing_id),
    touchedCoins: new Set(updated.flatMap((row) => row.coin_id ?? [])),
    newListings,
    dataAsOf,
  };
}

/** Writes new listings and their quotes, once it is known which coins they are. */
export function listingEntry(
  manager: EntityManager,
  newListings: readonly LoadingListing[],
  origin: ListingsOrigin,
): EnterListings {
  return async (coins, whole) => {
    const rows = newListings.map((listing) => {
      const coinId = coins.get(listing.listing_id);
      if (coinId === undefined) throw new Error(`${listing.source_coin_id} was not decided on`);
      return { ...listing.record, coin_id: coinId, implausible: whole.get(coinId) ?? false };
    });
    const entered: { listing_id: string; source_coin_id: string }[] = await manager.query(
      sql.ENTER_LISTINGS,
      parametersOf(rows, origin),
    );
    return new Map(entered.map((row) => [idUntilEntered(row.source_coin_id), row.listing_id]));
  };
}

function isStored(row: LoadedRow): row is LoadedRow & { readonly listing_id: string } {
  return row.listing_id !== null;
}

/** Like no id that a row has. */
function idUntilEntered(sourceCoinId: string): string {
  return `new ${sourceCoinId}`;
}

function parametersOf(rows: readonly object[], origin: ListingsOrigin): unknown[] {
  const { adapter, fetchedAt, runId, rawPageId, oldestQuote } = origin;
  return [JSON.stringify(rows), adapter.source, fetchedAt, runId, rawPageId, oldestQuote];
}

/** As PostgreSQL takes it: times as text, which JSON writes several times as fast. */
function rowOf(listing: ListingRecord, adapter: SourceAdapter, quotedAt: Date | null) {
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
    source_updated_at: listing.sourceUpdatedAt?.toISOString() ?? null,
    quoted_at: quotedAt?.toISOString() ?? null,
  };
}

/** Field by field: spreading thousands of rows takes longer than all else that is done with them here. */
function enteringOf(loaded: LoadedRow, record: ListingRow, source: string): LoadingListing {
  return {
    listing_id: idUntilEntered(record.source_coin_id),
    source,
    source_coin_id: record.source_coin_id,
    symbol: record.symbol,
    name: record.name,
    symbol_key: record.symbol_key,
    id_symbol_key: record.id_symbol_key,
    id_name: record.id_name,
    price: record.price,
    market_cap: record.market_cap,
    volume_24h: record.volume_24h,
    price_change_24h: record.price_change_24h,
    rank: record.rank,
    quoted_at: record.quoted_at === null ? null : new Date(record.quoted_at),
    active: loaded.active,
    contracts: loaded.contracts,
    contracts_seen_at: loaded.contracts_seen_at,
    now: loaded.now,
    record,
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
    newListings: [],
    dataAsOf: null,
  };
}
