import { Injectable, Logger } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { CoinWriter } from '../coins/coin-writer.js';
import { ServiceUnavailable } from '../common/problem.js';
import { Settings } from '../config/settings.js';
import { Checkpoints } from './checkpoints.js';
import type { Claim, Obstacle, Trigger } from './checkpoints.js';
import { Runs } from './runs.js';
import type { RunOutcome } from './runs.js';

export type StartedRun = {
  readonly source: string;
  readonly runId: string;
  readonly ended: Promise<RunOutcome>;
};
export type RefusedRun = { readonly source: string; readonly obstacle: Obstacle };

/** A person isn't kept waiting longer for what carries out runs, which takes a second or two to start. */
const READY_MS = 4_000;

/** Starts runs and knows those of this process; who may run is decided by the checkpoint row. */
@Injectable()
export class IngestionService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(IngestionService.name);
  /** Claims and runs under way. */
  private readonly busy = new Set<Promise<unknown>>();
  private readonly stopping = new AbortController();

  constructor(
    private readonly checkpoints: Checkpoints,
    private readonly runs: Runs,
    private readonly coins: CoinWriter,
    private readonly settings: Settings,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.checkpoints.ensure(this.settings.SOURCES);
  }

  /** The running page commits or rolls back; then the run is released for the next process. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort(new Error('shutdown'));
    // A claim that was under way becomes a run, which ends at once.
    while (this.busy.size > 0) await Promise.allSettled(this.busy);
  }

  /** Starts a run of each source that is due, and doesn't wait for them. */
  async runDue(): Promise<readonly StartedRun[]> {
    if (this.stopping.signal.aborted) return [];
    const started: StartedRun[] = [];
    for (const source of await this.checkpoints.due(this.settings.SOURCES)) {
      const run = await this.start(source, 'schedule');
      if (run) started.push(run);
    }
    return started;
  }

  /**
   * Starts runs by a person's wish, due or not; a lease or a cool-down still stands in the way. Throws
   * `ServiceUnavailable` while stopping.
   */
  async runNow(
    sources: readonly string[],
  ): Promise<{ started: readonly StartedRun[]; refused: readonly RefusedRun[] }> {
    await this.readySoon();
    const started: StartedRun[] = [];
    const refused: RefusedRun[] = [];
    for (const source of sources) {
      const run = await this.start(source, 'manual');
      if (run) started.push(run);
      else if (this.stopping.signal.aborted)
        throw new ServiceUnavailable('This process is stopping and starts no run; ask again in a moment.');
      else refused.push({ source, obstacle: await this.checkpoints.obstacle(source) });
    }
    return { started, refused };
  }

  /** Coins whose quotes have become stale by time alone since they were loaded. */
  async refreshExpired(): Promise<void> {
    await this.coins.refreshExpired();
  }

  /** Before anything is claimed: a run must not begin after its asker was told that there is none. */
  private async readySoon(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(
          new ServiceUnavailable(
            'This process has just started and carries out no runs yet; ask again soon.',
          ),
        );
      }, READY_MS);
    });
    try {
      await Promise.race([this.runs.ready(), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  private async start(source: string, trigger: Trigger): Promise<StartedRun | null> {
    if (this.stopping.signal.aborted) return null;
    return this.tracked(this.claimAndRun(source, trigger));
  }

  private async claimAndRun(source: string, trigger: Trigger): Promise<StartedRun | null> {
    await this.runs.ready();
    if (this.stopping.signal.aborted) return null;
    const claim = await this.checkpoints.claim(source, trigger);
    if (!claim) return null;
    return { source, runId: claim.runId, ended: this.execute(claim) };
  }

  private execute(claim: Claim): Promise<RunOutcome> {
    for (const interrupted of claim.interrupted)
      this.logger.warn(
        `Run ${interrupted} of ${claim.source} was interrupted; run ${claim.runId} goes on at its page`,
      );
    return this.tracked(this.runs.run(claim, this.stopping.signal));
  }

  private tracked<T>(work: Promise<T>): Promise<T> {
    const tracked = work.finally(() => this.busy.delete(tracked));
    this.busy.add(tracked);
    return tracked;
  }
}
