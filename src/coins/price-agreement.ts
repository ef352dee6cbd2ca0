import { weightedMedian, type Weighed } from './weighted-median.js';

export interface Verdict<V extends Weighed> {
  readonly status: 'agreed' | 'single' | 'disputed';
  readonly served: V;
  /** The others that stand behind the served price, most trusted first. */
  readonly backers: readonly V[];
  /** With the reason. */
  readonly rejected: ReadonlyMap<V, string>;
}

/**
 * Which of the prices is served. They are positive and come in order of trust. Null when there are none.
 * Two are never told apart by arithmetic; of more, a strict majority must agree within the limit.
 */
export function judge<V extends Weighed>(voters: readonly V[], limitPercent: number): Verdict<V> | null {
  const [preferred, other] = voters;
  if (preferred === undefined) return null;
  if (other === undefined) return { status: 'single', served: preferred, backers: [], rejected: new Map() };

  const { kept, rejected } =
    voters.length === 2 ? { kept: voters, rejected: new Map() } : sift(voters, limitPercent);
  if (kept.length * 2 <= voters.length || (kept.length === 2 && apart(kept) > limit(limitPercent))) {
    // Whoever contradicts the served price may speak of another coin: its market cap must not stand beside it.
    const backers = voters.filter(
      (voter) => voter !== preferred && apart([voter, preferred]) <= limit(limitPercent),
    );
    return { status: 'disputed', served: preferred, backers, rejected: new Map() };
  }
  const served = weightedMedian(kept) ?? preferred;
  return { status: 'agreed', served, backers: kept.filter((voter) => voter !== served), rejected };
}

/** Rejects the farthest from the median, one at a time, until all that are left are within the limit of it. */
function sift<V extends Weighed>(
  voters: readonly V[],
  limitPercent: number,
): { kept: readonly V[]; rejected: Map<V, string> } {
  let kept = [...voters];
  const rejected = new Map<V, string>();
  for (;;) {
    const middle = median(kept);
    const deviation = (voter: V): number => (Math.abs(voter.price - middle) / middle) * 100;
    // `kept` is in order of trust, so `>=` lets the least trusted of equally far ones go first.
    const farthest = kept.reduce((worst, voter) => (deviation(voter) >= deviation(worst) ? voter : worst));
    if (deviation(farthest) <= limit(limitPercent)) return { kept, rejected };
    rejected.set(
      farthest,
      `${percent(deviation(farthest))} away from the median, more than ${limitPercent} %`,
    );
    kept = kept.filter((voter) => voter !== farthest);
  }
}

function median(voters: readonly Weighed[]): number {
  const prices = voters.map((voter) => voter.price).sort((a, b) => a - b);
  const upper = prices[prices.length >> 1] ?? NaN;
  const lower = prices[(prices.length - 1) >> 1] ?? NaN;
  return lower + (upper - lower) / 2;
}

/** Percent between the lowest and the highest, of the lowest. */
function apart(voters: readonly Weighed[]): number {
  const prices = voters.map((voter) => voter.price);
  const lowest = Math.min(...prices);
  return ((Math.max(...prices) - lowest) / lowest) * 100;
}

/** A little wider than asked, so that 1.05 is within 5 % of 1 in binary floating point too. */
function limit(limitPercent: number): number {
  return limitPercent * (1 + 1e-9);
}

function percent(value: number): string {
  return value > 1000 ? 'more than 1000 %' : `${value.toFixed(1)} %`;
}
