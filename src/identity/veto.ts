import type { ReadEvidence } from './listing-evidence.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const PRICE_FACTOR = 2;
/** A token moves to a new contract in weeks; what is further apart may be one coin before and after. */
const CONTRACTS_OF_ONE_TIME = 30 * DAY;

/** Why two listings can't be one coin, in words; null when nothing speaks against it. Beats every automatic rung. */
export function veto(one: ReadEvidence, other: ReadEvidence): string | null {
  if (areKeptApart(one, other)) return 'a person keeps them apart';
  const chain = differingChain(one, other);
  return chain !== null && contractsOfOneTime(one, other)
    ? `different contracts on ${chain}`
    : priceVeto(one, other);
}

export function areKeptApart(one: ReadEvidence, other: ReadEvidence): boolean {
  return one.apartFrom.has(other.key) || other.apartFrom.has(one.key);
}

/**
 * A chain on which both have contracts, none of which is in common there or on another; null when there is none. A token
 * of several chains moves on one of them, and one source hears of it later than the other.
 */
export function differingChain(one: ReadEvidence, other: ReadEvidence): string | null {
  let differing: string | null = null;
  for (const [chain, addresses] of one.contracts) {
    const others = other.contracts.get(chain);
    if (others === undefined) continue;
    if ([...addresses].some((address) => others.has(address))) return null;
    differing ??= chain;
  }
  return differing;
}

/** Whether the prices of two listings are of nearly the same moment: two days are enough for a coin to double. */
export function quotedTogether(one: ReadEvidence, other: ReadEvidence): boolean {
  const [first, second] = [one.listing.quotedAt?.getTime() ?? NaN, other.listing.quotedAt?.getTime() ?? NaN];
  return Math.abs(first - second) <= HOUR;
}

/** How many times the larger is the smaller; null when one is missing. */
export function factor(one: number | null, other: number | null): number | null {
  return one === null || other === null ? null : Math.max(one, other) / Math.min(one, other);
}

/** Two addresses contradict each other only when both are known to be of one time. */
function contractsOfOneTime(one: ReadEvidence, other: ReadEvidence): boolean {
  const [first, second] = [one.listing.contractsSeenAt, other.listing.contractsSeenAt];
  if (first === null || second === null) return false;
  return Math.abs(first.getTime() - second.getTime()) <= CONTRACTS_OF_ONE_TIME;
}

function priceVeto(one: ReadEvidence, other: ReadEvidence): string | null {
  const apart = factor(one.price, other.price);
  if (apart === null || apart <= PRICE_FACTOR || !quotedTogether(one, other)) return null;
  return `prices ${one.listing.price} and ${other.listing.price} at nearly the same time`;
}
