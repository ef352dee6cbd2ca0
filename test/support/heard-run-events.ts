import { RunEvents } from '../../src/ingestion/run-events.js';
import type { CircuitState } from '../../src/ingestion/source-circuit.js';

/** Of what runs tell, keeps how the circuits stand. */
export class HeardRunEvents extends RunEvents {
  private readonly circuits = new Map<string, CircuitState>();

  requestMade(): void {}

  pageLoaded(): void {}

  runEnded(): void {}

  circuitChanged(source: string, state: CircuitState): void {
    this.circuits.set(source, state);
  }

  /** As everybody takes it to stand before anything is told. */
  circuitOf(source: string): CircuitState {
    return this.circuits.get(source) ?? 'closed';
  }
}
