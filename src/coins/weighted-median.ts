export interface Weighed {
  readonly price: number;
  /** Null or not positive: unknown. */
  readonly weight: number | null;
}

/**
 * The weighted median: always one of those given, which come in order of trust, so that ties go to the more
 * trusted. Undefined for none.
 *
 * A volume is what a source claims. It may choose between voters but not outvote them: of three or more, none
 * counts for as much as all the others together, so that one liar, however large its volume, never moves the
 * median beyond the others. Where a weight is unknown all weigh the same.
 */
export function weightedMedian<T extends Weighed>(voters: readonly T[]): T | undefined {
  const sorted = voters
    .map((voter, trust) => ({ voter, trust }))
    .sort((a, b) => a.voter.price - b.voter.price || a.trust - b.trust);
  const weights = weightsOf(sorted.map(({ voter }) => voter));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const heaviest = Math.max(...weights);

  if (sorted.length > 2 && heaviest * 2 >= total) {
    const inside = Math.min(Math.max(weights.indexOf(heaviest), 1), sorted.length - 2);
    return sorted[inside]?.voter;
  }
  let below = 0;
  for (const [index, candidate] of sorted.entries()) {
    below += weights[index] ?? 0;
    if (below * 2 > total) return candidate.voter;
    const next = sorted[index + 1];
    if (below * 2 === total && next !== undefined) {
      return next.trust < candidate.trust ? next.voter : candidate.voter;
    }
  }
  return sorted.at(-1)?.voter;
}

/** Relative to the largest: sums of absolute volumes could overflow. */
function weightsOf(voters: readonly Weighed[]): number[] {
  const weights = voters.map(({ weight }) => weight ?? 0);
  const largest = Math.max(...weights);
  return weights.every((weight) => weight > 0)
    ? weights.map((weight) => weight / largest)
    : weights.map(() => 1);
}
