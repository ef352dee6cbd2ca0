import type { ReadEvidence } from './listing-evidence.js';

const HOUR = 3_600_000;
const PRICE_FACTOR = 2;

/** Why two listings can't be one coin, in words; null when nothing speaks against it. Beats every automatic rung. */
export function veto(one: ReadEvidence, other: ReadEvidence): string | null {
  return contractVeto(one, other) ?? priceVeto(one, other);
}

function contractVeto(one: ReadEvidence, other: ReadEvidence): string | null {
  for (const [chain, addresses] of one.contracts) {
    const others = other.contracts.get(chain);
    if (others !== undefined && ![...addresses].some((address) => others.has(address)))
      return `different contracts on ${chain}`;
  }
  return null;
}

/** Only prices of nearly the same moment say anything: two days are enough for a coin to double. */
function priceVeto(one: ReadEvidence, other: ReadEvidence): string | null {
  const [first, second] = [one.listing.quotedAt?.getTime() ?? NaN, other.listing.quotedAt?.getTime() ?? NaN];
  if (one.price === null || other.price === null || !(Math.abs(first - second) <= HOUR)) return null;
  const factor = Math.max(one.price, other.price) / Math.min(one.price, other.price);
  if (factor <= PRICE_FACTOR) return null;
  return `prices ${one.listing.price} and ${other.listing.price} at nearly the same time`;
}
