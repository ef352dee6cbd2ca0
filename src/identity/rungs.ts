import { groupBy } from './group-by.js';
import type { ReadEvidence } from './listing-evidence.js';

/** One step of the ladder: what two listings must share. */
export interface Rung {
  readonly method: 'contract' | 'symbol_name';
  readonly confidence: number;
  /** Listings with a key in common may be one coin. A key that two coins of one source have decides nothing. */
  keys(listing: ReadEvidence): readonly string[];
  /** What two listings with this key in common share, in words; null when that isn't enough for this step. */
  shared(one: ReadEvidence, other: ReadEvidence, key: string): string | null;
  /** What speaks against it nevertheless; null when nothing does. */
  against?(one: ReadEvidence, other: ReadEvidence): string | null;
}

/**
 * Equal names too are looked for by their bare form: where a source lists both "Acme" and "Acme Token" it is open
 * which of the two another source means by "Acme".
 */
const bySymbolAndBareName = ({ symbol, bare }: ReadEvidence): string[] => [`${symbol}\0${bare}`];

const byContract = ({ contracts }: ReadEvidence): string[] =>
  [...contracts].flatMap(([chain, addresses]) => [...addresses].map((address) => `${address} on ${chain}`));

const named = ({ listing }: ReadEvidence): string => `${listing.symbol} "${listing.name}"`;

/** The ladder below the crosswalk, strongest first, for these listings. */
export function ladder(listings: readonly ReadEvidence[]): readonly Rung[] {
  const namesakes = namesakesAmong(listings);
  return [
    {
      method: 'contract',
      confidence: 0.99,
      keys: byContract,
      shared: (one, other, key) =>
        one.symbol === other.symbol
          ? `same contract ${key} and same symbol ${one.listing.symbol}`
          : one.bare === other.bare
            ? `same contract ${key} and same name "${one.listing.name}"`
            : null,
    },
    {
      method: 'contract',
      confidence: 0.95,
      keys: byContract,
      shared: (one, other, key) => `same contract ${key}, of ${named(one)} and ${named(other)}`,
      // A wrapped coin may carry the address of what it wraps; one of the two then has its namesake elsewhere.
      against: (one, other) =>
        namesakes(one, other) || namesakes(other, one)
          ? 'one of them has a namesake in the other source'
          : null,
    },
    {
      method: 'symbol_name',
      confidence: 0.95,
      keys: bySymbolAndBareName,
      shared: (one, other) =>
        one.name === other.name
          ? `same symbol ${one.listing.symbol} and same name "${one.listing.name}"`
          : null,
    },
    {
      method: 'symbol_name',
      confidence: 0.9,
      keys: bySymbolAndBareName,
      shared: (one, other) =>
        `same symbol, and names that differ in generic words only: ${named(one)} and ${named(other)}`,
    },
  ];
}

/** Whether the other's source lists something else under the one's symbol and name. */
function namesakesAmong(
  listings: readonly ReadEvidence[],
): (one: ReadEvidence, other: ReadEvidence) => boolean {
  const byName = groupBy(listings, bySymbolAndBareName);
  return (one, other) =>
    bySymbolAndBareName(one).some((key) =>
      byName
        .get(key)
        ?.some((namesake) => namesake !== other && namesake.listing.source === other.listing.source),
    );
}
