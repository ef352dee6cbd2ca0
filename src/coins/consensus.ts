import { divergence } from './divergence.js';
import type { Divergence } from './divergence.js';
import { CLOCK_SKEW, electorate, freshFor, voterOf } from './electorate.js';
import type { Electorate, Freshness, Voter } from './electorate.js';
import { marketNumbers } from './market-numbers.js';
import { doubtsOf, isBelieved, isImplausible } from './plausibility.js';
import type { Doubt } from './plausibility.js';
import { judge } from './price-agreement.js';
import type { Verdict } from './price-agreement.js';
import { byTrust } from './source-trust.js';
import type { ListingNumbers, VotingListing } from './voting-listing.js';

export interface ConsensusContext extends Freshness {
  /** Percent two prices may differ before they disagree. */
  readonly limitPercent: number;
  /** Source names, most trusted first; a source not named comes after those that are. */
  readonly preference: readonly string[];
}

export const PRICE_STATUSES = ['agreed', 'single', 'disputed', 'implausible', 'stale', 'unpriced'] as const;
type PriceStatus = (typeof PRICE_STATUSES)[number];

export const VOTES = [
  'counted',
  'rejected',
  'implausible',
  'duplicate',
  'stale',
  'undated',
  'unpriced',
] as const;
export type Vote = (typeof VOTES)[number];

export interface ListingVote {
  readonly listingId: string;
  readonly vote: Vote;
  /** For people; says nothing that changes by time alone, so that an unchanged vote is an unchanged row. */
  readonly reason: string;
  /** Why some of its numbers aren't believed. */
  readonly doubts: readonly string[];
  /** Whether the listing as a whole isn't, by itself: it keeps its numbers, and says so. */
  readonly implausible: boolean;
}

export interface Consensus extends ListingNumbers {
  readonly status: PriceStatus;
  /** The time of the quote whose price is served. */
  readonly asOf: Date | null;
  /** When the answer may change by time alone: the first fresh quote's expiry, as a rule. Null: never. */
  readonly freshUntil: Date | null;
  /** Null unless fresh quotes of two sources can be compared. */
  readonly divergence: Divergence | null;
  /** One for each listing, most trusted source first. */
  readonly votes: readonly ListingVote[];
}

/**
 * What the sources agree a coin costs. Pure: the same listings and context give the same answer, in whatever
 * order the listings come.
 */
export function consensus(listings: readonly VotingListing[], context: ConsensusContext): Consensus {
  const ordered = [...listings].sort(byTrust(context.preference));
  const priced = ordered.flatMap((listing) => voterOf(listing, context.now) ?? []);
  const electors = electorate(priced, context);
  const verdict = judge(electors.voters, context.limitPercent);
  const { numbers, contradicted } = marketNumbers(
    verdict === null ? [] : [verdict.served, ...verdict.backers],
    electors.voters,
  );
  return {
    price: verdict?.served.listing.price ?? null,
    ...numbers,
    status: statusOf(verdict, electors, ordered),
    asOf: dateOf(verdict?.served.quotedAt ?? null),
    freshUntil: nextChange(electors.fresh ? electors.present : [], priced, context),
    divergence: electors.fresh ? divergence(electors.representatives) : null,
    votes: ordered.map((listing) => {
      const voter = priced.find((candidate) => candidate.listing === listing);
      const doubts = voter?.doubts ?? doubtsOf(listing);
      return {
        listingId: listing.listingId,
        ...(voter === undefined ? unpriced(listing, doubts) : voteOf(voter, electors, verdict, context)),
        doubts: [...doubts.map(({ reason }) => reason), ...((voter && contradicted.get(voter)) ?? [])],
        implausible: isImplausible(doubts),
      };
    }),
  };
}

type Voted = Pick<ListingVote, 'vote' | 'reason'>;

function statusOf(
  verdict: Verdict<Voter> | null,
  { fresh }: Electorate,
  listings: readonly VotingListing[],
): PriceStatus {
  if (verdict === null)
    return listings.some((listing) => !isBelieved(doubtsOf(listing), 'price')) ? 'implausible' : 'unpriced';
  if (isImplausible(verdict.served.doubts)) return 'implausible';
  return fresh ? verdict.status : 'stale';
}

function voteOf(
  voter: Voter,
  electors: Electorate,
  verdict: Verdict<Voter> | null,
  context: ConsensusContext,
): Voted {
  if (verdict !== null && electors.voters.includes(voter)) return ballot(voter, verdict, context);
  if (electors.representatives.includes(voter))
    return { vote: 'implausible', reason: 'its numbers are not to be believed, and others are' };
  if (electors.present.includes(voter))
    return { vote: 'duplicate', reason: `${voter.listing.source} votes by another listing of it` };
  return absence(voter, context);
}

function ballot(voter: Voter, verdict: Verdict<Voter>, { limitPercent }: ConsensusContext): Voted {
  const rejection = verdict.rejected.get(voter);
  if (rejection !== undefined) return { vote: 'rejected', reason: rejection };
  return { vote: 'counted', reason: standing(verdict.status, voter === verdict.served, limitPercent) };
}

function standing(status: Verdict<Voter>['status'], served: boolean, limitPercent: number): string {
  if (status === 'single') return 'the only price of its time';
  if (status === 'agreed') return `agrees within ${limitPercent} %${served ? ' and is served' : ''}`;
  return `no majority agrees within ${limitPercent} %; ${served ? 'the most trusted is served' : 'a more trusted one is served'}`;
}

function unpriced({ price }: VotingListing, doubts: readonly Doubt[]): Voted {
  if (price === null) return { vote: 'unpriced', reason: 'it has no price' };
  return isBelieved(doubts, 'price')
    ? { vote: 'unpriced', reason: 'its price is not positive' }
    : { vote: 'implausible', reason: 'its price is not to be believed' };
}

function absence({ listing, quotedAt }: Voter, context: ConsensusContext): Voted {
  if (quotedAt === null)
    return { vote: 'undated', reason: 'it has no credible time of its own, and a dated price exists' };
  const quoted = new Date(quotedAt).toISOString();
  const minutes = context.freshMinutes(listing.source);
  return { vote: 'stale', reason: `quoted at ${quoted}; newer ones exist, and it lasts ${minutes} minutes` };
}

/**
 * All who are present are asked, rejected ones too: when one of them expires, the median and the majority are
 * others. A quote from the future gets its vote when its time has come.
 */
function nextChange(
  present: readonly Voter[],
  priced: readonly Voter[],
  context: ConsensusContext,
): Date | null {
  const expiries = present.map((voter) => (voter.quotedAt ?? Infinity) + freshFor(voter.listing, context));
  const arrivals = priced
    .filter((voter) => voter.quotedAt === null)
    .map((voter) => (voter.listing.quotedAt?.getTime() ?? Infinity) - CLOCK_SKEW)
    .filter((time) => !Number.isNaN(time));
  return dateOf(Math.min(...expiries, ...arrivals));
}

function dateOf(time: number | null): Date | null {
  const date = new Date(time ?? NaN);
  return Number.isNaN(date.getTime()) ? null : date;
}
