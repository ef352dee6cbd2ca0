import { applyDecorators, Injectable, SetMetadata } from '@nestjs/common';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiHeader, ApiResponse } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { from, lastValueFrom, map, throwError, timeout } from 'rxjs';
import type { Observable } from 'rxjs';
import { DataVersion } from '../database/data-version.js';
import { DatabaseTooSlow } from '../database/within.js';
import { compose, render, serverTiming } from './answer.js';
import type { RenderedAnswer } from './answer.js';
import { canonicalUrl, entityTag, namesTag } from './entity-tag.js';
import { FrontCache } from './front-cache.js';
import { ProgramVersion } from './program-version.js';
import { ReadCache } from './read-cache.js';
import { latencyMs, requestId } from './request-id.middleware.js';
import { ANSWER_MS } from './request-limits.js';
import { withoutSecurityHeaders } from './security-headers.js';
import { refuseUnaskedBody } from './unasked-body.js';
import { refuseUnknownQuery } from './unknown-query.js';

const CACHED_READ = 'mintmark:cached-read';
// Shared caches may keep it but must ask each time: a page may be committed at any moment, and asking is cheap.
const REVALIDATE = 'public, max-age=0, must-revalidate';

/**
 * For a GET whose answer is made of the URL and the database alone: neither the caller nor the clock may matter,
 * and the handler must not touch the response. It gets an ETag, 304s, a cache, and stale answers in an outage.
 */
export function CachedRead(): MethodDecorator {
  return applyDecorators(
    SetMetadata(CACHED_READ, true),
    ApiHeader({
      name: 'If-None-Match',
      description: 'The `ETag` of an earlier answer; still current, it is not sent again.',
      required: false,
    }),
    ApiResponse({ status: 304, description: '`If-None-Match` names the current answer.' }),
  );
}

/**
 * Makes the text of every answer: latency metadata, prices digit by digit, and what `CachedRead` promises. What no
 * route has asked for is refused here, after the guards: without a token the answer is 401.
 */
@Injectable()
export class AnswerInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly dataVersion: DataVersion,
    private readonly cache: ReadCache,
    private readonly program: ProgramVersion,
    private readonly front: FrontCache,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    refuseUnknownQuery(context);
    refuseUnaskedBody(context);
    const req = context.switchToHttp().getRequest<Request>();
    const res = context.switchToHttp().getResponse<Response>();
    if (this.reflector.get<true | undefined>(CACHED_READ, context.getHandler()))
      return from(this.cachedRead(req, res, next));
    return next.handle().pipe(
      timeout({ first: ANSWER_MS, with: () => throwError(() => new DatabaseTooSlow(ANSWER_MS)) }),
      map((value: unknown) => {
        const rendered = render(value);
        return rendered ? text(rendered, null, req, res) : value;
      }),
    );
  }

  private async cachedRead(req: Request, res: Response, next: CallHandler): Promise<string | undefined> {
    const url = canonicalUrl(req);
    const version = this.dataVersion.current();
    const tag = version === null ? null : entityTag(this.program.value, version, url);
    const wanted = req.headers['if-none-match'];
    if (tag !== null && namesTag(wanted, tag)) {
      notModified(res, tag);
      return undefined;
    }
    const { rendered, staleSeconds, again } = await this.cache.find(url, version, () => run(next, res));
    if (staleSeconds === null) {
      // Any answer will do, now that there is one.
      if (tag !== null && wanted?.trim() === '*') {
        notModified(res, tag);
        return undefined;
      }
      if (tag !== null) res.setHeader('ETag', tag);
      res.setHeader('Cache-Control', REVALIDATE);
    } else {
      res.setHeader('Cache-Control', 'no-store');
      res.setHeader('Age', staleSeconds);
      res.setHeader('Warning', '110 - "Response is Stale"');
    }
    const body = text(rendered, staleSeconds, req, res);
    // Most of what is asked once is never asked again: it would be in the way of the rest.
    if (again && version !== null && tag !== null)
      this.front.keep(req, res, { rendered, tag, version, canonicalUrl: url });
    return body;
  }
}

function notModified(res: Response, tag: string): void {
  withoutSecurityHeaders(res);
  res.status(304).setHeader('ETag', tag).setHeader('Cache-Control', REVALIDATE);
}

async function run(next: CallHandler, res: Response): Promise<RenderedAnswer> {
  const rendered = render(await lastValueFrom<unknown>(next.handle()));
  if (!rendered || res.statusCode !== 200) throw new TypeError('A CachedRead answers JSON, with status 200');
  return rendered;
}

function text(rendered: RenderedAnswer, staleSeconds: number | null, req: Request, res: Response): string {
  const latency = latencyMs(req);
  res.setHeader('Content-Type', 'application/json; charset=utf-8');
  res.setHeader('Server-Timing', serverTiming(latency));
  return compose(rendered, { requestId: requestId(req), latencyMs: latency, staleSeconds });
}
