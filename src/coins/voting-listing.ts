/** What a source says of one asset, as it is stored. Money is decimal digits in USD; missing is null. */
export interface ListingNumbers {
  readonly price: string | null;
  readonly marketCap: string | null;
  readonly volume24h: string | null;
  /** Percent; negative when the price fell. */
  readonly priceChange24h: string | null;
  readonly rank: number | null;
}

/** One listing of a coin with its latest quote. */
export interface VotingListing extends ListingNumbers {
  readonly listingId: string;
  readonly source: string;
  readonly sourceCoinId: string;
  /** The source's own time of the quote; null when it gives none. */
  readonly quotedAt: Date | null;
}

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** For comparing only: what is served stays the source's own digits. */
export function numberOf(digits: string | null): number | null {
  if (digits === null || !DECIMAL.test(digits)) return null;
  const value = Number(digits);
  return Number.isFinite(value) ? value : null;
}
