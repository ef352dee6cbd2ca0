import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Express, Request, Response } from 'express';
import { LRUCache } from 'lru-cache';
import { DataVersion } from '../database/data-version.js';
import { aroundOwn, ownMetadata, serverTiming } from './answer.js';
import type { RenderedAnswer } from './answer.js';
import { ClientLimit, clientOf, whatIsLeft } from './client-limit.js';
import type { ClientUse } from './client-windows.js';
import { ConnectionDrain } from './connection-drain.js';
import { namesTag } from './entity-tag.js';
import type { Exchanges } from './exchanges.js';
import { LearntHeaders } from './learnt-headers.js';
import { ReadCache } from './read-cache.js';
import { latencyMs, requestId } from './request-id.middleware.js';
import { MOST_HEADERS } from './request-limits.js';
import { routeTemplate } from './route-template.js';
import { SECURITY_NAMES } from './security-headers.js';

const ENTRIES = 2_000;
const BYTES = 16 * 1024 * 1024;
/** What an answer takes beside its body and its URL: headers, objects. */
const OVERHEAD = 1_024;

/** Headers of an answer that a 304 to the same request doesn't have. */
const NOT_OF_UNCHANGED = ['content-type', 'server-timing', ...SECURITY_NAMES];

/** A `CachedRead` that the framework has just answered with 200. */
export interface CurrentAnswer {
  readonly rendered: RenderedAnswer;
  readonly tag: string;
  readonly version: string;
  /** Its name in the ReadCache. */
  readonly canonicalUrl: string;
}

interface KeptAnswer {
  readonly version: string;
  readonly tag: string;
  readonly canonicalUrl: string;
  readonly route: string;
  readonly headers: LearntHeaders;
  readonly unchangedHeaders: LearntHeaders;
  /** The body up to the request's own metadata: by far the most of it, never copied again. */
  readonly before: Buffer;
  /** The rest of it; null: nothing in the body is the request's own. */
  readonly after: string | null;
  readonly afterBytes: number;
}

interface Found {
  readonly kept: KeptAnswer;
  readonly unchanged: boolean;
  /** What the client has used now; null: nobody counts. */
  readonly use: ClientUse | null;
}

/**
 * Answers before the framework what that has answered already, byte for byte as it would: one door in, `keep`, and
 * one out, `standBefore`. An answer is known by its URL as the client wrote it, so that nothing need be read of it.
 * Whatever isn't plain is left to the framework.
 */
@Injectable()
export class FrontCache {
  private readonly kept = new LRUCache<string, KeptAnswer>({
    max: ENTRIES,
    maxSize: BYTES,
    sizeCalculation: ({ before, after }, url) =>
      before.length + (after?.length ?? 0) + 2 * url.length + OVERHEAD,
  });

  constructor(
    private readonly dataVersion: DataVersion,
    private readonly drain: ConnectionDrain,
    private readonly limit: ClientLimit,
    private readonly reads: ReadCache,
    private readonly host: HttpAdapterHost,
  ) {}

  get bytes(): number {
    return this.kept.calculatedSize;
  }

  /** Call it when the answer's headers are set and not yet sent. Any may repeat but those of `own`. */
  keep(req: Request, res: Response, { rendered, tag, version, canonicalUrl }: CurrentAnswer): void {
    // What asked with a secret is nobody else's; to a browser's page the answer may say that this page may read it.
    if (
      req.method !== 'GET' ||
      req.headers.authorization !== undefined ||
      req.headers.origin !== undefined ||
      this.drain.draining
    )
      return;
    if (this.kept.peek(req.originalUrl)?.version === version) return;
    const { before, after } =
      rendered.kind === 'plain' ? { before: rendered.body, after: null } : aroundOwn(rendered);
    this.kept.set(req.originalUrl, {
      version,
      tag,
      canonicalUrl,
      route: routeTemplate(req),
      headers: LearntHeaders.of(res),
      unchangedHeaders: LearntHeaders.of(res, NOT_OF_UNCHANGED),
      before: Buffer.from(before),
      after,
      afterBytes: after === null ? 0 : Buffer.byteLength(after),
    });
  }

  /** Takes the framework's place on its server and hands on to it. Call it before the server listens. */
  standBefore(server: Server, exchanges: Exchanges): void {
    const framework = server.listeners('request') as RequestListener[];
    server.removeAllListeners('request');
    exchanges.watch(server);
    server.on('request', (req, res) => {
      const found = this.find(req);
      exchanges.begin(req, res, found?.kept.route ?? null);
      if (found) this.send(found, req, res);
      else for (const listener of framework) listener.call(server, req, res);
    });
  }

  /** Counts the request for its client when there is an answer for it, and only then. */
  private find(req: IncomingMessage): Found | null {
    if (!isPlain(req) || this.drain.draining) return null;
    const kept = this.kept.get(req.url ?? '');
    if (kept === undefined || kept.version !== this.dataVersion.current()) return null;
    const wanted = req.headers['if-none-match'];
    // Another tag, or `*`: the framework knows what to say.
    if (wanted !== undefined && wanted !== kept.tag && !namesTag(wanted, kept.tag)) return null;
    const { limit } = this;
    let use: ClientUse | null = null;
    if (kept.headers.has('ratelimit')) {
      const client = this.clientOf(req);
      if (limit.isSpent(client)) return null;
      use = limit.hit(client);
    }
    this.reads.touch(kept.canonicalUrl, kept.version);
    return { kept, unchanged: wanted !== undefined, use };
  }

  private send({ kept, unchanged, use }: Found, req: IncomingMessage, res: ServerResponse): void {
    const id = requestId(req);
    const left = use === null ? '' : whatIsLeft(this.limit.perMinute, use);
    if (unchanged) {
      res.writeHead(304, kept.unchangedHeaders.with({ 'x-request-id': id, ratelimit: left }));
      res.end();
      return;
    }
    const latency = latencyMs(req);
    const { before, after, afterBytes } = kept;
    // ASCII, so that its length is its bytes.
    const own = after === null ? '' : ownMetadata({ requestId: id, latencyMs: latency, staleSeconds: null });
    const headers = kept.headers.with({
      'x-request-id': id,
      ratelimit: left,
      'server-timing': serverTiming(latency),
    });
    headers.push('Content-Length', String(before.length + own.length + afterBytes));
    res.writeHead(200, headers);
    res.write(before);
    res.end(after === null ? '' : own + after);
  }

  private clientOf(req: IncomingMessage): string {
    const { socket, headers } = req;
    if (this.limit.trustedProxies === 0) return clientOf({ ip: socket.remoteAddress, socket });
    // Seen with Express' eyes, which know the proxies.
    const { request } = this.host.httpAdapter.getInstance<Express>();
    const seen = Object.assign(Object.create(request) as Request, { socket, headers });
    return clientOf(seen);
  }
}

/** Nothing in it asks for more than the URL does, and nothing is to be refused. */
function isPlain({ method, headers, rawHeaders, httpVersion }: IncomingMessage): boolean {
  return (
    method === 'GET' &&
    headers['content-length'] === undefined &&
    headers['transfer-encoding'] === undefined &&
    headers.expect === undefined &&
    headers.origin === undefined &&
    (headers.host !== undefined || httpVersion === '1.0') &&
    rawHeaders.length <= 2 * MOST_HEADERS
  );
}
