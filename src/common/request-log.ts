import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { NextFunction, Request, Response } from 'express';
import { DataSource } from 'typeorm';
import { arrivedAt, latencyMs, requestId } from './request-id.middleware.js';
import { insertRequestLogs } from './request-log.queries.js';
import type { RequestLogRow } from './request-log.queries.js';
import { routeTemplate } from './route-template.js';

const QUEUE_ROWS = 10_000;
const BATCH_ROWS = 1_000;
const INTERVAL_MS = 1_000;
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

  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /** Requests that were not recorded since the start. */
  get dropped(): number {
    return this.droppedRows;
  }

  readonly middleware = (req: Request, res: Response, next: NextFunction): void => {
    res.once('close', () => {
      this.record({
        requestId: requestId(req),
        method: req.method,
        route: routeTemplate(req),
        status: res.writableFinished ? res.statusCode : CLIENT_GONE,
        latencyMs: latencyMs(req),
        at: arrivedAt(req),
      });
    });
    next();
  };

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.flush(), INTERVAL_MS);
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
    if (this.queue.length >= QUEUE_ROWS) {
      this.droppedRows += 1;
      return;
    }
    this.queue.push(row);
    if (this.queue.length >= BATCH_ROWS) void this.flush();
  }

  /** Writes what waits; resolves when it is written or dropped, and never rejects. */
  flush(): Promise<void> {
    this.writing ??= this.writeAll().finally(() => {
      this.writing = null;
    });
    return this.writing;
  }

  private async writeAll(): Promise<void> {
    while (this.queue.length > 0) {
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
