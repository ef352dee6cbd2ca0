import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Injectable } from '@nestjs/common';
import { latencyMs } from './request-id.middleware.js';
import { routeTemplate } from './route-template.js';

interface Begun {
  /** As the client wrote it; the framework takes parts of it away. */
  readonly url: string;
  /** The template of the route that answers; null: the one that the framework finds. */
  readonly route: string | null;
}

/** A request and its answer, once they are over. */
export interface Exchange extends Begun {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly route: string;
  /** False: the client went away before its answer was out. */
  readonly complete: boolean;
  readonly latencyMs: number;
}

type Account = (exchange: Exchange) => void;

/** Every request from its beginning to its end, whoever answers it: its end is told to each account once. */
@Injectable()
export class Exchanges {
  private readonly begun = new Map<ServerResponse, Begun>();
  private readonly accounts: Account[] = [];

  /** Answers that are not over. */
  get open(): readonly ServerResponse[] {
    return [...this.begun.keys()];
  }

  onEnd(account: Account): void {
    this.accounts.push(account);
  }

  /** Call it before the server listens. */
  watch(server: Server): void {
    server.on('connection', (socket: Socket) => {
      // Node 20 says nothing of answers that still waited for those before them on their connection.
      socket.once('close', () => {
        for (const res of this.begun.keys()) if (res.req.socket === socket) this.end(res);
      });
    });
  }

  begin(req: IncomingMessage, res: ServerResponse, route: string | null): void {
    this.begun.set(res, { url: req.url ?? '', route });
    res.on('close', () => this.end(res));
  }

  private end(res: ServerResponse): void {
    const begun = this.begun.get(res);
    if (!begun) return;
    this.begun.delete(res);
    const { req } = res;
    const exchange: Exchange = {
      req,
      res,
      url: begun.url,
      route: begun.route ?? routeTemplate(req),
      complete: res.writableFinished,
      latencyMs: latencyMs(req),
    };
    for (const account of this.accounts) account(exchange);
  }
}
