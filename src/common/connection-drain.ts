import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Exchanges } from './exchanges.js';

// A busy client sends its next request within a round trip; the answer to it ends its connection.
const LINGER_MS = 250;
const GRACE_MS = 10_000;

/**
 * Lets the server end soon without cutting anybody off. From `begin` on every answer says `Connection: close`, so
 * that busy clients leave by themselves; `finish` stops listening and waits for them.
 */
@Injectable()
export class ConnectionDrain {
  private readonly logger = new Logger(ConnectionDrain.name);
  private begun = false;
  private closingIdle = false;

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly exchanges: Exchanges,
  ) {
    exchanges.onEnd(() => {
      // One whose headers had gone out before could not say it; its connection is idle one turn from now.
      if (this.closingIdle) setImmediate(() => this.server.closeIdleConnections());
    });
  }

  /** No longer ready: said by `/health/ready`, so that no new clients are sent here. */
  get draining(): boolean {
    return this.begun;
  }

  readonly middleware = (_req: IncomingMessage, res: ServerResponse, next: () => void): void => {
    if (this.begun) closeAfter(res);
    next();
  };

  begin(): void {
    this.begun = true;
    for (const res of this.exchanges.open) closeAfter(res);
  }

  /** Resolves when no connection is left. */
  async finish(graceMs = GRACE_MS): Promise<void> {
    this.begin();
    const { server } = this;
    // Not http's own `close`: it begins with cutting connections that are idle only because the next request is
    // on its way. Afterwards Nest finds the server closed.
    const closed = new Promise<true>((resolve) => {
      NetServer.prototype.close.call(server, () => resolve(true));
    });
    if (await settles(closed, LINGER_MS)) return;
    this.closingIdle = true;
    server.closeIdleConnections();
    if (await settles(closed, graceMs)) return;
    const open = this.exchanges.open.length;
    if (open > 0)
      this.logger.warn(`Cut off requests that took longer than ${graceMs / 1000} s to finish: ${open}`);
    server.closeAllConnections();
    await closed;
  }

  private get server(): Server {
    return this.host.httpAdapter.getHttpServer() as Server;
  }
}

function closeAfter(res: ServerResponse): void {
  if (!res.headersSent) res.setHeader('Connection', 'close');
}

async function settles(promise: Promise<true>, ms: number): Promise<boolean> {
  const timer = new AbortController();
  try {
    return await Promise.race([promise, delay(ms, false, { signal: timer.signal })]);
  } finally {
    timer.abort();
  }
}
