import { Injectable, Logger } from '@nestjs/common';
import type {
  BeforeApplicationShutdown,
  OnApplicationBootstrap,
  OnApplicationShutdown,
} from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { Settings } from '../config/settings.js';
import { isDatabaseUnavailable } from '../database/database-errors.js';
import { IngestionService } from '../ingestion/ingestion.service.js';
import { Retention } from './retention.js';

const RETENTION_EVERY_MS = 3_600_000;

/** Something to do at a tick, on its own: what it waits for and how it fails is nothing to the others. */
interface Job {
  readonly what: string;
  /** 0: at every tick. */
  readonly everyMs: number;
  work(signal: AbortSignal): Promise<unknown>;
}

/**
 * Looks every few seconds at what is due. Each replica ticks; the database decides who acts. A job never overlaps
 * itself, and shutdown waits for those under way, which @nestjs/schedule alone does not.
 */
@Injectable()
export class Ticker implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly logger = new Logger(Ticker.name);
  private readonly stopping = new AbortController();
  private readonly underWay = new Map<Job, Promise<void>>();
  private readonly dueAt = new Map<Job, number>();
  private readonly jobs: readonly Job[];

  constructor(
    private readonly scheduler: SchedulerRegistry,
    ingestion: IngestionService,
    retention: Retention,
    private readonly settings: Settings,
  ) {
    this.jobs = [
      { what: 'starting what is due', everyMs: 0, work: () => ingestion.runDue() },
      { what: 'deriving what has expired', everyMs: 0, work: () => ingestion.refreshExpired() },
      {
        what: 'letting go of what is past retention',
        everyMs: RETENTION_EVERY_MS,
        work: (signal) => retention.sweep(new Date(), signal),
      },
    ];
  }

  onApplicationBootstrap(): void {
    this.scheduler.addInterval(
      'ingestion',
      setInterval(() => {
        this.tick();
      }, this.settings.ETL_TICK_SECONDS * 1000),
    );
    this.tick();
  }

  beforeApplicationShutdown(): void {
    this.stopping.abort();
    if (this.scheduler.doesExist('interval', 'ingestion')) this.scheduler.deleteInterval('ingestion');
  }

  /** Only once the door is closed: what is under way here must not keep it open. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.underWay.values());
  }

  private tick(): void {
    if (this.stopping.signal.aborted) return;
    const now = Date.now();
    for (const job of this.jobs) {
      if (this.underWay.has(job) || now < (this.dueAt.get(job) ?? 0)) continue;
      this.dueAt.set(job, now + job.everyMs);
      this.underWay.set(
        job,
        this.attempt(job).finally(() => this.underWay.delete(job)),
      );
    }
  }

  private async attempt(job: Job): Promise<void> {
    try {
      await job.work(this.stopping.signal);
    } catch (error) {
      // Its next turn tries again; a tick that threw would end the process.
      if (isDatabaseUnavailable(error))
        this.logger.warn(`The database is away; ${job.what} is tried again at its next turn`);
      else this.logger.error({ err: error }, `${job.what} failed`);
    }
  }
}
