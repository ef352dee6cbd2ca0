import type { Voter } from './electorate.js';

/** How far the sources' prices of a coin are apart. */
export interface Divergence {
  /** Percent of the lower price, to four digits: what is shown as equal is a tie. */
  readonly percent: number;
  readonly lowestListingId: string;
  readonly highestListingId: string;
}

/** Prices of further apart differ because the market moved; identity takes the same hour for nearly the same time. */
const NEARLY_THE_SAME_TIME = 3_600_000;

/** Beyond it is absurd, however much; prices that floating point can't divide come here too. */
const MOST_PERCENT = 1e12;

/**
 * The two prices furthest apart among fresh quotes, one of each source, that are of nearly the same time. Null when
 * there are no two. They come in order of trust, which decides between pairs equally far apart.
 */
export function divergence(quotes: readonly Voter[]): Divergence | null {
  let widest: Divergence | null = null;
  for (const [index, one] of quotes.entries()) {
    for (const other of quotes.slice(index + 1)) {
      if (one.quotedAt === null || other.quotedAt === null) continue;
      if (Math.abs(one.quotedAt - other.quotedAt) > NEARLY_THE_SAME_TIME) continue;
      const [lowest, highest] = one.price <= other.price ? [one, other] : [other, one];
      const percent = rounded(((highest.price - lowest.price) / lowest.price) * 100);
      if (widest === null || percent > widest.percent)
        widest = {
          percent,
          lowestListingId: lowest.listing.listingId,
          highestListingId: highest.listing.listingId,
        };
    }
  }
  return widest;
}

function rounded(percent: number): number {
  return percent > MOST_PERCENT ? MOST_PERCENT : Math.round(percent * 10_000) / 10_000;
}
