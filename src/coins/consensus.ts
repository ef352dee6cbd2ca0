import { judge, type Verdict } from './price-agreement.js';

/** One listing of a coin with its latest quote. Money is decimal digits; missing is null. */
export interface VotingListing {
  readonly listingId: string;
  readonly source: string;
  readonly price: string | null;
  readonly marketCap: string | null;
  readonly volume24h: string | null;
  /** Percent; negative when the price fell. */
  readonly priceChange24h: string | null;
  readonly rank: number | null;
  /** The source's own time of the quote; null when it gives none. */
  readonly quotedAt: Date | null;
}

export interface ConsensusContext {
  readonly now: Date;
  /** Percent two prices may differ before they disagree. */
  readonly limitPercent: number;
  /** Source names, most trusted first; a source not named comes after those that are. */
  readonly preference: readonly string[];
  /** Minutes a quote of this source stays fresh. */
  readonly freshMinutes: (source: string) => number;
}

export type PriceStatus = 'agreed' | 'single' | 'disputed' | 'stale' | 'unpriced';
export type Vote = 'counted' | 'rejected' | 'stale' | 'undated' | 'unpriced';

export interface ListingVote {
  readonly listingId: string;
  readonly vote: Vote;
  /** For people; says nothing that changes by time alone, so that an unchanged vote is an unchanged row. */
  readonly reason: string;
}

export interface Consensus {
  readonly price: string | null;
  readonly marketCap: string | null;
  readonly volume24h: string | null;
  readonly priceChange24h: string | null;
  readonly rank: number | null;
  readonly status: PriceStatus;
  /** The time of the quote whose price is served. */
  readonly asOf: Date | null;
  /** When the answer may change by time alone: the first fresh voter's expiry, as a rule. Null: never. */
  readonly freshUntil: Date | null;
  /** One for each listing, most trusted source first. */
  readonly votes: readonly ListingVote[];
}

/** A listing with what comparing needs as numbers; what is served stays the source's own digits. */
interface Voter {
  readonly listing: VotingListing;
  readonly price: number;
  /** Volume; null when unknown. */
  readonly weight: number | null;
  /** Milliseconds; null for an undated quote. */
  readonly quotedAt: number | null;
}

const MINUTE = 60_000;

/** Clocks of sources run ahead by minutes at most; a time beyond that is a mistake, and so no time at all. */
const CLOCK_SKEW = 15 * MINUTE;

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * What the sources agree a coin costs. Pure: the same listings and context give the same answer, in whatever
 * order the listings come. Listing ids must be unique.
 */
export function consensus(listings: readonly VotingListing[], context: ConsensusContext): Consensus {
  const ordered = [...listings].sort(byTrust(context.preference));
  const priced = ordered.flatMap((listing) => voterOf(listing, context.now) ?? []);
  const { fresh, voters } = electorate(priced, context);
  const verdict = judge(voters, context.limitPercent);
  const served = verdict?.served.listing;
  const counted = verdict === null ? [] : [verdict.served, ...verdict.backers].map((voter) => voter.listing);
  return {
    price: served?.price ?? null,
    marketCap: first(counted, (listing) => amount(listing.marketCap)),
    volume24h: first(counted, (listing) => amount(listing.volume24h)),
    priceChange24h: first(counted, ({ priceChange24h }) =>
      numberOf(priceChange24h) === null ? null : priceChange24h,
    ),
    rank: first(counted, ({ rank }) => (rank !== null && Number.isInteger(rank) && rank > 0 ? rank : null)),
    status: verdict === null ? 'unpriced' : fresh ? verdict.status : 'stale',
    asOf: dateOf(verdict?.served.quotedAt ?? null),
    freshUntil: nextChange(fresh ? voters : [], priced, context),
    votes: ordered.map((listing) => {
      const voter = priced.find((candidate) => candidate.listing === listing);
      if (voter === undefined) return unpriced(listing);
      return verdict !== null && voters.includes(voter)
        ? ballot(voter, verdict, context)
        : absence(voter, context);
    }),
  };
}

