import type { EntityManager } from 'typeorm';
import { copyRows } from '../database/copy-rows.js';
import type { Cell } from '../database/copy-rows.js';
import { pipelined } from '../database/pipelined.js';
import { askPrepared } from '../database/prepared.js';
import type { EnteringRow } from '../coins/coin-writer.js';
import type { NewListing } from '../identity/near-listing.js';
import type { Entry } from './coin-decisions.js';
import type { ListingIds } from './listing-ids.js';
import type { ListingRow, ListingRows } from './listing-rows.js';
import * as sql from './page-writer.queries.js';
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
type LoadingListing = NewListing & { readonly record: ListingRow };

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

/** A page's listings. Nobody may enter any between this and the page's loading. */
export interface StoredListings {
  /** Those that are stored already. */
  readonly there: readonly ListingRow[];
  readonly fresh: readonly ListingRow[];
  /** The time of the transaction. */
  readonly now: Date;
}

export async function storedListings(
  manager: EntityManager,
  source: string,
  { rows }: ListingRows,
): Promise<StoredListings> {
  const ids = rows.map((row) => row.source_coin_id);
  const [stored] = await askPrepared<{ ids: string[]; now: Date }>(manager, sql.STORED_IDS, [source, ids]);
  if (!stored) throw new Error('an aggregate without a row');
  const known = new Set(stored.ids);
  const isThere = (row: ListingRow): boolean => known.has(row.source_coin_id);
  return {
    there: rows.filter(isThere),
    fresh: rows.filter((row) => !isThere(row)),
    now: stored.now,
  };
}

/** What the coins of new listings are derived from. */
export function enteringRows(source: string, { fresh, now }: StoredListings): readonly EnteringRow[] {
  return fresh.map((row) => ({
    source,
    source_coin_id: row.source_coin_id,
    symbol: row.symbol,
    name: row.name,
    price: row.price,
    market_cap: row.market_cap,
    volume_24h: row.volume_24h,
    price_change_24h: row.price_change_24h,
    rank: row.rank,
    quoted_at: quotedAtOf(row),
    now,
  }));
}

/** Loads what a page says of listings that are there, with their quotes, and what is known of the new ones. */
export async function loadListings(
  manager: EntityManager,
  { there, fresh }: StoredListings,
  dataAsOf: Date | null,
  origin: ListingsOrigin,
  ids: ListingIds,
  lull: () => void,
): Promise<LoadedRecords> {
  const { source } = origin.adapter;
  const [updated, [known]] = await pipelined(
    async (): Promise<readonly UpdatedRow[]> =>
      there.length === 0 ? [] : manager.query(sql.LOAD_LISTINGS, parametersOf(there, origin)),
    async (): Promise<readonly NewRows[]> => {
      if (there.length > 0) lull();
      if (fresh.length === 0) return [];
      const asked = fresh.map((row) => row.source_coin_id);
      return askPrepared(manager, sql.newListings(ids.newId), [source, asked]);
    },
  );
  const newListings = known ? enteringOf(fresh, known, source) : [];
  return {
    inserted: newListings.length,
    updated: updated.length,
    undecided: updated.filter((row) => row.coin_id === null || row.renamed).map((row) => row.listing_id),
    touchedCoins: new Set(updated.flatMap((row) => row.coin_id ?? [])),
    newListings,
    dataAsOf,
  };
}

export function entryOf(
  manager: EntityManager,
  newListings: readonly LoadingListing[],
  origin: ListingsOrigin,
): Entry {
  return {
    quotes: () => copyRows(manager, 'quotes', sql.NEW_QUOTE_COLUMNS, quoteCells(newListings, origin)),
    listings: (coins, implausible) =>
      copyRows(
        manager,
        'listings',
        sql.NEW_LISTING_COLUMNS,
        listingCells(newListings, origin, coins, implausible),
      ),
  };
}

function quoteCells(
  newListings: readonly LoadingListing[],
  { fetchedAt, oldestQuote, rawPageId }: ListingsOrigin,
): Cell[][] {
  const fetched = fetchedAt.toISOString();
  // A quote of nothing, or older than what is kept, is none.
  const isQuote = ({ quoted_at, record }: LoadingListing): boolean =>
    (quoted_at ?? fetchedAt) >= oldestQuote && sql.NUMBER_COLUMNS.some((column) => record[column] !== null);
  return newListings.filter(isQuote).map(({ listing_id, record }) => {
    const numbers = sql.NUMBER_COLUMNS.map((column) => record[column]);
    const { source_updated_at, quoted_at } = record;
    return [listing_id, quoted_at ?? fetched, source_updated_at, fetched, rawPageId, ...numbers];
  });
}

function listingCells(
  newListings: readonly LoadingListing[],
  { adapter, fetchedAt, runId, rawPageId }: ListingsOrigin,
  coins: ReadonlyMap<string, string>,
  implausible: ReadonlySet<string>,
): Cell[][] {
  const fetched = fetchedAt.toISOString();
  return newListings.map(({ listing_id, source_coin_id, record }) => {
    const coinId = coins.get(listing_id);
    if (coinId === undefined) throw new Error(`${source_coin_id} was not decided on`);
    const own = sql.RECORD_COLUMNS.map((column) => record[column]);
    const here = [listing_id, adapter.source, fetched, runId, rawPageId, coinId, implausible.has(listing_id)];
    return [...here, ...own];
  });
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
): LoadingListing[] {
  const contractsOf = new Map(contracts.map((known) => [known.source_coin_id, known]));
  return rows.map((record, at) => {
    const listingId = listing_ids[at];
    if (listingId === undefined) throw new Error(`${record.source_coin_id} has got no id`);
    const known = contractsOf.get(record.source_coin_id);
    const quotedAt = quotedAtOf(record);
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
      rank: record.rank,
      quoted_at: quotedAt,
      active: !quotedAt || !data_as_of || quotedAt.getTime() > data_as_of.getTime() - ACTIVE_MS,
      contracts: known?.contracts ?? [],
      contracts_seen_at: known ? new Date(known.seen_at) : null,
      record,
    };
  });
}

function quotedAtOf({ quoted_at }: ListingRow): Date | null {
  return quoted_at === null ? null : new Date(quoted_at);
}
