import { getHeapStatistics } from 'node:v8';
import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { LogOutput } from '../common/log-output.js';
import type { Settings } from '../config/settings.js';
import type { DatabaseUrl } from '../database/database-url.js';
import { Checkpoints, LeaseLost } from './checkpoints.js';
import type { Claim } from './checkpoints.js';
import { RunEvents } from './run-events.js';
import { failureOf } from './run-failure.js';
import { RunThread } from './run-thread.js';
import type { RunEvent, RunReport, RunThreadData } from './run-thread-messages.js';
import { Runs } from './runs.js';
import type { RunOutcome } from './runs.js';

/** How the thread of runs is started. */
export class RunThreadStart {
  readonly data: RunThreadData;
  readonly heapMegabytes: number;
  readonly sources: readonly string[];

  constructor(
    readonly file: string,
    settings: Settings,
    databaseUrl: DatabaseUrl,
    crosswalkFile: string,
  ) {
    this.data = {
      settings: Object.fromEntries(Object.entries(settings)),
      databaseUrl: databaseUrl.value,
      connections: connectionsOf(settings).runs,
      crosswalkFile,
    };
    this.heapMegabytes = heapMegabytesFor(settings);
    this.sources = settings.SOURCES;
  }
}

/**
 * Carries out runs in a thread of their own, so that nobody who asks the API waits for them. One that ends by itself
 * takes its runs with it, and nothing else: the next run has another.
 */
@Injectable()
export class ThreadedRuns extends Runs implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(ThreadedRuns.name);
  private thread: RunThread | null = null;

  constructor(
    private readonly start: RunThreadStart,
    private readonly checkpoints: Checkpoints,
    private readonly events: RunEvents,
    private readonly output: LogOutput,
  ) {
    super();
  }

  /** The first run finds it ready, or soon; nothing else waits for it. */
  onApplicationBootstrap(): void {
    this.current();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.thread?.end();
  }

  ready(): Promise<void> {
    return this.current().ready;
  }

  async run(claim: Claim, stop: AbortSignal): Promise<RunOutcome> {
    const started = performance.now();
    try {
      return await this.current().run(claim, stop);
    } catch (error) {
      this.logger.error({ err: error, source: claim.source }, `Run ${claim.runId} ended with its thread`);
      const outcome = await this.fail(claim, error);
      this.events.runEnded(claim.source, outcome, (performance.now() - started) / 1000);
      return outcome;
    }
  }

  private current(): RunThread {
    if (this.thread === null || this.thread.hasEnded) {
      // What the last one knew of the sources has gone with it.
      if (this.thread) for (const source of this.start.sources) this.events.circuitChanged(source, 'closed');
      this.thread = new RunThread(this.start, (report) => this.hear(report));
    }
    return this.thread;
  }

  private hear(report: RunReport): void {
    if (report.kind === 'line') this.output.write(report.line);
    if (report.kind === 'event') tell(this.events, report.event);
  }

  private async fail(claim: Claim, error: unknown): Promise<RunOutcome> {
    try {
      await this.checkpoints.fail(claim, [], failureOf(error));
    } catch (closing) {
      if (closing instanceof LeaseLost) return 'lost';
      // The lease runs out by itself and the next claimer closes the run.
      this.logger.error({ err: closing }, `Run ${claim.runId} could not be closed`);
    }
    return 'failed';
  }
}

function tell(events: RunEvents, { name, told }: RunEvent): void {
  (events[name] as (...told: unknown[]) => void).apply(events, told);
}

/** What all that is made of a megabyte of one answer takes, at most: 22 was measured, of 31 MB of CoinPaprika's tickers. */
const HEAP_OF_A_MEGABYTE = 32;
const LEAST_HEAP_MEGABYTES = 1024;

/**
 * As much as the largest answer needs, and no more than the process may have: the more a heap may take, the more garbage
 * is left lying in it.
 */
function heapMegabytesFor(settings: Settings): number {
  const needed = Math.max(LEAST_HEAP_MEGABYTES, settings.SOURCE_MAX_MEGABYTES * HEAP_OF_A_MEGABYTE);
  return Math.floor(Math.min(needed, getHeapStatistics().heap_size_limit / 2 ** 20));
}

/**
 * A replica's connections, shared out: one a run, and one for what all of them ask meanwhile. Fewer do, since one page
 * is written at a time. Half of them at least are the API's.
 */
export function connectionsOf(settings: Settings): { readonly runs: number; readonly api: number } {
  const runs = Math.min(settings.SOURCES.length + 1, Math.floor(settings.DATABASE_POOL_SIZE / 2));
  return { runs, api: settings.DATABASE_POOL_SIZE - runs };
}
