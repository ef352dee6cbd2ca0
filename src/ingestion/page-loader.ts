import type { EntityManager } from 'typeorm';
import { copyRows } from '../database/copy-rows.js';
import type { Cell } from '../database/copy-rows.js';
import { pipelined } from '../database/pipelined.js';
import { normaliseAddress, normaliseChain } from '../identity/normalise.js';
import type { EnteringListing, EnterListings } from './coin-decisions.js';
import type { ListingIds } from './listing-ids.js';
import type { ListingRow, ListingRows } from './listing-rows.js';
import * as sql from './page-writer.queries.js';
import type { ReadContracts } from './read-page.js';
import type { SourceAdapter } from './source-adapter.js';

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

interface UpdatedRow {
  readonly listing_id: string;
  readonly coin_id: string | null;
  readonly renamed: boolean;
}

interface NewRows {
  /** In the order they were asked for. */
  readonly listing_ids: readonly string[];
  readonly contracts: readonly {
    readonly source_coin_id: string;
    readonly contracts: LoadingListing['contracts'];
    readonly seen_at: string;
  }[];
  readonly data_as_of: Date | null;
}

/** A listing is active while its quotes keep up with its source. */
const ACTIVE_MS = 30 * 24 * 3_600_000;

/** What is there of a page's listings. Nobody may enter any between this and the page's loading. */
export interface StoredListings {
  readonly ids: ReadonlySet<string>;
  /** The time of the transaction. */
  readonly now: Date;
}

export async function storedListings(
  manager: EntityManager,
  source: string,
  { rows }: ListingRows,
): Promise<StoredListings> {
  const ids = rows.map((row) => row.source_coin_id);
  const found: { ids: string[]; now: Date }[] = await manager.query(sql.STORED_IDS, [source, ids]);
  const [stored] = found;
  if (!stored) throw new Error('an aggregate without a row');
  return { ids: new Set(stored.ids), now: stored.now };
}

/** Loads what a page says of listings that are there, with their quotes, and what is known of the new ones. */
export async function loadListings(
  manager: EntityManager,
  { rows, dataAsOf }: ListingRows,
  stored: StoredListings,
  origin: ListingsOrigin,
  ids: ListingIds,
  lull: () => void,
): Promise<LoadedRecords> {
  const { source } = origin.adapter;
  const there = rows.filter((row) => stored.ids.has(row.source_coin_id));
  const fresh = rows.filter((row) => !stored.ids.has(row.source_coin_id));
  const [updated, [known]] = await pipelined(
    async (): Promise<readonly UpdatedRow[]> =>
      there.length === 0 ? [] : manager.query(sql.LOAD_LISTINGS, parametersOf(there, origin)),
    async (): Promise<readonly NewRows[]> => {
      if (there.length > 0) lull();
      if (fresh.length === 0) return [];
      return manager.query(sql.newListings(ids.newId), [source, fresh.map((row) => row.source_coin_id)]);
    },
  );
  const newListings = known ? enteringOf(fresh, known, source, stored.now) : [];
  return {
    inserted: newListings.length,
    updated: updated.length,
    undecided: updated.filter((row) => row.coin_id === null || row.renamed).map((row) => row.listing_id),
    touchedCoins: new Set(updated.flatMap((row) => row.coin_id ?? [])),
    newListings,
    dataAsOf,
  };
}

/** Writes the quotes of new listings, which depend on no decision. */
export async function enterQuotes(
  manager: EntityManager,
  newListings: readonly LoadingListing[],
  { fetchedAt, oldestQuote, rawPageId }: ListingsOrigin,
): Promise<void> {
  const fetched = fetchedAt.toISOString();
  // A quote of nothing, or older than what is kept, is none.
  const isQuote = ({ quoted_at, record }: LoadingListing): boolean =>
    (quoted_at ?? fetchedAt) >= oldestQuote && sql.NUMBER_COLUMNS.some((column) => record[column] !== null);
  const cellsOf = ({ listing_id, record }: LoadingListing): readonly Cell[] => {
    const numbers = sql.NUMBER_COLUMNS.map((column) => record[column]);
    const { source_updated_at, quoted_at } = record;
    return [listing_id, quoted_at ?? fetched, source_updated_at, fetched, rawPageId, ...numbers];
  };
  await copyRows(manager, 'quotes', sql.NEW_QUOTE_COLUMNS, newListings.filter(isQuote).map(cellsOf));
}

/** Writes new listings, once it is known which coins they are. */
export function listingEntry(
  manager: EntityManager,
  newListings: readonly LoadingListing[],
  { adapter, fetchedAt, runId, rawPageId }: ListingsOrigin,
): EnterListings {
  const fetched = fetchedAt.toISOString();
  return async (coins, implausible) => {
    const rows = newListings.map(({ listing_id, source_coin_id, record }): readonly Cell[] => {
      const coinId = coins.get(listing_id);
      if (coinId === undefined) throw new Error(`${source_coin_id} was not decided on`);
      const own = sql.RECORD_COLUMNS.map((column) => record[column]);
      const here = [
        listing_id,
        adapter.source,
        fetched,
        runId,
        rawPageId,
        coinId,
        implausible.has(listing_id),
      ];
      return [...here, ...own];
    });
    await copyRows(manager, 'listings', sql.NEW_LISTING_COLUMNS, rows);
  };
}

function parametersOf(rows: readonly object[], origin: ListingsOrigin): unknown[] {
  const { adapter, fetchedAt, runId, rawPageId, oldestQuote } = origin;
  return [JSON.stringify(rows), adapter.source, fetchedAt, runId, rawPageId, oldestQuote];
}

/** Field by field: spreading thousands of rows takes longer than all else that is done with them here. */
function enteringOf(
  rows: readonly ListingRow[],
  { listing_ids, contracts, data_as_of }: NewRows,
  source: string,
  now: Date,
): LoadingListing[] {
  const contractsOf = new Map(contracts.map((known) => [known.source_coin_id, known]));
  return rows.map((record, at) => {
    const listingId = listing_ids[at];
    if (listingId === undefined) throw new Error(`${record.source_coin_id} has got no id`);
    const known = contractsOf.get(record.source_coin_id);
    const quotedAt = record.quoted_at === null ? null : new Date(record.quoted_at);
    return {
      listing_id: listingId,
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
      quoted_at: quotedAt,
      active: !quotedAt || !data_as_of || quotedAt.getTime() > data_as_of.getTime() - ACTIVE_MS,
      contracts: known?.contracts ?? [],
      contracts_seen_at: known ? new Date(known.seen_at) : null,
      now,
      record,
    };
  });
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
