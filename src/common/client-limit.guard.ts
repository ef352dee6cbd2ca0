import { Injectable } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request, Response } from 'express';
import { ClientLimit, UNLIMITED } from './client-limit.js';

/** Counts what finds a route, the unchanged too: it comes before all other guards. */
@Injectable()
export class ClientLimitGuard implements CanActivate {
  constructor(
    private readonly limit: ClientLimit,
    private readonly reflector: Reflector,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    if (this.reflector.get<true | undefined>(UNLIMITED, context.getClass())) return true;
    const http = context.switchToHttp();
    const refusal = this.limit.refusalOf(http.getRequest<Request>(), http.getResponse<Response>());
    if (refusal) throw refusal;
    return true;
  }
}
