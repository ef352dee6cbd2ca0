import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Injectable, Logger } from '@nestjs/common';
import type { BeforeApplicationShutdown } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';

const GRACE_MS = 10_000;

/**
 * Lets a server end soon without cutting an answer off, in two steps. From `begin` on every answer says
 * `Connection: close`, so that busy clients go elsewhere by themselves. `end` closes the connections that nobody
 * uses, now and as they fall idle, so that the server's own `close` isn't held up by them.
 */
@Injectable()
export class ConnectionDrain implements BeforeApplicationShutdown {
  private readonly logger = new Logger(ConnectionDrain.name);
  private readonly open = new Set<ServerResponse>();
  private begun = false;
  private ending = false;

  constructor(private readonly host: HttpAdapterHost) {}

  /** No longer ready: said by `/health/ready`, so that no new clients are sent here. */
  get draining(): boolean {
    return this.begun;
  }

  readonly middleware = (_req: IncomingMessage, res: ServerResponse, next: () => void): void => {
    if (this.begun) closeAfter(res);
    this.open.add(res);
    res.once('close', () => {
      this.open.delete(res);
      // One whose headers had gone out before could not say it; its connection is idle one turn from now.
      if (this.ending) setImmediate(() => this.server.closeIdleConnections());
    });
    next();
  };

  begin(): void {
    this.begun = true;
    for (const res of this.open) closeAfter(res);
  }

  end(graceMs = GRACE_MS): void {
    if (this.ending) return;
    this.begin();
    this.ending = true;
    this.server.closeIdleConnections();
    const timer = setTimeout(() => {
      if (this.open.size > 0) this.logger.warn(`Cut off ${this.open.size} requests that took too long`);
      this.server.closeAllConnections();
    }, graceMs);
    timer.unref();
  }

  beforeApplicationShutdown(): void {
    this.end();
  }

  private get server(): Server {
    return this.host.httpAdapter.getHttpServer() as Server;
  }
}

function closeAfter(res: ServerResponse): void {
  if (!res.headersSent) res.setHeader('Connection', 'close');
}
