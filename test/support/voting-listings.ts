import { consensus } from '../../src/coins/consensus.js';
import type { Consensus, ConsensusContext, Vote } from '../../src/coins/consensus.js';
import type { VotingListing } from '../../src/coins/voting-listing.js';

export const NOW = new Date('2025-03-01T12:00:00Z');
export const before = (minutes: number): Date => new Date(NOW.getTime() - minutes * 60_000);

export const CONTEXT: ConsensusContext = {
  now: NOW,
  limitPercent: 5,
  preference: ['alpha', 'beta', 'gamma', 'delta', 'epsilon'],
  freshMinutes: (source) => (source === 'slow' ? 600 : 60),
};

/** A listing of a minute ago that says its price and, unless given more, nothing else. */
export function listing(
  source: string,
  price: string | null,
  more: Partial<VotingListing> = {},
): VotingListing {
  return {
    listingId: `${source}-1`,
    source,
    sourceCoinId: 'coin',
    price,
    marketCap: null,
    volume24h: null,
    priceChange24h: null,
    rank: null,
    quotedAt: before(1),
    ...more,
  };
}

export const decide = (...listings: VotingListing[]): Consensus => consensus(listings, CONTEXT);

/** The votes by source; of a second listing by its id. */
export const votes = (answer: Consensus): Record<string, Vote> =>
  Object.fromEntries(answer.votes.map(({ listingId, vote }) => [listingId.replace('-1', ''), vote]));

/** What the listing with this id is doubted for. */
export const doubts = (answer: Consensus, listingId: string): readonly string[] =>
  answer.votes.find((vote) => vote.listingId === listingId)?.doubts ?? [];
