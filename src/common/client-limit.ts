import { applyDecorators } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import { normalizeIp, SkipThrottle } from '@nestjs/throttler';
import type { NextFunction, Request, Response } from 'express';
import type { Settings } from '../config/settings.js';
import { trustedProxies } from '../config/trusted-proxies.js';
import { ClientWindows } from './client-windows.js';
import type { ClientUse } from './client-windows.js';
import { ProblemException } from './problem.js';

export const WINDOW_MS = 60_000;
/** Marks in the OpenAPI document what `Unlimited` exempts. */
export const UNLIMITED = 'x-unlimited';

/** For what has to answer however often it is asked: probes, scrapes, the front door. */
export function Unlimited(): ClassDecorator {
  return applyDecorators(SkipThrottle(), ApiExtension(UNLIMITED, true));
}

class TooManyRequests extends ProblemException {
  constructor(limit: number, seconds: number) {
    super({
      status: 429,
      slug: 'too-many-requests',
      title: 'Too many requests',
      detail: `Your address has made its ${limit} requests of this minute. Wait ${seconds} s, as Retry-After says, then ask less often: the header RateLimit of every answer tells how many are left.`,
      headers: { 'Retry-After': String(seconds) },
    });
  }
}

/** How many requests a minute one client may make of this process. */
export class ClientLimit {
  readonly windows = new ClientWindows();
  readonly perMinute: number;
  /** In Express' sense. */
  readonly trustedProxies: number | string[];

  constructor(settings: Pick<Settings, 'API_RATE_LIMIT' | 'TRUST_PROXY'>) {
    this.perMinute = settings.API_RATE_LIMIT;
    this.trustedProxies = trustedProxies(settings.TRUST_PROXY ?? '0') ?? 0;
  }

  get off(): boolean {
    return this.perMinute === 0;
  }

  /** Counts a request that no guard sees; what it is to be answered with when it is one too many. */
  refusalOf(req: Request, res: Response): ProblemException | null {
    if (this.off) return null;
    return announce(res, this.perMinute, this.windows.hit(clientOf(req), WINDOW_MS, this.perMinute));
  }

  /** For what isn't a route of ours: the documents. */
  readonly middleware = (req: Request, res: Response, next: NextFunction): void => {
    next(this.refusalOf(req, res) ?? undefined);
  };
}

/** Whom a request counts for: an IPv4 address, or the /64 that one IPv6 host has all the addresses of. */
export function clientOf(req: Request): string {
  const client = normalizeIp(req.ip ?? '');
  // What a proxy passed on unread can be any text, of any length.
  return /^[\d.]+$|^[\da-f:]+(\/64)?$/.test(client) ? client : normalizeIp(req.socket.remoteAddress ?? '');
}

/** Says what is left, as draft-ietf-httpapi-ratelimit-headers-10 has it. */
export function announce(res: Response, limit: number, use: ClientUse): ProblemException | null {
  const left = Math.max(0, limit - use.totalHits);
  res.setHeader('RateLimit-Policy', `"client";q=${limit};w=${WINDOW_MS / 1000}`);
  res.setHeader('RateLimit', `"client";r=${left};t=${use.timeToExpire}`);
  return use.isBlocked ? new TooManyRequests(limit, use.timeToBlockExpire) : null;
}
