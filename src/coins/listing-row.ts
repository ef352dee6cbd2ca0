import type { VotingListing } from './voting-listing.js';

/** The columns of a listing that its coin's consensus is made of. */
export interface ListingRow {
  readonly listing_id: string;
  readonly source: string;
  readonly source_coin_id: string;
  readonly price: string | null;
  readonly market_cap: string | null;
  readonly volume_24h: string | null;
  readonly price_change_24h: string | null;
  readonly rank: number | null;
  readonly quoted_at: Date | null;
}

export function toVotingListing(row: ListingRow): VotingListing {
  return {
    listingId: row.listing_id,
    source: row.source,
    sourceCoinId: row.source_coin_id,
    price: row.price,
    marketCap: row.market_cap,
    volume24h: row.volume_24h,
    priceChange24h: row.price_change_24h,
    rank: row.rank,
    quotedAt: row.quoted_at,
  };
}
