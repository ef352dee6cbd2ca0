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
  readonly contracts: readonly { readonly chain: string; readonly address: string }[];
  readonly price: string | null;
  readonly quotedAt: Date | null;
  /** The coin it is linked to already; null when that is to be decided. */
  readonly coinId: string | null;
}

/** The same, spelled so that listings of different sources can be compared. */
export interface ReadEvidence {
  readonly listing: ListingEvidence;
  readonly key: string;
  readonly symbol: string;
  readonly name: string;
  /** The name without generic words and gaps. */
  readonly bare: string;
  /** Addresses by chain. */
  readonly contracts: ReadonlyMap<string, ReadonlySet<string>>;
  /** Null when missing or not positive. */
  readonly price: number | null;
}

export function listingKey({ source, sourceCoinId }: ListingKey): string {
  return `${source}\0${sourceCoinId}`;
}

export function readEvidence(listing: ListingEvidence): ReadEvidence {
  const name = normaliseName(listing.name);
  const price = Number(listing.price ?? NaN);
  return {
    listing,
    key: listingKey(listing),
    symbol: normaliseSymbol(listing.symbol),
    name,
    bare: bareName(name),
    contracts: contractsOf(listing),
    price: Number.isFinite(price) && price > 0 ? price : null,
  };
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
