import { hostname } from 'node:os';
import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { settingsHash, sourceSettings } from '../config/read-settings.js';
import { Settings } from '../config/settings.js';
import { bumpDataVersion } from '../database/data-version.js';
import { askPrepared } from '../database/prepared.js';
import * as sql from './checkpoint.queries.js';
import { forgetShapes } from './drift-baseline.js';
import type { Cursor, Memory } from './source-adapter.js';
import { SourceQuotaSpent } from './source-errors.js';

export type Trigger = 'schedule' | 'manual';

/** The right to write for a source, until another owner claims it with a higher fence. */
export interface Claim {
  readonly source: string;
  readonly runId: string;
  readonly fence: string;
  readonly cursor: Cursor | null;
  readonly memory: Memory;
  /** Runs of a process that went away, closed by this claim. */
  readonly interrupted: readonly string[];
}

export interface Obstacle {
  readonly leased: boolean;
  readonly coolDownSeconds: number;
  readonly errorMessage: string | null;
}

export interface Failure {
  readonly code: string;
  readonly message: string;
  /** What the source asked for; null: nothing. */
  readonly coolDownSeconds: number | null;
  readonly soon: boolean;
  /** Nothing of the pass was of use: the next one starts at the beginning, with the memory this one had. */
  readonly beginAnew: boolean;
}

/** Another owner came, or the run was closed already: nothing of it may be written any more. */
export class LeaseLost extends Error {
  constructor(source: string) {
    super(`${source} is not this run’s any more: another one has claimed it, or this one is closed already`);
    this.name = 'LeaseLost';
  }
}

/** Writes that share a run's end, as its page's writes share its step. */
type Also = (manager: EntityManager) => Promise<void>;

type Rows = readonly Readonly<Record<string, unknown>>[];

/** PostgreSQL counts no intervals of whatever length. */
const A_YEAR_MINUTES = 525_600;

