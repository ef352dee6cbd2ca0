import type { CrosswalkLine } from './crosswalk.js';
import { listingKey } from './listing-evidence.js';
import type { ListingKey } from './listing-evidence.js';

/** The curated crosswalk, as it was read at start. */
export class CrosswalkBook {
  private readonly coins: ReadonlyMap<string, string>;
  private readonly named: ReadonlySet<string>;

  constructor(readonly entries: readonly CrosswalkLine[]) {
    this.coins = new Map(entries.map((entry) => [listingKey(entry), entry.coinId]));
    this.named = new Set(entries.map((entry) => entry.coinId));
  }

  /** Whether it calls a coin so. */
  names(coinId: string): boolean {
    return this.named.has(coinId);
  }

  /** The coins these listings are, of those it knows. */
  coinsOf(listings: readonly ListingKey[]): readonly string[] {
    return [...new Set(listings.flatMap((listing) => this.coins.get(listingKey(listing)) ?? []))];
  }
}
