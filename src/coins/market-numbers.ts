import type { Voter } from './electorate.js';
import { isBelieved } from './plausibility.js';
import type { ListingNumbers } from './voting-listing.js';
import { numberOf } from './voting-listing.js';

/** What a coin takes of its listings beside the price. */
type MarketNumbers = Omit<ListingNumbers, 'price'>;

interface Contested {
  readonly number: 'marketCap' | 'volume24h' | 'rank';
  readonly name: string;
  /** How many times one may be another. Measured: supplies half a year apart differ up to 29 times, ranks 4 times. */
  readonly factor: number;
  /** Which end of the scale puts a coin at the top: what is doubtful must not. */
  readonly top: 'large' | 'small';
  /** Whether the side with more trade behind it is right; of volumes themselves it would be the larger. */
  readonly tradeDecides: boolean;
}

const CONTESTED: readonly Contested[] = [
  { number: 'marketCap', name: 'market cap', factor: 10, top: 'large', tradeDecides: true },
  { number: 'rank', name: 'rank', factor: 10, top: 'small', tradeDecides: true },
  // Which exchanges count is each source's own choice.
  { number: 'volume24h', name: 'volume', factor: 1000, top: 'large', tradeDecides: false },
];

/**
 * The numbers beside the price: of the first of those who stand behind it that has them, and whom neither itself
 * nor the witnesses contradict. Witnesses are all who were heard, rejected ones too, in order of trust.
 */
export function marketNumbers(
  backers: readonly Voter[],
  witnesses: readonly Voter[],
): { numbers: MarketNumbers; contradicted: ReadonlyMap<Voter, readonly string[]> } {
  // Most coins have but one, whom nobody contradicts.
  const contested = witnesses.length < 2 ? [] : CONTESTED;
  const refused = new Map<keyof MarketNumbers, Map<Voter, string>>(
    contested.map((each) => [each.number, contradictions(witnesses, each)]),
  );
  const first = <N extends keyof MarketNumbers>(number: N): MarketNumbers[N] | null => {
    const voter = backers.find(
      (backer) => readNumber(backer, number) !== null && !refused.get(number)?.has(backer),
    );
    return voter?.listing[number] ?? null;
  };
  const contradicted = new Map<Voter, string[]>();
  for (const reasons of refused.values())
    for (const [voter, reason] of reasons)
      contradicted.set(voter, [...(contradicted.get(voter) ?? []), reason]);
  return {
    numbers: {
      marketCap: first('marketCap'),
      volume24h: first('volume24h'),
      priceChange24h: first('priceChange24h'),
      rank: first('rank'),
    },
    contradicted,
  };
}

/** The number as far as it is one and believed. */
function readNumber({ listing, doubts }: Voter, number: keyof MarketNumbers): number | null {
  if (!isBelieved(doubts, number)) return null;
  if (number === 'rank')
    return listing.rank !== null && Number.isInteger(listing.rank) && listing.rank > 0 ? listing.rank : null;
  const value = numberOf(listing[number]);
  return value === null || (value < 0 && number !== 'priceChange24h') ? null : value;
}

/**
 * Whose number more of the others contradict than support, with the reason. Two against each other: the side that
 * is traded more is right; where that can't be told, the modest one.
 */
function contradictions(witnesses: readonly Voter[], contested: Contested): Map<Voter, string> {
  const { number, name, factor, top } = contested;
  const said = witnesses.flatMap((voter) => {
    const value = readNumber(voter, number);
    // How far up it would put the coin; a cap of nothing is as far down as can be.
    return value === null ? [] : [{ voter, height: top === 'large' ? value : 1 / value }];
  });
  const refused = new Map<Voter, string>();
  for (const one of said) {
    const against = said.filter((other) => apart(one.height, other.height) > factor);
    const supporting = said.length - against.length;
    if (against.length < supporting) continue;
    if (against.length === supporting && !losesTie(one, said, against, contested)) continue;
    const sources = against.map(({ voter }) => voter.listing.source).join(', ');
    refused.set(one.voter, `its ${name} is more than ${factor} times off that of ${sources}`);
  }
  return refused;
}

interface Said {
  readonly voter: Voter;
  readonly height: number;
}

function losesTie(
  one: Said,
  said: readonly Said[],
  against: readonly Said[],
  { tradeDecides }: Contested,
): boolean {
  if (tradeDecides) {
    const mine = mostTraded(said.filter((other) => !against.includes(other)));
    const theirs = mostTraded(against);
    if (mine !== null && theirs !== null && mine !== theirs) return mine < theirs;
  }
  return against.every((other) => one.height > other.height);
}

/** Null unless all of them say their volume. */
function mostTraded(said: readonly Said[]): number | null {
  const weights = said.map(({ voter }) => voter.weight);
  return weights.includes(null) ? null : Math.max(...weights.map((weight) => weight ?? 0));
}

function apart(one: number, other: number): number {
  return one === other ? 1 : Math.max(one, other) / Math.min(one, other);
}