/** The checkpoint row as lock, position and memory of a source. */
@Injectable()
export class Checkpoints {
  /** Who holds a lease: for people; what proves it is the fence. */
  readonly owner = `${hostname()}/${process.pid}/${randomBytes(3).toString('hex')}`;

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly settings: Settings,
  ) {}

  async ensure(sources: readonly string[]): Promise<void> {
    for (const source of sources)
      await this.dataSource.query(sql.ENSURE_CHECKPOINT, [
        source,
        this.settings.ETL_ON_STARTUP,
        this.scheduleSeconds(source),
        settingsHash(this.settings, source),
      ]);
  }

  async due(sources: readonly string[]): Promise<readonly string[]> {
    const rows: { source: string }[] = await this.dataSource.query(sql.DUE_SOURCES, [sources]);
    return rows.map((row) => row.source);
  }

  async claim(source: string, trigger: Trigger): Promise<Claim | null> {
    return this.dataSource.transaction(async (manager) => {
      await manager.query(sql.LOCK_CHECKPOINT, [source]);
      const rows: {
        run_id: string;
        fence: string;
        cursor: Cursor | null;
        memory: Memory;
        interrupted: string[];
      }[] = await manager.query(sql.CLAIM, [
        source,
        this.owner,
        this.settings.ETL_LEASE_SECONDS,
        trigger,
        trigger === 'schedule',
        this.patienceSeconds(source),
      ]);
      const row = rows[0];
      if (!row) return null;
      if (row.cursor === null) await forgetShapes(manager, source);
      await bumpDataVersion(manager);
      return {
        source,
        runId: row.run_id,
        fence: row.fence,
        cursor: row.cursor,
        memory: row.memory,
        interrupted: row.interrupted,
      };
    });
  }

  async obstacle(source: string): Promise<Obstacle> {
    const rows: { leased: boolean | null; cool_down_seconds: number | null; error_message: string | null }[] =
      await this.dataSource.query(sql.CLAIM_OBSTACLE, [source]);
    const row = rows[0];
    return {
      leased: row?.leased ?? false,
      coolDownSeconds: row?.cool_down_seconds ?? 0,
      errorMessage: row?.error_message ?? null,
    };
  }

  async renew(claim: Claim): Promise<void> {
    const [, touched] = await this.write(this.dataSource.manager, sql.RENEW_LEASE, [
      claim.source,
      claim.fence,
      this.settings.ETL_LEASE_SECONDS,
      claim.runId,
    ]);
    if (touched === 0) throw new LeaseLost(claim.source);
  }

  /** Counts one request against the source's month, and proves that the source is still ours. */
  async reserveRequest(claim: Claim, monthlyQuota: number | null): Promise<void> {
    const [, touched] = await this.write(this.dataSource.manager, sql.RESERVE_REQUEST, [
      claim.source,
      claim.fence,
      monthlyQuota,
    ]);
    if (touched > 0) return;
    const held: Rows = await this.dataSource.query(sql.HOLDS_FENCE, [claim.source, claim.fence]);
    if (held.length === 0) throw new LeaseLost(claim.source);
    throw new SourceQuotaSpent(
      `${claim.source}: all ${String(monthlyQuota)} requests of this month are used up`,
    );
  }

  async advance(
    manager: EntityManager,
    claim: Claim,
    step: { cursor: Cursor; memory: Memory | undefined; newListings: number; dataAsOf: Date | null },
  ): Promise<void> {
    const moved = await askPrepared(manager, sql.ADVANCE, [
      claim.source,
      claim.fence,
      JSON.stringify(step.cursor),
      step.memory === undefined ? null : JSON.stringify(step.memory),
      this.settings.ETL_LEASE_SECONDS,
      step.newListings,
      step.dataAsOf,
    ]);
    if (moved.length === 0) throw new LeaseLost(claim.source);
  }

  async finish(claim: Claim, warnings: readonly string[], also?: Also): Promise<void> {
    const schedule = this.scheduleSeconds(claim.source);
    const parameters = [claim.source, claim.fence, claim.runId, schedule, JSON.stringify(warnings)];
    await this.close(claim, sql.FINISH, parameters, also);
  }

  async fail(claim: Claim, warnings: readonly string[], failure: Failure, also?: Also): Promise<void> {
    const parameters = [
      claim.source,
      claim.fence,
      claim.runId,
      this.scheduleSeconds(claim.source),
      JSON.stringify(warnings),
      failure.code,
      failure.message,
      failure.coolDownSeconds,
      failure.soon,
      failure.beginAnew ? JSON.stringify(claim.memory) : null,
    ];
    await this.close(claim, sql.FAIL, parameters, also);
  }

  async release(claim: Claim, warnings: readonly string[]): Promise<void> {
    await this.close(claim, sql.RELEASE, [claim.source, claim.fence, claim.runId, JSON.stringify(warnings)]);
  }

  private scheduleSeconds(source: string): number {
    return sourceSettings(this.settings, source).scheduleMinutes * 60;
  }

  /** So long a pass may stand still: then what it began with would be loaded again anyway, or is stale. */
  private patienceSeconds(source: string): number {
    const { scheduleMinutes, freshMinutes } = sourceSettings(this.settings, source);
    return Math.min(Math.max(scheduleMinutes, freshMinutes), A_YEAR_MINUTES) * 60;
  }

  private async close(claim: Claim, statement: string, parameters: unknown[], also?: Also): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      // Before the checkpoint, as a page's writes are: the other order could be a deadlock with a late page.
      await also?.(manager);
      const [, touched] = await this.write(manager, statement, parameters);
      if (touched === 0) throw new LeaseLost(claim.source);
      await bumpDataVersion(manager);
    });
  }

  /** TypeORM answers an UPDATE with its rows and their count, whatever else the statement does. */
  private async write(
    manager: EntityManager,
    statement: string,
    parameters: unknown[],
  ): Promise<[Rows, number]> {
    return manager.query(statement, parameters);
  }
}
