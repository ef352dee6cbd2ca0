import { Injectable, Logger } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { Settings } from '../config/settings.js';
import { isDatabaseUnavailable } from '../database/database-errors.js';
import { IngestionService } from '../ingestion/ingestion.service.js';
import { Retention } from './retention.js';

const RETENTION_EVERY_MS = 3_600_000;

/**
 * Looks every few seconds at what is due. Each replica ticks; the database decides who acts. A tick never
 * overlaps the one before, and shutdown waits for it, which @nestjs/schedule alone does not.
 */
@Injectable()
export class Ticker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(Ticker.name);
  private ticking: Promise<void> | null = null;
  private stopped = false;
  private retentionDueAt = 0;

  constructor(
    private readonly scheduler: SchedulerRegistry,
    private readonly ingestion: IngestionService,
    private readonly retention: Retention,
    private readonly settings: Settings,
  ) {}

  onApplicationBootstrap(): void {
    this.scheduler.addInterval(
      'ingestion',
      setInterval(() => {
        this.tick();
      }, this.settings.ETL_TICK_SECONDS * 1000),
    );
    this.tick();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    if (this.scheduler.doesExist('interval', 'ingestion')) this.scheduler.deleteInterval('ingestion');
    await this.ticking;
  }

  private tick(): void {
    if (this.stopped || this.ticking) return;
    this.ticking = this.work().finally(() => {
      this.ticking = null;
    });
  }

  private async work(): Promise<void> {
    try {
      await this.ingestion.runDue();
      await this.ingestion.refreshExpired();
      if (Date.now() >= this.retentionDueAt) {
        this.retentionDueAt = Date.now() + RETENTION_EVERY_MS;
        await this.retention.sweep(new Date());
      }
    } catch (error) {
      // The next tick tries again; a tick that threw would end the process.
      if (isDatabaseUnavailable(error)) this.logger.warn('The database is away; the next tick tries again');
      else this.logger.error(error);
    }
  }
}
