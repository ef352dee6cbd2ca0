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
    return announce(res, this.perMinute, this.hit(clientOf(req)));
  }

  /** Whether this client has made its requests. */
  isSpent(client: string): boolean {
    return this.windows.isSpent(client, this.perMinute);
  }

  hit(client: string): ClientUse {
    return this.windows.hit(client, WINDOW_MS, this.perMinute);
  }

  /** For what isn't a route of ours: the documents. */
  readonly middleware = (req: Request, res: Response, next: NextFunction): void => {
    next(this.refusalOf(req, res) ?? undefined);
  };
}

/** Whom a request counts for: an IPv4 address, or the /64 that one IPv6 host has all the addresses of. */
export function clientOf({ ip = '', socket }: Pick<Request, 'ip' | 'socket'>): string {
  const client = normalizeIp(ip);
  // What a proxy passed on unread can be any text, of any length.
  return /^[\d.]+$|^[\da-f:]+(\/64)?$/.test(client) ? client : normalizeIp(socket.remoteAddress ?? '');
}

/** Says what is left, as draft-ietf-httpapi-ratelimit-headers-10 has it. */
export function announce(res: Response, limit: number, use: ClientUse): ProblemException | null {
  res.setHeader('RateLimit-Policy', `"client";q=${limit};w=${WINDOW_MS / 1000}`);
  res.setHeader('RateLimit', whatIsLeft(limit, use));
  return use.isBlocked ? new TooManyRequests(limit, use.timeToBlockExpire) : null;
}

/** The value of `RateLimit`. */
export function whatIsLeft(limit: number, use: ClientUse): string {
  return `"client";r=${Math.max(0, limit - use.totalHits)};t=${use.timeToExpire}`;
}
