/** What is compared of a run. */
export interface Measured {
  readonly duration_seconds: number | null;
  readonly pages: number;
  readonly extracted: number;
  readonly inserted: number;
  readonly quarantined: number;
}

export interface Usual extends Measured {
  /** Runs the medians are of. */
  readonly runs: number;
}

export interface Oddity {
  readonly metric: keyof Measured;
  readonly value: number;
  readonly usual: number;
  readonly message: string;
}

/** Fewer runs than this say nothing about what is usual. */
const ENOUGH_RUNS = 5;
const FACTOR = 3;
/** Differences smaller than this are not worth a word, whatever their factor. */
const SLACK: Record<keyof Measured, number> = {
  duration_seconds: 1,
  pages: 1,
  extracted: 10,
  inserted: 10,
  quarantined: 5,
};
const WORDS: Record<keyof Measured, string> = {
  duration_seconds: 'seconds',
  pages: 'pages',
  extracted: 'records',
  inserted: 'new records',
  quarantined: 'quarantined records',
};

/** Where a run is more than three times above or below its source's own median. */
export function unusual(run: Measured, usual: Usual): readonly Oddity[] {
  if (usual.runs < ENOUGH_RUNS) return [];
  return (Object.keys(WORDS) as (keyof Measured)[]).flatMap((metric) => {
    const value = run[metric];
    const median = usual[metric];
    if (value === null || median === null || Math.abs(value - median) <= SLACK[metric]) return [];
    if (value <= median * FACTOR && value >= median / FACTOR) return [];
    const message = `${round(value)} ${WORDS[metric]}, usually ${round(median)}`;
    return [{ metric, value: round(value), usual: round(median), message }];
  });
}

const round = (value: number): number => Math.round(value * 1000) / 1000;
