import { Injectable } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnModuleDestroy } from '@nestjs/common';
import { ConnectionDrain } from './connection-drain.js';
import { RequestLog } from './request-log.js';

/**
 * The end of the frame, in its order: say so, answer what was asked, write down that it was. In one place, because
 * Nest's own order among global modules is chance.
 */
@Injectable()
export class FrameShutdown implements OnModuleDestroy, BeforeApplicationShutdown {
  constructor(
    private readonly drain: ConnectionDrain,
    private readonly requestLog: RequestLog,
  ) {}

  onModuleDestroy(): void {
    this.drain.begin();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.drain.finish();
    await this.requestLog.close();
  }
}
