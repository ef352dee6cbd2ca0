import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { Exchanges } from './exchanges.js';
import type { Exchange } from './exchanges.js';
import { arrivedAt, requestId } from './request-id.middleware.js';
import { insertRequestLogs } from './request-log.queries.js';
import type { RequestLogRow } from './request-log.queries.js';

const QUEUE_ROWS = 10_000;
const BATCH_ROWS = 1_000;
const INTERVAL_MS = 1_000;
// What a replica may write in an interval, so that a storm of requests that ask nothing of the database doesn't
// become one of writing.
const BATCHES = 5;
const SHUTDOWN_MS = 2_000;
// As nginx writes it: the client went away before its answer was out.
const CLIENT_GONE = 499;

/** Records every request without one ever waiting for it: rows that can't be written are dropped and counted. */
@Injectable()
export class RequestLog implements OnApplicationBootstrap {
  private readonly logger = new Logger(RequestLog.name);
  private queue: RequestLogRow[] = [];
  private writing: Promise<void> | null = null;
  private timer: NodeJS.Timeout | null = null;
  private lost = false;
  private droppedRows = 0;

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    exchanges: Exchanges,
  ) {
    exchanges.onEnd((exchange) => {
      // Not even made when there is no room for it: then there are very many.
      if (this.isFull) this.droppedRows += 1;
      else this.record(rowOf(exchange));
    });
  }

  /** Requests that were not recorded since the start. */
  get dropped(): number {
    return this.droppedRows;
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      if (this.writing === null) void this.flush(BATCHES);
    }, INTERVAL_MS);
    this.timer.unref();
  }

  /** Writes what waits, if it can be done soon. */
  async close(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    let limit: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      limit = setTimeout(resolve, SHUTDOWN_MS);
    });
    await Promise.race([this.flush(), late]);
    clearTimeout(limit);
  }

  record(row: RequestLogRow): void {
    if (this.isFull) this.droppedRows += 1;
    else this.queue.push(row);
  }

  /** Writes what waits; resolves when it is written or dropped, and never rejects. */
  async flush(batches = Infinity): Promise<void> {
    // What a write under way leaves is for whoever wants everything written.
    if (this.writing !== null) await this.writing;
    this.writing ??= this.write(batches).finally(() => {
      this.writing = null;
    });
    await this.writing;
  }

  private get isFull(): boolean {
    return this.queue.length >= QUEUE_ROWS;
  }

  private async write(batches: number): Promise<void> {
    for (let written = 0; written < batches && this.queue.length > 0; written += 1) {
      const batch = this.queue.splice(0, BATCH_ROWS);
      try {
        await insertRequestLogs(this.dataSource, batch);
        if (this.lost)
          this.logger.log(`The request log is written again; ${this.droppedRows} rows were lost`);
        this.lost = false;
      } catch (error) {
        this.droppedRows += batch.length;
        // Once an outage, not once a second.
        if (!this.lost)
          this.logger.warn(`The request log can't be written, its rows are dropped: ${String(error)}`);
        this.lost = true;
      }
    }
  }
}

function rowOf({ req, res, route, complete, latencyMs }: Exchange): RequestLogRow {
  return {
    requestId: requestId(req),
    method: req.method ?? '',
    route,
    status: complete ? res.statusCode : CLIENT_GONE,
    latencyMs,
    at: arrivedAt(req),
  };
}
