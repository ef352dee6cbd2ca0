import type { ListingEvidence } from './listing-evidence.js';
import type { Candidate } from './coin-group.js';

/** What is near a listing is found by this. */
export interface ListingKeys {
  readonly listing_id: string;
  readonly source: string;
  readonly source_coin_id: string;
  readonly symbol_key: string;
  readonly id_symbol_key: string | null;
}

/** A listing as it is stored, with its evidence and the decision in force. */
export interface NearListing extends ListingKeys {
  readonly symbol: string;
  readonly name: string;
  readonly id_name: string | null;
  readonly price: string | null;
  readonly market_cap: string | null;
  readonly rank: number | null;
  readonly quoted_at: Date | null;
  readonly coin_id: string | null;
  readonly contracts: readonly { chain: string; address: string }[];
  readonly contracts_seen_at: Date | null;
  readonly active: boolean;
  /** In a coin of its own. */
  readonly alone: boolean;
  /** Of the decision in force; null: there is none. */
  readonly method: string | null;
  readonly decided_by: string;
  readonly settled: boolean;
  readonly evidence: readonly string[] | null;
  readonly candidates: readonly Candidate[] | null;
  readonly suspect: readonly string[] | null;
  /** Of a listing that a person keeps apart: from which. */
  readonly apart_from: readonly { readonly source: string; readonly source_coin_id: string }[] | null;
}

/** What a listing brings that was never seen before and is not stored yet; its `listing_id` is the one it will have. */
export type NewListing = Omit<
  NearListing,
  | 'coin_id'
  | 'alone'
  | 'method'
  | 'decided_by'
  | 'settled'
  | 'evidence'
  | 'candidates'
  | 'suspect'
  | 'apart_from'
>;

/** As one that nothing was decided on. Field by field: spreading takes ten times as long. */
export function asNear(listing: NewListing): NearListing {
  return {
    listing_id: listing.listing_id,
    source: listing.source,
    source_coin_id: listing.source_coin_id,
    symbol_key: listing.symbol_key,
    id_symbol_key: listing.id_symbol_key,
    symbol: listing.symbol,
    name: listing.name,
    id_name: listing.id_name,
    price: listing.price,
    market_cap: listing.market_cap,
    rank: listing.rank,
    quoted_at: listing.quoted_at,
    coin_id: null,
    contracts: listing.contracts,
    contracts_seen_at: listing.contracts_seen_at,
    active: listing.active,
    alone: true,
    method: null,
    decided_by: 'matcher',
    settled: false,
    evidence: null,
    candidates: null,
    suspect: null,
    apart_from: null,
  };
}

/** Whether a person has decided on it: nothing automatic ever touches that. */
export function isDecidedByPerson(row: NearListing): boolean {
  return row.decided_by !== 'matcher';
}

/** Not linked, or alone in its coin, whatever it was linked by: it may still find its own. */
export function isFree(row: NearListing): boolean {
  return row.coin_id === null || (row.alone && !isDecidedByPerson(row));
}

const undecided = new WeakMap<NearListing, ListingEvidence>();

/** As evidence of one that is to be decided on; made once for each. */
export function asUndecided(row: NearListing): ListingEvidence {
  const known = undecided.get(row);
  if (known) return known;
  const evidence = toEvidence(row, null);
  undecided.set(row, evidence);
  return evidence;
}

export function toEvidence(row: NearListing, coinId: string | null = row.coin_id): ListingEvidence {
  return {
    source: row.source,
    sourceCoinId: row.source_coin_id,
    symbol: row.symbol,
    name: row.name,
    idSymbol: row.id_symbol_key,
    idName: row.id_name,
    contracts: row.contracts,
    contractsSeenAt: row.contracts_seen_at,
    active: row.active,
    price: row.price,
    marketCap: row.market_cap,
    quotedAt: row.quoted_at,
    coinId,
    apartFrom: row.apart_from?.map((other) => ({ source: other.source, sourceCoinId: other.source_coin_id })),
  };
}
