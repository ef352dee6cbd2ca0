import type { Move } from './listing-moves.js';

export interface Candidate {
  readonly source: string;
  readonly sourceCoinId: string;
}

/** A link in force that is in doubt. */
export interface Doubt {
  readonly link_id: string;
  readonly listing_id: string;
  readonly coin_id: string;
  readonly candidates: readonly Candidate[];
}

/**
 * The doubts of others that a decision ends, with the candidates they are left with: nobody is in doubt any more
 * about what a person has decided on, and a coin that has a source's listing looks for no other of that source.
 * `holds` says whether a coin has a listing of a source.
 */
export function solvedDoubts(
  doubts: readonly Doubt[],
  moves: readonly Move[],
  holds: (coinId: string, source: string) => boolean,
): Doubt[] {
  const key = (source: string, id: string): string => `${source}\0${id}`;
  const decided = new Set(moves.map((move) => key(move.source, move.source_coin_id)));
  const joined = new Set(moves.map((move) => move.coin_after));
  return doubts.flatMap((doubt) => {
    const candidates = doubt.candidates.filter(
      ({ source, sourceCoinId }) =>
        !decided.has(key(source, sourceCoinId)) &&
        !(joined.has(doubt.coin_id) && holds(doubt.coin_id, source)),
    );
    return candidates.length < doubt.candidates.length ? [{ ...doubt, candidates }] : [];
  });
}
