/** A figure of several rounds. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
  readonly rounds: readonly number[];
}

export function spreadOf(rounds: readonly number[]): Spread {
  if (rounds.length === 0) throw new Error('nothing was measured');
  return {
    median: quantile(rounds, 0.5),
    least: Math.min(...rounds),
    most: Math.max(...rounds),
    rounds,
  };
}

/** Each round of one by the same round of the other, so that a machine that slows down slows both. */
export function ratioOf(rounds: readonly number[], others: readonly number[]): Spread {
  if (rounds.length !== others.length) throw new Error('rounds that were not run side by side');
  return spreadOf(rounds.map((round, at) => round / (others[at] ?? NaN)));
}

/** Between two values it is in proportion; of none it is NaN. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)] ?? NaN;
  const above = sorted[Math.ceil(at)] ?? NaN;
  return below + (above - below) * (at - Math.floor(at));
}
