import { Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { Settings } from '../config/settings.js';
import { maintainQuotePartitions } from '../database/quote-partitions.js';

/** Rows one DELETE takes at the most; a raw page has megabytes. What stops the process waits for one of these. */
const BATCH = 500;
/** In whose way a step is gets its turn: whoever waits behind a waiting DROP or DELETE waits as long. */
const STEP_LIMITS = `SET LOCAL lock_timeout = '2s'; SET LOCAL statement_timeout = '10s'`;

interface Part {
  readonly what: string;
  readonly table: 'raw_pages' | 'quarantine' | 'request_logs';
  readonly column: string;
  readonly days: number;
}

/** Lets go of what is older than its retention. Any replica may do it; a second one finds nothing. */
@Injectable()
export class Retention {
  private readonly logger = new Logger(Retention.name);
  private readonly parts: readonly Part[];

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly settings: Settings,
  ) {
    const { RAW_RETENTION_DAYS, REQUEST_LOG_RETENTION_DAYS } = settings;
    this.parts = [
      { what: 'raw pages', table: 'raw_pages', column: 'fetched_at', days: RAW_RETENTION_DAYS },
      {
        what: 'quarantined records',
        table: 'quarantine',
        column: 'quarantined_at',
        days: RAW_RETENTION_DAYS,
      },
      { what: 'request logs', table: 'request_logs', column: 'at', days: REQUEST_LOG_RETENTION_DAYS },
    ];
  }

  /** Ends with the step under way when told to stop. A table that can't be swept is left to the next sweep. */
  async sweep(now: Date, signal: AbortSignal): Promise<void> {
    const gone = [
      await this.attempt('months of quotes', signal, async () => {
        const { dropped } = await maintainQuotePartitions(
          this.dataSource,
          now,
          this.settings.QUOTE_RETENTION_DAYS,
          STEP_LIMITS,
        );
        return dropped.length;
      }),
    ];
    for (const part of this.parts)
      gone.push(await this.attempt(part.what, signal, () => this.deleteOlder(part, now, signal)));
    const said = gone.filter((line) => line !== null);
    if (said.length > 0) this.logger.log(`Past retention: ${said.join(', ')}`);
  }

  private async attempt(
    what: string,
    signal: AbortSignal,
    work: () => Promise<number>,
  ): Promise<string | null> {
    if (signal.aborted) return null;
    try {
      const count = await work();
      return count > 0 ? `${count} ${what}` : null;
    } catch (error) {
      this.logger.error(
        { err: error },
        `${what} past retention could not be let go of; the next sweep tries`,
      );
      return null;
    }
  }

  private async deleteOlder({ table, column, days }: Part, now: Date, signal: AbortSignal): Promise<number> {
    const before = new Date(now.getTime() - days * 86_400_000);
    let deleted = 0;
    while (!signal.aborted) {
      const count = await this.dataSource.transaction(async (manager) => {
        await manager.query(STEP_LIMITS);
        // The partition is part of a row's address: a ctid alone repeats among them. What another replica is
        // letting go of is left to it.
        const [, rows]: [unknown, number] = await manager.query(
          `DELETE FROM ${table} WHERE (tableoid, ctid) IN (
             SELECT tableoid, ctid FROM ${table} WHERE ${column} < $1 ORDER BY ${column} LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)`,
          [before],
        );
        return rows;
      });
      deleted += count;
      if (count < BATCH) break;
    }
    return deleted;
  }
}
