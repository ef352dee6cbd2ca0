import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram, register } from 'prom-client';
import { Settings } from '../config/settings.js';
import type { PageCounts } from './page-writer.js';
import { RunEvents } from './run-events.js';
import type { RunOutcome } from './runs.js';
import type { CircuitState } from './source-circuit.js';
import type { Attempt } from './source-exchange.js';

const OUTCOMES = ['inserted', 'updated', 'unchanged', 'quarantined'] as const;
const ATTEMPTS = ['2xx', '3xx', '4xx', '5xx', 'error'] as const satisfies readonly Attempt['outcome'][];
const RUNS = ['success', 'failed', 'interrupted', 'lost'] as const satisfies readonly RunOutcome[];
const CIRCUIT = { closed: 0, half_open: 1, open: 2 } as const;

/** What this process did for its sources. Every series stands at 0 from the start. */
@Injectable()
export class IngestionMetrics extends RunEvents {
  private readonly requests = metric('mintmark_upstream_requests_total', () => {
    return new Counter({
      name: 'mintmark_upstream_requests_total',
      help: 'Requests to sources, by class of status; error: no answer.',
      labelNames: ['source', 'outcome'] as const,
    });
  });
  private readonly requestSeconds = metric('mintmark_upstream_request_duration_seconds', () => {
    return new Histogram({
      name: 'mintmark_upstream_request_duration_seconds',
      help: 'Time a request to a source took, with its body.',
      labelNames: ['source'] as const,
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    });
  });
  private readonly records = metric('mintmark_records_total', () => {
    return new Counter({
      name: 'mintmark_records_total',
      help: 'Records of sources, by what became of them.',
      labelNames: ['source', 'outcome'] as const,
    });
  });
  private readonly pages = metric('mintmark_pages_total', () => {
    return new Counter({
      name: 'mintmark_pages_total',
      help: 'Pages loaded.',
      labelNames: ['source'] as const,
    });
  });
  private readonly runs = metric('mintmark_runs_total', () => {
    return new Counter({
      name: 'mintmark_runs_total',
      help: 'Runs ended, by outcome; lost: another process took over.',
      labelNames: ['source', 'outcome'] as const,
    });
  });
  private readonly runSeconds = metric('mintmark_run_duration_seconds', () => {
    return new Histogram({
      name: 'mintmark_run_duration_seconds',
      help: 'Time a run took.',
      labelNames: ['source'] as const,
      buckets: [0.1, 0.5, 1, 5, 10, 30, 60, 300, 900],
    });
  });
  private readonly circuit = metric('mintmark_source_circuit_state', () => {
    return new Gauge({
      name: 'mintmark_source_circuit_state',
      help: 'Circuit breaker of a source: 0 closed, 1 half open, 2 open.',
      labelNames: ['source'] as const,
    });
  });

  constructor(settings: Settings) {
    super();
    for (const source of settings.SOURCES) {
      for (const outcome of ATTEMPTS) this.requests.inc({ source, outcome }, 0);
      for (const outcome of OUTCOMES) this.records.inc({ source, outcome }, 0);
      for (const outcome of RUNS) this.runs.inc({ source, outcome }, 0);
      this.pages.inc({ source }, 0);
      this.requestSeconds.zero({ source });
      this.runSeconds.zero({ source });
      this.circuit.set({ source }, CIRCUIT.closed);
    }
  }

  requestMade(source: string, outcome: Attempt['outcome'], seconds: number): void {
    this.requests.inc({ source, outcome });
    this.requestSeconds.observe({ source }, seconds);
  }

  pageLoaded(source: string, counts: PageCounts): void {
    this.pages.inc({ source });
    for (const outcome of OUTCOMES) this.records.inc({ source, outcome }, counts[outcome]);
  }

  runEnded(source: string, outcome: RunOutcome, seconds: number): void {
    this.runs.inc({ source, outcome });
    this.runSeconds.observe({ source }, seconds);
  }

  circuitChanged(source: string, state: CircuitState): void {
    this.circuit.set({ source }, CIRCUIT[state]);
  }
}

/** prom-client's registry is the process's; a second app in it (as in tests) shares the series. */
function metric<T>(name: string, make: () => T): T {
  return (register.getSingleMetric(name) as T | undefined) ?? make();
}
