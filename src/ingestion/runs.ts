import type { Claim } from './checkpoints.js';

export type RunOutcome = 'success' | 'failed' | 'interrupted' | 'lost';

/** Where claimed runs are carried out. */
export abstract class Runs {
  /** Resolves once a run could begin at once: before that nothing is claimed, since a lease would run meanwhile. */
  abstract ready(): Promise<void>;

  /** Never throws: what goes wrong is the run's outcome. `stop` is the process's wish to end. */
  abstract run(claim: Claim, stop: AbortSignal): Promise<RunOutcome>;
}
