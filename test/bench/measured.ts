import { spreadOf } from './spread.js';
import type { Spread } from './spread.js';

/** What was measured for a row. */
export interface Figure {
  readonly spread: Spread;
  /** What the number alone doesn't say. */
  readonly note?: string;
}

/** By the keys of the rows. */
export type Measured = Map<string, Figure>;

/** A figure that there is only one of. */
export function single(value: number, note?: string): Figure {
  return { spread: spreadOf([value]), note };
}
