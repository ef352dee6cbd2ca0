import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { HealthIndicatorService } from '@nestjs/terminus';
import type { HealthIndicatorResult } from '@nestjs/terminus';
import { DataSource } from 'typeorm';
import { ConnectionDrain } from '../common/connection-drain.js';
import { ReadCache } from '../common/read-cache.js';
import { SharedRead } from '../common/shared-read.js';
import { isDatabaseUnavailable } from '../database/database-errors.js';
import { within } from '../database/within.js';

const PATIENCE_MS = 1_000;

/** Migrations need no check: the server listens only when they are done. */
@Injectable()
export class ReadyIndicator {
  private readonly database = new SharedRead(() => within(PATIENCE_MS, this.dataSource.query('SELECT 1')));

  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly drain: ConnectionDrain,
    private readonly cache: ReadCache,
    @InjectDataSource() private readonly dataSource: DataSource,
  ) {}

  notDraining(): HealthIndicatorResult {
    const check = this.indicators.check('serving');
    return this.drain.draining ? check.down('shutting down') : check.up();
  }

  async canAnswer(): Promise<HealthIndicatorResult> {
    const check = this.indicators.check('data');
    try {
      await this.database.ask();
      return check.up({ from: 'database' });
    } catch (error) {
      if (!isDatabaseUnavailable(error)) throw error;
      return this.cache.canAnswer ? check.up({ from: 'cache' }) : check.down('the database is away');
    }
  }
}
