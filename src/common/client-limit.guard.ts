import { Injectable } from '@nestjs/common';
import { ThrottlerGuard } from '@nestjs/throttler';
import type { ThrottlerRequest } from '@nestjs/throttler';
import type { Request, Response } from 'express';
import { announce, clientOf } from './client-limit.js';

/** Counts what finds a route and the front cache leaves to it: it comes before all other guards. */
@Injectable()
export class ClientLimitGuard extends ThrottlerGuard {
  /** One count for all routes: a client is slowed down, not sent from one route to the next. */
  protected override async handleRequest(asked: ThrottlerRequest): Promise<boolean> {
    const { context, limit, ttl, blockDuration, throttler } = asked;
    const http = context.switchToHttp();
    const client = clientOf(http.getRequest<Request>());
    const use = await this.storageService.increment(client, ttl, limit, blockDuration, throttler.name ?? '');
    const refusal = announce(http.getResponse<Response>(), limit, use);
    if (refusal) throw refusal;
    return true;
  }
}
