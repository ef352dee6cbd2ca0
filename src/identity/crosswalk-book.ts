import type { CrosswalkEntry } from './crosswalk.js';
import { listingKey } from './listing-evidence.js';
import type { ListingKey } from './listing-evidence.js';

/** The curated crosswalk, as it was read at start. */
export class CrosswalkBook {
  private readonly coins: ReadonlyMap<string, string>;

  constructor(readonly entries: readonly CrosswalkEntry[]) {
    this.coins = new Map(entries.map((entry) => [listingKey(entry), entry.coinId]));
  }

  /** The coins these listings are, of those it knows. */
  coinsOf(listings: readonly ListingKey[]): readonly string[] {
    return [...new Set(listings.flatMap((listing) => this.coins.get(listingKey(listing)) ?? []))];
  }
}