/** Who may vote. Without a fresh quote the newest one decides as of its own time: an old price is better than none. */
function electorate(
  priced: readonly Voter[],
  context: ConsensusContext,
): { fresh: boolean; voters: Voter[] } {
  const freshAt = (moment: number): Voter[] =>
    priced.filter(
      (voter) => voter.quotedAt !== null && moment - voter.quotedAt < freshFor(voter.listing, context),
    );
  const fresh = freshAt(context.now.getTime());
  if (fresh.length > 0) return { fresh: true, voters: fresh };
  const newest = Math.max(...priced.map((voter) => voter.quotedAt ?? -Infinity));
  return { fresh: false, voters: newest === -Infinity ? [...priced] : freshAt(newest) };
}

function ballot(voter: Voter, verdict: Verdict<Voter>, { limitPercent }: ConsensusContext): ListingVote {
  const { listingId } = voter.listing;
  const rejection = verdict.rejected.get(voter);
  if (rejection !== undefined) return { listingId, vote: 'rejected', reason: rejection };
  const served = voter === verdict.served;
  const reason = {
    single: 'the only price of its time',
    agreed: `agrees within ${limitPercent} %${served ? ' and is served' : ''}`,
    disputed: `no majority agrees within ${limitPercent} %; ${served ? 'the most trusted is served' : 'a more trusted one is served'}`,
  }[verdict.status];
  return { listingId, vote: 'counted', reason };
}

function unpriced({ listingId, price }: VotingListing): ListingVote {
  return {
    listingId,
    vote: 'unpriced',
    reason: price === null ? 'it has no price' : 'its price is not positive',
  };
}

function absence(voter: Voter, context: ConsensusContext): ListingVote {
  const { listingId, source } = voter.listing;
  if (voter.quotedAt === null) {
    return {
      listingId,
      vote: 'undated',
      reason: 'it has no credible time of its own, and a dated price exists',
    };
  }
  const quoted = new Date(voter.quotedAt).toISOString();
  const minutes = context.freshMinutes(source);
  return {
    listingId,
    vote: 'stale',
    reason: `quoted at ${quoted}; newer ones exist, and it lasts ${minutes} minutes`,
  };
}

/**
 * Rejected voters are asked too: when one of them expires, the median and the majority are others. A quote from
 * the future gets its vote when its time has come.
 */
function nextChange(
  fresh: readonly Voter[],
  priced: readonly Voter[],
  context: ConsensusContext,
): Date | null {
  const expiries = fresh.map((voter) => (voter.quotedAt ?? Infinity) + freshFor(voter.listing, context));
  const arrivals = priced
    .filter((voter) => voter.quotedAt === null)
    .map((voter) => (voter.listing.quotedAt?.getTime() ?? Infinity) - CLOCK_SKEW)
    .filter((time) => !Number.isNaN(time));
  return dateOf(Math.min(...expiries, ...arrivals));
}

function freshFor(listing: VotingListing, context: ConsensusContext): number {
  return context.freshMinutes(listing.source) * MINUTE;
}

function voterOf(listing: VotingListing, now: Date): Voter | null {
  const price = numberOf(listing.price);
  if (price === null || price <= 0) return null;
  const time = listing.quotedAt?.getTime() ?? NaN;
  const quotedAt = Number.isNaN(time) || time > now.getTime() + CLOCK_SKEW ? null : time;
  return { listing, price, weight: numberOf(listing.volume24h), quotedAt };
}

function dateOf(time: number | null): Date | null {
  const date = new Date(time ?? NaN);
  return Number.isNaN(date.getTime()) ? null : date;
}

function numberOf(digits: string | null): number | null {
  if (digits === null || !DECIMAL.test(digits)) return null;
  const value = Number(digits);
  return Number.isFinite(value) ? value : null;
}

function amount(digits: string | null): string | null {
  return (numberOf(digits) ?? -1) < 0 ? null : digits;
}

function first<T>(listings: readonly VotingListing[], read: (listing: VotingListing) => T | null): T | null {
  for (const listing of listings) {
    const value = read(listing);
    if (value !== null) return value;
  }
  return null;
}

function byTrust(preference: readonly string[]): (a: VotingListing, b: VotingListing) => number {
  const place = (source: string): number => {
    const index = preference.indexOf(source);
    return index === -1 ? preference.length : index;
  };
  const text = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return (a, b) =>
    place(a.source) - place(b.source) || text(a.source, b.source) || text(a.listingId, b.listingId);
}
