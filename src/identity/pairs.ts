import { groupBy } from './group-by.js';
import { inOrder } from './listing-evidence.js';
import type { ReadEvidence } from './listing-evidence.js';

/** Of a namesake listed a hundred times a person needs to see some, not all. */
export const MOST_CANDIDATES = 10;

/** A key that so many pairs share is crowded without looking at each: they could be millions. */
const MOST_PAIRS = 10_000;

/** Every pair of two sources' listings; of a crowd only so many that each is seen with some. */
export function* pairsBetweenSources(
  listings: readonly ReadEvidence[],
): Generator<readonly [ReadEvidence, ReadEvidence, boolean]> {
  const bySource = [...groupBy(listings, ({ listing }) => [listing.source])];
  for (const [source, own] of bySource) {
    for (const [other, its] of bySource) {
      if (inOrder(source, other) >= 0) continue;
      const crowd = own.length * its.length > MOST_PAIRS;
      for (const [index, one] of own.entries()) {
        const partners = crowd && index >= MOST_CANDIDATES ? its.slice(0, MOST_CANDIDATES) : its;
        for (const two of partners) yield [one, two, crowd];
      }
    }
  }
}
