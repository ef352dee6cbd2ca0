import {
  CircuitState as State,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
  isBrokenCircuitError,
  type CircuitBreakerPolicy,
} from 'cockatiel';
import { SourceUnavailable } from './source-errors.js';

export type CircuitState = 'closed' | 'open' | 'half_open';

/** One more than a request fails with the default retries: it takes two requests to give a source up. */
const FAILURES_TO_OPEN = 5;

/** Long enough for a restart or a failover of theirs, short beside the minutes between two runs of ours. */
const OPEN_MS = 60_000;

/** The source is not asked, after too many failures in a row. Trying again at once can't help. */
export class CircuitOpen extends SourceUnavailable {}

/** Spares a source that is down, and the run that would wait for it. */
export class SourceCircuit {
  private readonly policy: CircuitBreakerPolicy;
  private lastFailure: SourceUnavailable | null = null;

  constructor(
    private readonly source: string,
    changed: (state: CircuitState) => void,
  ) {
    this.policy = circuitBreaker(
      // While one request tries whether the source is back, any other end, such as a run that was stopped,
      // proves nothing: without this, it would close the circuit.
      handleWhen((error) => error instanceof SourceUnavailable || this.state === 'half_open'),
      { breaker: new ConsecutiveBreaker(FAILURES_TO_OPEN), halfOpenAfter: OPEN_MS },
    );
    this.policy.onStateChange(() => {
      changed(this.state);
    });
  }

  /** Stays `open` until the first request after the pause, which makes it `half_open`. */
  get state(): CircuitState {
    if (this.policy.state === State.Closed) return 'closed';
    return this.policy.state === State.HalfOpen ? 'half_open' : 'open';
  }

  /** What `ask` returns counts as an answer of the source, an error too; what it throws as a failure does not. */
  async run<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await this.policy.execute(ask);
    } catch (error) {
      if (error instanceof SourceUnavailable) this.lastFailure = error;
      if (!isBrokenCircuitError(error)) throw error;
      const last = this.lastFailure?.message ?? `${this.source} failed`;
      throw new CircuitOpen(`${last}; not asked again yet, circuit open after failures in a row`, {
        cause: this.lastFailure,
      });
    }
  }
}
