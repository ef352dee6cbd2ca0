import { numberOf } from './voting-listing.js';
import type { ListingNumbers } from './voting-listing.js';

/** Why some of a listing's numbers can't be right. The listing keeps them; its coin doesn't take them. */
export interface Doubt {
  readonly about: readonly (keyof ListingNumbers)[];
  /** For people. */
  readonly reason: string;
  /** The mistake may be in the price as well: the listing has no vote beside one without such a doubt. */
  readonly discredits: boolean;
}

/*
 * The limits are far outside what recorded pages of CoinGecko (2022, 2025), CoinPaprika (2021) and CoinMarketCap
 * (2017) hold of coins that are traded. They are meant to let a strange coin pass rather than to flag a real one.
 */

/** USD. All the wealth of the world was put at half of it in 2024. */
const MOST_MONEY = 1e15;

/**
 * A cap in USD that puts a coin among the first thirty. Every recorded one of such a size was traded each day for
 * 0.00065 of it or more. Below, funds and lending receipts (1/60 000 000 at a cap of 2.4 billion) are hardly traded
 * and real, so that there a small volume says nothing. An unknown volume never does.
 */
const GREAT_CAP = 1e10;
const LEAST_TURNOVER = 1e-6;

/** Never were there two hundred coins with such a cap (USD); who lists one beyond rank 1000 doesn't believe it. */
const LARGE_CAP = 1e9;
const FAR_DOWN = 1000;

/** Of volumes this large (USD) none recorded was more than twice its cap; small ones go up to 88 times. */
const LARGE_VOLUME = 1e9;
const MOST_TURNOVER = 100;

/** Percent. The largest rise recorded is one of 7 883. */
const MOST_RISE = 1e6;

/** What a listing says of itself against what it says. Pure; missing numbers are no evidence. */
export function doubtsOf(listing: ListingNumbers): Doubt[] {
  const price = numberOf(listing.price);
  const cap = numberOf(listing.marketCap);
  const volume = numberOf(listing.volume24h);
  const change = numberOf(listing.priceChange24h);
  const { rank } = listing;
  const doubts: Doubt[] = [];
  const doubt = (reason: string, about: Doubt['about'], discredits: boolean): void => {
    doubts.push({ about, reason, discredits });
  };

  if (price !== null && price > MOST_MONEY)
    doubt('a price above all the money in the world', ['price', 'marketCap', 'rank'], true);
  if (cap !== null && cap > MOST_MONEY)
    doubt('a market cap above all the money in the world', ['marketCap', 'rank'], true);
  if (cap !== null && volume !== null && cap >= GREAT_CAP && volume < cap * LEAST_TURNOVER)
    doubt(`a market cap of ${usd(cap)} on a day’s volume of ${usd(volume)}`, ['marketCap', 'rank'], true);
  if (cap !== null && rank !== null && cap >= LARGE_CAP && rank > FAR_DOWN)
    doubt(`a market cap of ${usd(cap)}, which the source itself ranks ${rank}`, ['marketCap'], true);
  if (volume !== null && volume > MOST_MONEY)
    doubt('a volume above all the money in the world', ['volume24h'], false);
  else if (volume !== null && cap !== null && volume >= LARGE_VOLUME && volume > cap * MOST_TURNOVER)
    doubt(
      `a day’s volume of ${usd(volume)} on a market cap of ${usd(cap)}`,
      ['volume24h', 'marketCap'],
      false,
    );
  if (change !== null && change < -100)
    doubt('a fall by more than 100 % in a day', ['priceChange24h'], false);
  if (change !== null && change > MOST_RISE)
    doubt(`a rise by more than ${MOST_RISE} % in a day`, ['priceChange24h'], false);
  return doubts;
}

/** Whether a listing as a whole isn't to be believed. */
export function isImplausible(doubts: readonly Doubt[]): boolean {
  return doubts.some(({ discredits }) => discredits);
}

/** Whether one of its numbers may be taken for its coin's. */
export function isBelieved(doubts: readonly Doubt[], number: keyof ListingNumbers): boolean {
  return !doubts.some(({ about }) => about.includes(number));
}

const usd = (amount: number): string =>
  amount < 1000 ? `${Number(amount.toPrecision(3))} USD` : `${short(amount)} USD`;

function short(amount: number): string {
  const units = [
    [1e12, 'trillion'],
    [1e9, 'billion'],
    [1e6, 'million'],
  ] as const;
  const unit = units.find(([size]) => amount >= size);
  return unit ? `${Number((amount / unit[0]).toPrecision(3))} ${unit[1]}` : String(Math.round(amount));
}
