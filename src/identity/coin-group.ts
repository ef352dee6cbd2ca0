import type { ListingKey } from './listing-evidence.js';
import type { Rung } from './rungs.js';

export type LinkMethod = 'crosswalk' | Rung['method'] | 'own';

/** A listing that might be the same coin, and why that was left undecided. */
export interface Candidate extends ListingKey {
  /** Null when it is to found a coin of its own. */
  readonly coinId: string | null;
  readonly why: string;
}

export interface Member extends ListingKey {
  readonly method: LinkMethod;
  /** 0 to 1. */
  readonly confidence: number;
  /** In words. */
  readonly evidence: readonly string[];
  /** Only of a listing that stays its own coin: not empty means ambiguous. */
  readonly candidates: readonly Candidate[];
}

/** Fresh listings that are one coin. */
export interface CoinGroup {
  /** The coin they join, which the crosswalk may name before it exists; null: they found a new one. */
  readonly coinId: string | null;
  readonly members: readonly Member[];
}

/** Of a listing that meets no other. */
export function ownMember({ source, sourceCoinId }: ListingKey): Member {
  return {
    source,
    sourceCoinId,
    method: 'own',
    confidence: 1,
    evidence: ['no other source has a free listing with its contract, or with its symbol and name'],
    candidates: [],
  };
}
