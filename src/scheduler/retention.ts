import { Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { Settings } from '../config/settings.js';
import { maintainQuotePartitions } from '../database/quote-partitions.js';

/** Rows one DELETE takes at the most, so that no sweep holds its locks for long. */
const BATCH = 5_000;

/** Lets go of what is older than its retention. Any replica may do it; a second one finds nothing. */
@Injectable()
export class Retention {
  private readonly logger = new Logger(Retention.name);

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly settings: Settings,
  ) {}

  async sweep(now: Date): Promise<void> {
    const { RAW_RETENTION_DAYS, QUOTE_RETENTION_DAYS, REQUEST_LOG_RETENTION_DAYS } = this.settings;
    const { dropped } = await maintainQuotePartitions(this.dataSource, now, QUOTE_RETENTION_DAYS);
    const rawPages = await this.deleteOlder('raw_pages', 'fetched_at', RAW_RETENTION_DAYS, now);
    const quarantined = await this.deleteOlder('quarantine', 'quarantined_at', RAW_RETENTION_DAYS, now);
    const requests = await this.deleteOlder('request_logs', 'at', REQUEST_LOG_RETENTION_DAYS, now);
    if (dropped.length + rawPages + quarantined + requests > 0)
      this.logger.log(
        `Past retention: ${rawPages} raw pages, ${quarantined} quarantined records, ${requests} request logs, ` +
          `${dropped.length} months of quotes`,
      );
  }

  private async deleteOlder(table: string, column: string, days: number, now: Date): Promise<number> {
    const before = new Date(now.getTime() - days * 86_400_000);
    let deleted = 0;
    for (;;) {
      // The partition is part of a row's address: a ctid alone repeats among them. What another replica is
      // letting go of is left to it.
      const [, count]: [unknown, number] = await this.dataSource.query(
        `DELETE FROM ${table} WHERE (tableoid, ctid) IN (
           SELECT tableoid, ctid FROM ${table} WHERE ${column} < $1 ORDER BY ${column} LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)`,
        [before],
      );
      deleted += count;
      if (count < BATCH) return deleted;
    }
  }
}
