import type { PageCounts } from './page-writer.js';
import type { RunOutcome } from './runs.js';
import type { CircuitState } from './source-circuit.js';
import type { Attempt } from './source-exchange.js';

/** What runs tell the process while they go on, in whichever of its threads. */
export abstract class RunEvents {
  abstract requestMade(source: string, outcome: Attempt['outcome'], seconds: number): void;
  abstract pageLoaded(source: string, counts: PageCounts): void;
  abstract runEnded(source: string, outcome: RunOutcome, seconds: number): void;
  abstract circuitChanged(source: string, state: CircuitState): void;
}
