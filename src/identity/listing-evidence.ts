import { groupBy } from './group-by.js';
import { bareName, normaliseAddress, normaliseChain, normaliseName, normaliseSymbol } from './normalise.js';

export interface ListingKey {
  readonly source: string;
  readonly sourceCoinId: string;
}

/** What is known of a listing that tells which coin it is; everything as its source spells it. */
export interface ListingEvidence extends ListingKey {
  readonly symbol: string;
  readonly name: string;
  /** What its id calls it, where the source makes ids of names: an id stays when the name changes. */
  readonly idSymbol: string | null;
  readonly idName: string | null;
  readonly contracts: readonly { readonly chain: string; readonly address: string }[];
  /** When its source last gave these contracts; null when that isn't known. */
  readonly contractsSeenAt: Date | null;
  /** Whether its source still follows it. */
  readonly active: boolean;
  readonly price: string | null;
  readonly marketCap: string | null;
  readonly quotedAt: Date | null;
  /** The coin it is linked to already; null when that is to be decided. */
  readonly coinId: string | null;
  /** Listings that a person says it is not. */
  readonly apartFrom?: readonly ListingKey[];
}

/** The same, spelled so that listings of different sources can be compared. */
export interface ReadEvidence {
  readonly listing: ListingEvidence;
  readonly key: string;
  readonly symbol: string;
  /** Its symbol, and the one in its id. */
  readonly symbols: readonly string[];
  readonly name: string;
  /** The name without generic words and gaps. */
  readonly bare: string;
  /** The name in its id; empty when it has none. */
  readonly idName: string;
  readonly idBare: string;
  /** Addresses by chain. */
  readonly contracts: ReadonlyMap<string, ReadonlySet<string>>;
  /** Null when missing or not positive. */
  readonly price: number | null;
  readonly marketCap: number | null;
  /** Keys of listings that a person says it is not. */
  readonly apartFrom: ReadonlySet<string>;
}

export function listingKey({ source, sourceCoinId }: ListingKey): string {
  return `${source}\0${sourceCoinId}`;
}

export function readEvidence(listing: ListingEvidence): ReadEvidence {
  const symbol = normaliseSymbol(listing.symbol);
  const name = normaliseName(listing.name);
  const idName = normaliseName(listing.idName ?? '');
  return {
    listing,
    key: listingKey(listing),
    symbol,
    symbols: [...new Set([symbol, normaliseSymbol(listing.idSymbol ?? listing.symbol)])],
    name,
    bare: bareName(name),
    idName,
    idBare: bareName(idName),
    contracts: contractsOf(listing),
    price: positive(listing.price),
    marketCap: positive(listing.marketCap),
    apartFrom: new Set((listing.apartFrom ?? []).map(listingKey)),
  };
}

/** Whether a listing shares a symbol or a contract, in any spelling, with one of another source among these. */
export function contestedAmong(listings: readonly ListingEvidence[]): (listing: ListingEvidence) => boolean {
  /** Of each key its source; null: it has several. */
  const sourceOf = new Map<string, string | null>();
  for (const listing of listings)
    for (const key of contestableKeys(listing)) {
      const known = sourceOf.get(key);
      if (known === undefined) sourceOf.set(key, listing.source);
      else if (known !== listing.source) sourceOf.set(key, null);
    }
  return (listing) => {
    for (const key of contestableKeys(listing)) if (sourceOf.get(key) === null) return true;
    return false;
  };
}

const keysKnown = new WeakMap<ListingEvidence, ReadonlySet<string>>();

/** Its symbols and contracts, spelled so that they can be compared; worked out once for each. */
export function contestableKeys(listing: ListingEvidence): ReadonlySet<string> {
  const known = keysKnown.get(listing);
  if (known) return known;
  const { symbol, idSymbol, contracts } = listing;
  const keys = new Set([normaliseSymbol(symbol), normaliseSymbol(idSymbol ?? symbol)]);
  for (const { chain, address } of contracts)
    keys.add(`${normaliseChain(chain)}\0${normaliseAddress(chain, address)}`);
  keysKnown.set(listing, keys);
  return keys;
}

function positive(decimal: string | null): number | null {
  const value = Number(decimal ?? NaN);
  return Number.isFinite(value) && value > 0 ? value : null;
}

/** In an order of their own: a source's order of chains must not show in what is decided. */
function contractsOf({ contracts }: ListingEvidence): Map<string, ReadonlySet<string>> {
  const spelled = contracts
    .map(({ chain, address }) => ({
      chain: normaliseChain(chain),
      address: normaliseAddress(chain, address),
    }))
    .filter(({ chain, address }) => chain !== '' && address !== '')
    .sort((a, b) => inOrder(a.chain, b.chain) || inOrder(a.address, b.address));
  const byChain = groupBy(spelled, ({ chain }) => [chain]);
  return new Map([...byChain].map(([chain, own]) => [chain, new Set(own.map(({ address }) => address))]));
}

/** By code unit: the same on every machine, unlike a locale's order. */
export function inOrder(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
