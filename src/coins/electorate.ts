import { doubtsOf, isBelieved, isImplausible } from './plausibility.js';
import type { Doubt } from './plausibility.js';
import { numberOf } from './voting-listing.js';
import type { VotingListing } from './voting-listing.js';

/** A listing with a price, and with what comparing needs as numbers. */
export interface Voter {
  readonly listing: VotingListing;
  readonly price: number;
  /** Volume; null when unknown or not believed. */
  readonly weight: number | null;
  /** Milliseconds; null for an undated quote. */
  readonly quotedAt: number | null;
  readonly doubts: readonly Doubt[];
}

export interface Electorate {
  /** Whether they are fresh; else they are the newest there are. */
  readonly fresh: boolean;
  /** All whose quotes are of the time that counts. */
  readonly present: readonly Voter[];
  /** One of each source among them. */
  readonly representatives: readonly Voter[];
  /** Those who vote: the plausible, or all where none is. */
  readonly voters: readonly Voter[];
}

export interface Freshness {
  readonly now: Date;
  /** Minutes a quote of this source stays fresh. */
  readonly freshMinutes: (source: string) => number;
}

const MINUTE = 60_000;

/** Clocks of sources run ahead by minutes at most; a time beyond that is a mistake, and so no time at all. */
export const CLOCK_SKEW = 15 * MINUTE;

/** Null for a listing without a price that could be one. */
export function voterOf(listing: VotingListing, now: Date): Voter | null {
  const price = numberOf(listing.price);
  const doubts = doubtsOf(listing);
  if (price === null || price <= 0 || !isBelieved(doubts, 'price')) return null;
  const time = listing.quotedAt?.getTime() ?? NaN;
  return {
    listing,
    price,
    weight: isBelieved(doubts, 'volume24h') ? numberOf(listing.volume24h) : null,
    quotedAt: Number.isNaN(time) || time > now.getTime() + CLOCK_SKEW ? null : time,
    doubts,
  };
}

/**
 * Who may vote, of voters in order of trust. Without a fresh quote the newest one decides as of its own time: an old
 * price is better than none.
 */
export function electorate(priced: readonly Voter[], freshness: Freshness): Electorate {
  const freshAt = (moment: number): Voter[] =>
    priced.filter(
      (voter) => voter.quotedAt !== null && moment - voter.quotedAt < freshFor(voter.listing, freshness),
    );
  const fresh = freshAt(freshness.now.getTime());
  if (fresh.length > 0) return { fresh: true, ...franchise(fresh) };
  const newest = Math.max(...priced.map((voter) => voter.quotedAt ?? -Infinity));
  return { fresh: false, ...franchise(newest === -Infinity ? priced : freshAt(newest)) };
}

export function freshFor(listing: VotingListing, { freshMinutes }: Freshness): number {
  return freshMinutes(listing.source) * MINUTE;
}

/** A source has one vote: a second listing of it would be the same mistake twice. */
function franchise(present: readonly Voter[]): Omit<Electorate, 'fresh'> {
  const chosen = new Map<string, Voter>();
  for (const voter of present) {
    const rival = chosen.get(voter.listing.source);
    if (rival === undefined || speaksFor(voter, rival)) chosen.set(voter.listing.source, voter);
  }
  const representatives = present.filter((voter) => chosen.get(voter.listing.source) === voter);
  const plausible = representatives.filter(({ doubts }) => !isImplausible(doubts));
  return { present, representatives, voters: plausible.length > 0 ? plausible : representatives };
}

/** The plausible listing of a source speaks for it, then the more traded one; of equals the first stays. */
function speaksFor(voter: Voter, rival: Voter): boolean {
  const [mine, its] = [voter, rival].map(({ doubts }) => isImplausible(doubts));
  if (mine !== its) return its === true;
  return (voter.weight ?? 0) > (rival.weight ?? 0);
}
